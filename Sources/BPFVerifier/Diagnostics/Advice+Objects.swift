import BPF

// Offsets into objects of a size, sizes, references and calls.

extension Advice {
  /// How many bytes lie from a pointer's base to its object's end.
  private func room(_ value: RegisterState) -> Int? {
    switch value.kind {
    case .mapValue: Int(transfer.maps[Int(value.index)].valueSize)
    case .mapKey: Int(transfer.maps[Int(value.index)].definition.keySize)
    case .memory: Int(value.index)
    case .stack: 0
    default: nil
    }
  }

  func offset(_ violation: Violation) -> String? {
    guard let register = violation.register, let slot = violation.slot else { return nil }
    let value = replay.last[register], depth = replay.last.depth
    let sum = ancestry.sum(in: register, depth: depth)
    let pointer = sum.flatMap { source.variable(assignedAt: ancestry.slot($0.step)) }
    let number = sum.map { self.number($0.number, before: $0.step, depth: depth, except: pointer) }
    if value.isInPacket {
      guard let number else { return nil }
      return
        "declare \(number.name) unsigned, or return early where it is below 0, before it is added to the pointer"
    }
    let access = layout.instruction(at: slot).memoryAccess
    guard let room = room(value), let count = violation.byteCount ?? access?.byteCount else { return nil }
    let start = Int(value.offset) + (access.map { Int($0.address.offset) } ?? 0)
    guard let sum, let number else {
      guard value.kind == .mapValue, start >= 0 else { return nil }
      let name = transfer.maps[Int(value.index)].name
      return
        "make the values of '\(name)' at least \(start + count) bytes large, or stay within their \(room)"
    }
    guard room - start - count >= 0 else { return nil }
    let limit = UInt64(room - start - count) / max(number.scale, 1)
    let place = "before it is used at \(source.place(ancestry.slot(sum.step)))"
    let sign =
      replay.last[register].scalar.minS64 < 0
      ? ", with \(number.name.contains(" ") ? "it" : number.name) declared unsigned" : ""
    let mask =
      (limit + 1) & limit == 0 && limit > 0 && !number.name.contains(" ")
      ? "; or mask it: `\(number.name) &= \(limit);`" : ""
    return "\(place): \(unless(number.name, isAtMost: limit))\(sign)\(mask)"
  }

  /// The register of the number that was added to the pointer in a register, and the step before which it held it.
  func addedNumber(
    _ violation: Violation,
    _ register: Register,
    _ depth: Int
  ) -> (step: Int, register: Register)? {
    if violation.rule == .pointerOffset {
      guard let slot = violation.slot,
        case .alu(_, _, register, .register(let source)) = layout.instruction(at: slot)
      else { return nil }
      return (replay.steps.count, replay.last[register].isPointer ? source : register)
    }
    return ancestry.sum(in: register, depth: depth).map { ($0.step, $0.number) }
  }

  /// A number that is too far out to be added to a pointer at all.
  func sum(_ violation: Violation) -> String? {
    guard let register = violation.register, let slot = violation.slot else { return nil }
    let depth = replay.last.depth
    guard let (step, added) = addedNumber(violation, register, depth),
      case .alu(_, _, _, .register(let source)) = layout.instruction(at: slot)
    else { return nil }
    let pointer = replay.last[added == source ? register : source]
    let number = number(added, before: step, depth: depth, except: self.source.variable(assignedAt: slot))
    let room = room(pointer).map { max($0 - Int(pointer.offset), 1) } ?? Int(Self.farthest)
    // The last one of the values that the number counts.
    let limit = UInt64(max(room - Int(clamping: number.scale), 0)) / max(number.scale, 1)
    let name = number.name.contains(" ") ? "the number" : number.name
    return
      "before it is added at \(self.source.place(slot)), with \(name) declared unsigned: \(unless(number.name, isAtMost: limit))"
  }

  func size(_ violation: Violation) -> String? {
    guard let register = violation.register, let slot = violation.slot,
      let previous = Register(rawValue: register.rawValue - 1)
    else { return nil }
    let depth = replay.last.depth, size = replay.last[register].scalar
    let number = number(register, before: replay.steps.count, depth: depth, except: nil)
    let memory = replay.last[previous]
    let room = room(memory).map { $0 - Int(memory.offset) } ?? Int(memory.range) - Int(memory.offset)
    let call = name(ofCallAt: slot)
    let least = size.minU64 == 0 && violation.message.contains("may be 0") ? 1 : 0
    guard room > 0 else { return nil }
    if number.name.contains(" ") {
      return "before \(call): return early unless \(number.name) is between \(least) and \(room)"
    }
    let lower = least == 1 ? "\(number.name) < 1 || " : ""
    return
      "before \(call), with \(number.name) unsigned: `if (\(lower)\(number.name) > \(room)) return XDP_PASS;`"
  }

  // MARK: References

  func reference(_ violation: Violation) -> String? {
    guard let reference = replay.last.references.first(where: { $0.kind == .object }),
      let prototype = transfer.prototypes[reference.slot], let slot = violation.slot
    else { return nil }
    let variable = source.variable(assignedAt: reference.slot) ?? "…"
    guard let release = release(of: prototype, variable) else { return nil }
    let exit = replay.steps.last { step in
      guard Int(step.entry.slot) != slot, case .branch = layout.instruction(at: Int(step.entry.slot)) else {
        return false
      }
      return step.before.references.contains(reference)
    }
    let place =
      exit.map { "on the way that leaves at \(source.place(Int($0.entry.slot)))" } ?? "before the end"
    return "\(place), call \(release)"
  }

  /// The call that gives back what a call took.
  private func release(of prototype: CallPrototype, _ variable: String) -> String? {
    for parameter in prototype.parameters {
      switch parameter {
      case .dynptr(.makes(.ringBuffer)): return "bpf_ringbuf_discard_dynptr or bpf_ringbuf_submit_dynptr"
      case .iterator(.makes):
        return prototype.iterator.map { "bpf_iter_\($0.name)_destroy" }
      default: break
      }
    }
    switch prototype.result {
    case .recordOrNull:
      return "`bpf_ringbuf_discard(\(variable), 0);`, or bpf_ringbuf_submit where it is to be delivered"
    case .socketOrNull, .tcpSocketOrNull, .socketCommonOrNull: return "`bpf_sk_release(\(variable));`"
    case .object(let type), .objectOrNull(let type):
      let releases = transfer.environment.functions.values.filter { function in
        function.releases.map { function.parameters[$0] == .object(type) } ?? false
      }
      return releases.map(\.name).min().map { "`\($0)(\(variable));`" }
    default: return nil
    }
  }

  // MARK: Helpers of other programs

  private static let replacements: [String: String] = [
    "bpf_skb_load_bytes": "bpf_xdp_load_bytes(ctx, offset, buffer, size)",
    "bpf_skb_load_bytes_relative": "bpf_xdp_load_bytes(ctx, offset, buffer, size)",
    "bpf_skb_store_bytes": "bpf_xdp_store_bytes(ctx, offset, buffer, size)",
    "bpf_skb_change_head": "bpf_xdp_adjust_head(ctx, -bytes)",
    "bpf_skb_change_tail": "bpf_xdp_adjust_tail(ctx, change)",
    "bpf_skb_adjust_room": "bpf_xdp_adjust_head(ctx, change)",
    "bpf_skb_pull_data": "bpf_xdp_load_bytes, for an XDP program's data is linear but for fragments",
    "bpf_skb_output": "bpf_xdp_output or bpf_perf_event_output",
    "bpf_clone_redirect": "bpf_redirect or bpf_redirect_map, and return what it gives",
    "bpf_l3_csum_replace": "bpf_csum_diff, and fold the checksum in the program",
    "bpf_l4_csum_replace": "bpf_csum_diff, and fold the checksum in the program",
    "bpf_csum_update": "bpf_csum_diff, and fold the checksum in the program",
    "bpf_skb_vlan_push": "bpf_xdp_adjust_head(ctx, -4), and write the tag",
    "bpf_skb_vlan_pop": "bpf_xdp_adjust_head(ctx, 4), after the addresses were moved",
    "bpf_probe_read": "bpf_probe_read_kernel",
    "bpf_probe_read_str": "bpf_probe_read_kernel_str",
    "bpf_get_hash_recalc": "a hash of the headers that the program computes",
  ]

  func replacement(_ violation: Violation) -> String? {
    guard let slot = violation.slot, case .call(.helper(let id)) = layout.instruction(at: slot),
      let name = HelperNames.name(of: id), let replacement = Self.replacements[name]
    else { return nil }
    return "in XDP programs use \(replacement) instead of \(name)"
  }
}
