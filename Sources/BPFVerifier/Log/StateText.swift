import BPF

/// States in the syntax of the kernel's log: `R1=ctx() R2=pkt(off=14,r=14) fp-8=mmmm????`.
struct StateText {
  private let maps: [MapShape]
  private let namedCount: Int

  /// Of the maps as many have a name; those inside others have none.
  init(_ maps: [MapShape], namedCount: Int) {
    self.maps = maps
    self.namedCount = namedCount
  }

  /// All that a frame holds, with a blank before each word; the first frame is not named.
  func text(of state: MachineState, frame: Int) -> String {
    text(of: state, frame: frame, registers: .max) { _ in true }
  }

  /// What an instruction read or wrote, or changed elsewhere, of the frame that runs after it.
  func text(of state: MachineState, since before: MachineState, touching registers: UInt16) -> String {
    let frame = state.depth
    guard before.depth == frame else { return text(of: state, frame: frame) }
    let old = before.frames[frame], new = state.frames[frame]
    var touched = registers
    for register in 0..<11 where !isSame(old.registers[register], new.registers[register]) {
      touched |= 1 << UInt16(register)
    }
    return text(of: state, frame: frame, registers: touched) { slot in
      old[slot: slot].bytes != new[slot: slot].bytes
        || !isSame(old[slot: slot].spilled, new[slot: slot].spilled)
    }
  }

  /// Marks of precision are no change.
  private func isSame(_ old: RegisterState, _ new: RegisterState) -> Bool {
    var old = old
    old.isPrecise = new.isPrecise
    return old == new
  }

  private func text(
    of state: MachineState,
    frame: Int,
    registers: UInt16,
    _ includesSlot: (Int) -> Bool
  ) -> String {
    var text = frame == 0 ? "" : " frame\(frame):"
    for word in words(of: state, frame: frame, registers: registers, includesSlot) {
      text += " \(word.name)=\(word.text)"
    }
    if !state.references.isEmpty {
      text += " refs=" + state.references.map { String($0.id) }.joined(separator: ",")
    }
    return text
  }

  /// The registers of a frame that hold something and the slots that were written, by name.
  func words(of state: MachineState, frame: Int) -> [(name: String, text: String)] {
    words(of: state, frame: frame, registers: .max) { _ in true }
  }

  private func words(
    of state: MachineState,
    frame: Int,
    registers: UInt16,
    _ includesSlot: (Int) -> Bool
  ) -> [(name: String, text: String)] {
    var words: [(name: String, text: String)] = []
    let values = state.frames[frame]
    for register in 0..<11 where registers & (1 << UInt16(register)) != 0 {
      let value = values.registers[register]
      if value.kind != .uninitialized { words.append(("R\(register)", text(of: value, frame: frame))) }
    }
    for slot in values.stack.indices where includesSlot(slot) {
      let text = text(of: values.stack[slot], frame: frame)
      if !text.isEmpty { words.append(("fp-\((slot + 1) * 8)", text)) }
    }
    return words
  }

  // MARK: Stack slots

  /// The bytes from the highest address down; empty for a slot that was never written.
  private func text(of slot: StackSlot, frame: Int) -> String {
    var text = ""
    for index in (0..<8).reversed() {
      switch slot[index] {
      case .invalid: text += "?"
      case .spill: return text + self.text(of: slot.spilled, frame: frame)
      case .misc: text += "m"
      case .zero: text += "0"
      case .dynptr: return "dynptr"
      case .iterator: return "iter"
      case .interruptFlags: return "irq_flag"
      }
    }
    return text == "????????" ? "" : text
  }

  // MARK: Values

  /// A value; pointers into the stack of another frame than this one are named with it.
  func text(of value: RegisterState, frame: Int) -> String {
    switch value.kind {
    case .uninitialized: return "?"
    case .scalar: return number(value)
    case .stack where value.scalar.constant != nil:
      let place = Int64(value.offset) &+ Int64(bitPattern: value.scalar.constant ?? 0)
      return "fp" + (Int(value.index) == frame ? "" : "[\(value.index)]") + Self.text(place)
    default: return name(of: value) + "(" + facts(of: value).joined(separator: ",") + ")"
    }
  }

  private func number(_ value: RegisterState) -> String {
    let mark = value.isPrecise ? "P" : "", text = value.scalar.description
    guard value.scalar.constant == nil, value.id != 0 else { return mark + text }
    var id = "id=\(value.id & ~RegisterState.linkFlags)"
    if value.isLinkedByOffset { id += (value.offset < 0 ? "" : "+") + String(value.offset) }
    return mark + "scalar(" + (text == "scalar()" ? id : id + "," + text.dropFirst(7).dropLast()) + ")"
  }

  private func name(of value: RegisterState) -> String {
    let traits = value.traits
    var name = traits.contains(.readOnly) ? "rdonly_" : ""
    name += traits.contains(.ringRecord) ? "ringbuf_" : ""
    let noun =
      switch value.kind {
      case .uninitialized, .scalar: ""
      case .context: "ctx"
      case .map: "map_ptr"
      case .mapValue: "map_value"
      case .mapKey: "map_key"
      case .stack: "fp"
      case .packet: "pkt"
      case .packetMetadata: "pkt_meta"
      case .packetEnd: "pkt_end"
      case .socket: "sock"
      case .socketCommon: "sock_common"
      case .tcpSocket: "tcp_sock"
      case .xdpSocket: "xdp_sock"
      case .object: "ptr_"
      case .memory: "mem"
      case .function: "func"
      case .dynptr: "dynptr_ptr"
      case .arena: "arena"
      }
    return name + noun + (value.mayBeNull ? "_or_null" : "")
  }

  private func facts(of value: RegisterState) -> [String] {
    var facts: [String] = []
    if value.id != 0 { facts.append("id=\(value.id)") }
    if value.referenceID != 0 { facts.append("ref_obj_id=\(value.referenceID)") }
    if [.map, .mapValue, .mapKey].contains(value.kind), maps.indices.contains(Int(value.index)) {
      let map = maps[Int(value.index)]
      if value.index < namedCount {
        facts.append("map=\(String(decoding: map.name.utf8.prefix(Self.longestMapName), as: UTF8.self))")
      }
      facts.append("ks=\(map.keySize),vs=\(map.valueSize)")
    }
    if value.offset != 0 { facts.append("off=\(Self.text(Int64(value.offset)))") }
    if value.isInPacket { facts.append("r=\(Self.range(value.range))") }
    if value.kind == .memory { facts.append("sz=\(value.index)") }
    if let constant = value.scalar.constant {
      if constant != 0 { facts.append("imm=\(Self.text(Int64(bitPattern: constant)))") }
    } else if !value.scalar.isUnknown {
      facts.append(String(value.scalar.description.dropFirst(7).dropLast()))
    }
    return facts
  }

  /// What the kernel keeps of a map's name.
  private static let longestMapName = 15

  /// How many bytes of the packet there are; what is not that is written as its bits.
  private static func range(_ range: Int32) -> String {
    range < 0 ? "0x" + String(UInt64(bitPattern: Int64(range)), radix: 16) : text(Int64(range))
  }

  /// A number as numbers in registers are written.
  private static func text(_ number: Int64) -> String {
    Scalar(constant: UInt64(bitPattern: number)).description
  }
}
