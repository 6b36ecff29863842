import BPF
import BPFMaps
import BPFRuntime
import XDPTypes

/// The helpers that say where a redirected packet goes.
///
/// Invariant: an engine calls them with its worker's `RunState`, whose hook is that worker's `PacketRun`, and with the
/// address of a living `UserMap` for a map argument.
enum RedirectHelpers {
  static let all: [Helper] = [toInterface, toMapEntry]

  static let toInterface = unsafe Helper(
    HelperPrototype(23, "bpf_redirect", [.scalar, .scalar], .integer)
  ) { machine, ifindex, flags, _, _, _ in
    unsafe redirect(machine, UInt32(truncatingIfNeeded: ifindex), flags)
  }

  static let toMapEntry = unsafe Helper(
    HelperPrototype(51, "bpf_redirect_map", [.map, .scalar, .scalar], .integer)
  ) { machine, map, key, flags, _, _ in
    unsafe redirect(machine, map, UInt32(truncatingIfNeeded: key), flags)
  }
}

/// To an interface; it takes no flags.
private func redirect(_ machine: UnsafeMutableRawPointer, _ ifindex: UInt32, _ flags: UInt64) -> UInt64 {
  guard flags == 0 else { return UInt64(XDPAction.aborted.rawValue) }
  guard let (_, run) = unsafe PacketRun.atHand(machine) else { return 0 }
  unsafe run.pointee.target = RedirectTarget(map: nil, key: ifindex, ifindex: ifindex)
  return UInt64(XDPAction.redirect.rawValue)
}

/// To what a map holds under a key; the low bits of the flags are the action where it holds nothing.
private func redirect(
  _ machine: UnsafeMutableRawPointer,
  _ address: UInt64,
  _ key: UInt32,
  _ flags: UInt64
) -> UInt64 {
  guard let (state, run) = unsafe PacketRun.atHand(machine),
    let object = unsafe UnsafeRawPointer(bitPattern: UInt(address))
  else { return 0 }
  // Maps can be referred to weakly, which makes each retain of one cost as much as the rest of a small program.
  return unsafe Unmanaged<UserMap>.fromOpaque(object)._withUnsafeGuaranteedRef { map in
    unsafe redirect(state, run, map, key, flags)
  }
}

@inline(__always)
private func redirect(
  _ state: UnsafeMutablePointer<RunState>,
  _ run: UnsafeMutablePointer<PacketRun>,
  _ map: UserMap,
  _ key: UInt32,
  _ flags: UInt64
) -> UInt64 {
  guard let allowed = flagsAllowed(for: map.definition.type) else {
    unsafe state.pointee.refusal = "the map '\(map.definition.name)' is a \(map.definition.type.name)"
    return 0
  }
  guard flags & ~UInt64(allowed.rawValue) == 0 else { return UInt64(XDPAction.aborted.rawValue) }
  let request = RedirectTarget.Flags(rawValue: UInt32(truncatingIfNeeded: flags))
  let value = unsafe withUnsafePointer(to: key) { unsafe map.element($0, cpu: state.pointee.cpu) }
  guard unsafe value != nil || request.contains(.broadcast) else {
    unsafe run.pointee.target = .none
    return flags & UInt64(RedirectTarget.Flags.fallback.rawValue)
  }
  // What a cpumap or an xskmap holds is no interface.
  let isDevice = allowed.contains(.broadcast)
  let ifindex = unsafe isDevice ? value.map { unsafe $0.loadUnaligned(as: UInt32.self) } ?? 0 : 0
  unsafe run.pointee.target =
    RedirectTarget(map: ObjectIdentifier(map), key: key, ifindex: ifindex, flags: request)
  return UInt64(XDPAction.redirect.rawValue)
}

/// The flags that a kind of map takes, nil where packets cannot be redirected to it.
private func flagsAllowed(for type: MapType) -> RedirectTarget.Flags? {
  switch type {
  case .devmap, .devmapHash: [.fallback, .broadcast, .excludeIngress]
  case .cpumap, .xskmap: .fallback
  default: nil
  }
}
