import BPF

/// One program as `BPF_PROG_LOAD` takes it.
struct ProgramLoad {
  /// `BPF_PROG_TYPE_XDP`.
  private static let type: UInt32 = 6
  /// The flags that the kernel knows; the others are the loader's.
  private static let flags: ProgramFlags = [.frags, .deviceBound]
  private static let firstLogSize = 1 << 18
  /// A longer log is that of a program which loops, the same lines over and over; its end says why.
  private static let longestLogSize = 1 << 24

  private let program: Program
  private let code: [UInt8]
  private let maps: [KernelMap]
  private let types: KernelTypes?
  private let ifindex: UInt32

  /// Replaces references to maps by their descriptors, which live as long as `maps`.
  init(_ program: Program, maps: [KernelMap], _ types: KernelTypes?, ifindex: UInt32) {
    self.program = program
    self.types = types
    self.maps = maps
    self.ifindex = ifindex
    code = program.instructions.map { $0.binding(maps) }.encoded()
  }

  /// Loads the program.
  ///
  /// A good program whose log does not fit is refused for it, so nothing is logged until there is something to explain.
  func perform(_ level: KernelEngine.LogLevel) throws(KernelError) -> LoadedProgram {
    guard level == .onRefusal else { return try logged(level.rawValue) }
    var call = request()
    let descriptor: Descriptor
    do {
      descriptor = Descriptor(owning: try load(&call))
    } catch {
      guard error.code != .notPermitted && error.code != .noSystemCall else {
        throw KernelError(error, subject: program.name)
      }
      return try logged(KernelEngine.LogLevel.brief.rawValue, refusal: error)
    }
    return try loaded(descriptor, log: "")
  }

  /// Loads with a log, in as large a buffer as it needs.
  ///
  /// The kernel keeps the end of a log that does not fit, says `ENOSPC` in place of the real error, and from Linux 6.4 on
  /// how large the whole is. `refusal` is the real error where it is known.
  private func logged(_ level: UInt32, refusal: BPFCallFailure? = nil) throws(KernelError) -> LoadedProgram {
    var size = Self.firstLogSize
    while true {
      var call = request()
      call.set(level, at: 24)
      call.set(UInt32(size), at: 28)
      let log = call.point(toZeroes: size, from: 32)
      let descriptor: Descriptor
      do {
        descriptor = Descriptor(owning: try load(&call))
      } catch {
        let isCut = error.code == .noSpace
        let needed = max(Int(call.word(at: 140)), size + 1)
        if isCut, needed <= Self.longestLogSize {
          size = max(needed, min(size * 4, Self.longestLogSize))
          continue
        }
        let text = Self.text(call.buffer(log))
        throw KernelError(
          isCut ? refusal ?? error : error,
          subject: program.name,
          log: isCut ? "[…]\n" + text.drop { !$0.isNewline }.dropFirst() : text
        )
      }
      return try loaded(descriptor, log: Self.text(call.buffer(log)))
    }
  }

  private func loaded(_ descriptor: consuming Descriptor, log: String) throws(KernelError) -> LoadedProgram {
    let id = try descriptor.objectID(named: program.name)
    return LoadedProgram(name: program.name, id: id, maps: maps, log: log, descriptor: descriptor)
  }

  private func request() -> BPFCall {
    var call = BPFCall()
    call.set(Self.type, at: 0)
    call.set(UInt32(code.count / 8), at: 4)
    call.point(at: code, from: 8)
    call.point(at: Array(program.license.utf8) + [0], from: 16)
    call.set(program.flags.intersection(Self.flags).rawValue, at: 44)
    call.set(name: program.name, at: 48)
    call.set(ifindex, at: 64)
    call.set(program.attachType.rawValue, at: 68)
    setFunctionTypes(&call)
    return call
  }

  /// Tells where each function begins and its type (`struct bpf_func_info`), if that is known of all of them.
  private func setFunctionTypes(_ call: inout BPFCall) {
    guard let types, program.functions.allSatisfy({ $0.type != 0 }) else { return }
    let recordByteCount = 8
    let records = program.functions.flatMap { function in
      [UInt8](repeating: 0, count: recordByteCount)
        .replacingWord(at: 0, with: UInt32(function.slot))
        .replacingWord(at: 4, with: function.type)
    }
    call.set(UInt32(bitPattern: types.descriptor.rawValue), at: 72)
    call.set(UInt32(recordByteCount), at: 76)
    call.point(at: records, from: 80)
    call.set(UInt32(program.functions.count), at: 88)
  }

  /// The verifier gives up with `EAGAIN` when a signal arrives; it may be asked again.
  private func load(_ call: inout BPFCall) throws(BPFCallFailure) -> Int32 {
    defer { extendLifetime((maps, types)) }
    for _ in 0..<4 {
      do {
        return try call.perform(.programLoad)
      } catch {
        if error.code != .tryAgain { throw error }
      }
    }
    return try call.perform(.programLoad)
  }

  private static func text(_ log: [UInt8]) -> String {
    String(decoding: log.prefix { $0 != 0 }, as: UTF8.self)
  }
}

extension Instruction {
  /// The index in `Program.maps` that this refers to.
  var mapIndex: Int? {
    switch self {
    case .loadImmediate(_, .map(let index)), .loadImmediate(_, .mapValue(let index, _)): Int(index)
    default: nil
    }
  }

  /// This instruction with a map's index in `Program.maps` replaced by the map's descriptor.
  ///
  /// An index that names no map stays, and the kernel refuses it.
  fileprivate func binding(_ maps: [KernelMap]) -> Instruction {
    switch self {
    case .loadImmediate(let register, .map(let index)) where maps.indices.contains(Int(index)):
      .loadImmediate(register, .mapDescriptor(maps[Int(index)].descriptor.rawValue))
    case .loadImmediate(let register, .mapValue(let index, let offset))
    where maps.indices.contains(Int(index)):
      .loadImmediate(register, .mapDescriptorValue(maps[Int(index)].descriptor.rawValue, offset: offset))
    default: self
    }
  }
}
