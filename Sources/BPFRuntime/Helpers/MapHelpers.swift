import BPF
import BPFMaps

/// `bpf_map_lookup_elem` and its kin, over the maps of the user-space engine.
///
/// The invariant of every thunk: a map argument is the address of a `UserMap` that the running code keeps alive, and
/// key and value pointers are good for the map's key and value size.
enum MapHelpers {
  static let all: [Helper] = [lookup, update, delete, push, pop, peek, lookupPerCPU, count]

  static let lookup = unsafe Helper(
    HelperPrototype(1, "bpf_map_lookup_elem", [.map, .mapKey], .mapValueOrNull)
  ) { state, map, key, _, _, _ in
    unsafe mapArgument(map)._withUnsafeGuaranteedRef { map in
      unsafe UInt64(UInt(bitPattern: map.element(pointer(key), cpu: cpu(state))))
    }
  }

  static let update = unsafe Helper(
    HelperPrototype(2, "bpf_map_update_elem", [.map, .mapKey, .mapValue, .scalar], .integer)
  ) { state, map, key, value, flags, _ in
    unsafe mapArgument(map)._withUnsafeGuaranteedRef { map in
      unsafe answer(map.store(pointer(key), pointer(value), flags: flags, cpu: cpu(state)))
    }
  }

  static let delete = unsafe Helper(
    HelperPrototype(3, "bpf_map_delete_elem", [.map, .mapKey], .integer)
  ) { state, map, key, _, _, _ in
    unsafe mapArgument(map)._withUnsafeGuaranteedRef { map in
      unsafe answer(map.remove(pointer(key), cpu: cpu(state)))
    }
  }
}

extension MapHelpers {
  static let push = unsafe Helper(
    HelperPrototype(87, "bpf_map_push_elem", [.map, .mapValue, .scalar], .integer)
  ) { _, map, value, flags, _, _ in
    unsafe mapArgument(map)._withUnsafeGuaranteedRef { map in
      unsafe answer(map.push(pointer(value), flags: flags))
    }
  }

  static let pop = unsafe Helper(
    HelperPrototype(88, "bpf_map_pop_elem", [.map, .mapValueOut], .integer)
  ) { _, map, value, _, _, _ in
    unsafe mapArgument(map)._withUnsafeGuaranteedRef { map in
      unsafe answer(map.pop(into: UnsafeMutableRawPointer(mutating: pointer(value))))
    }
  }

  static let peek = unsafe Helper(
    HelperPrototype(89, "bpf_map_peek_elem", [.map, .mapValueOut], .integer)
  ) { _, map, value, _, _, _ in
    unsafe mapArgument(map)._withUnsafeGuaranteedRef { map in
      unsafe answer(map.peek(into: UnsafeMutableRawPointer(mutating: pointer(value))))
    }
  }

  static let lookupPerCPU = unsafe Helper(
    HelperPrototype(195, "bpf_map_lookup_percpu_elem", [.map, .mapKey, .scalar], .mapValueOrNull)
  ) { _, map, key, cpu, _, _ in
    unsafe mapArgument(map)._withUnsafeGuaranteedRef { map in
      unsafe UInt64(UInt(bitPattern: map.element(pointer(key), cpu: Int(UInt32(truncatingIfNeeded: cpu)))))
    }
  }
}

extension MapHelpers {
  static let count = unsafe Helper(
    .function("bpf_map_sum_elem_count", [.map], .integer)
  ) { _, map, _, _, _, _ in
    unsafe mapArgument(map)._withUnsafeGuaranteedRef { UInt64($0.countedElements) }
  }
}

/// The map behind a checked argument.
@inline(__always) func mapArgument(_ address: UInt64) -> Unmanaged<UserMap> {
  unsafe .fromOpaque(pointer(address))
}

/// The memory behind a checked argument, which is never null.
@inline(__always) func pointer(_ address: UInt64) -> UnsafeRawPointer {
  unsafe UnsafeRawPointer(bitPattern: UInt(address)).unsafelyUnwrapped
}

/// A negative error number or 0 as `r0`.
@inline(__always) func answer(_ code: Int32) -> UInt64 { UInt64(bitPattern: Int64(code)) }

/// The CPU that a worker is.
@inline(__always) func cpu(_ state: UnsafeMutableRawPointer) -> Int {
  unsafe state.assumingMemoryBound(to: RunState.self).pointee.cpu
}
