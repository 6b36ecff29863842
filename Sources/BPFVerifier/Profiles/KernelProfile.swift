public import BPF

/// What a program wants that an older kernel does not have: helpers, kernel functions, map types, flags and what maps'
/// values hold, instructions, attachment.
///
/// It goes by what is there since which Linux, for XDP programs, from Linux 5.10 on; bounded loops, global functions and a
/// million instructions are older. **Not modelled**: how far the older verifier follows a program, and the rules that it
/// lacks or has beyond today's, among them which parameters global functions may have; flags that are passed to helpers;
/// kptrs, lists and trees in values, other than by the functions that they are used with; that a helper came to XDP later
/// than to other programs; what only one processor type had (arm64 runs tail calls from functions since 6.0); kernels whose
/// distributor took newer features back, or left parts out when it was built.
public struct KernelProfile: Sendable {
  /// Something that is not there yet.
  public struct Objection: Hashable, Sendable {
    /// One sentence, lower case, without a period.
    public var message: String
    /// The instruction that wants it; nil where it is not one.
    public var slot: Int?
    /// The first Linux that has it.
    public var since: KernelVersion
  }

  /// The kernel.
  public let version: KernelVersion

  /// The profile of a kernel.
  public init(_ version: KernelVersion) { self.version = version }

  /// Whatever the kernel lacks of what a program wants, in order of slot; empty where it has everything.
  public func objections(to program: Program) -> [Objection] {
    var objections: [Objection] = []
    func want(_ what: String, _ since: KernelVersion, at slot: Int? = nil) {
      guard version < since, !objections.contains(where: { $0.message == what }) else { return }
      objections.append(Objection(message: what, slot: slot, since: since))
    }
    if program.flags.contains(.frags) {
      want("knows frames in several buffers (xdp.frags)", KernelVersion(5, 18))
    }
    if program.flags.contains(.deviceBound) { want("is bound to a device", KernelVersion(6, 3)) }
    for map in program.maps {
      if let since = Self.mapTypes[map.type] {
        want("has the map '\(map.name)' of type \(map.type.name)", since)
      }
      for (flag, name, since) in Self.mapFlags where map.flags.rawValue & flag != 0 {
        want("has the map '\(map.name)' with the flag \(name)", since)
      }
      for field in map.fields {
        if let since = Self.field(field.kind) {
          want("has a struct \(field.kind.typeName) in the values of '\(map.name)'", since)
        }
      }
    }
    let functions = Dictionary(
      program.externs.filter { $0.kind == .function }.flatMap { extern in extern.slots.map { ($0, extern) } }
    ) { first, _ in first }
    var slot = 0
    for instruction in program.instructions {
      switch instruction {
      case .call(.helper(let id)):
        if let since = Self.helper(id) {
          want("calls \(HelperNames.name(of: id) ?? "helper \(id)")", since, at: slot)
        }
      case .call(.kernelFunction):
        if let extern = functions[slot], !extern.isWeak {
          // XDP programs could call none before Linux 5.18.
          let since = Self.since(function: extern.name) ?? KernelVersion(5, 18)
          want("calls the kernel function \(extern.name)", since, at: slot)
        }
      default:
        if let (what, since) = Self.form(of: instruction) { want("uses \(what)", since, at: slot) }
      }
      slot += instruction.slotCount
    }
    return objections
  }

  // MARK: Facts

  private static let mapTypes: [MapType: KernelVersion] = [
    .bloomFilter: KernelVersion(5, 16), .userRingBuffer: KernelVersion(6, 1),
    .cgroupLocalStorage: KernelVersion(6, 2), .arena: KernelVersion(6, 9),
    .instructionArray: KernelVersion(6, 19),
    .taskStorage: KernelVersion(5, 11),
  ]

  /// Flags of maps that came after Linux 5.10.
  private static let mapFlags: [(flag: UInt32, name: String, since: KernelVersion)] = [
    (1 << 17, "BPF_F_SEGV_ON_FAULT", KernelVersion(6, 9)),
    (1 << 18, "BPF_F_NO_USER_CONV", KernelVersion(6, 9)),
    (1 << 19, "BPF_F_RB_OVERWRITE", KernelVersion(6, 19)),
  ]

  private static func field(_ kind: KernelField.Kind) -> KernelVersion? {
    switch kind {
    case .spinLock: nil
    case .timer: .v5_15
    case .workQueue: KernelVersion(6, 10)
    case .resilientLock: KernelVersion(6, 15)
    case .taskWork: .v6_18
    }
  }

  /// The last helper of each Linux from 5.10 on (`__BPF_FUNC_MAX_ID` less one).
  private static let lastHelpers: [(last: UInt32, since: KernelVersion)] = [
    (155, KernelVersion(5, 10)), (162, KernelVersion(5, 11)), (163, KernelVersion(5, 12)),
    (165, KernelVersion(5, 13)), (168, KernelVersion(5, 14)), (175, KernelVersion(5, 15)),
    (179, KernelVersion(5, 16)), (185, KernelVersion(5, 17)), (193, KernelVersion(5, 18)),
    (203, KernelVersion(5, 19)), (207, KernelVersion(6, 0)), (209, KernelVersion(6, 1)),
    (211, KernelVersion(6, 2)),
  ]

  private static func helper(_ id: UInt32) -> KernelVersion? { lastHelpers.first { id <= $0.last }?.since }

  /// Whether the kernel has a helper; one that came before Linux 5.10 counts as of that.
  public func has(helper id: UInt32) -> Bool { Self.helper(id).map { $0 <= version } ?? false }

  /// Whether the kernel has a function for XDP programs.
  public func has(function name: String) -> Bool { Self.since(function: name).map { $0 <= version } ?? false }

  /// The first Linux that has a kernel function; nil for a name that is not known.
  public static func since(function name: String) -> KernelVersion? { KernelFunctionAges.since(name) }

  /// An instruction's form that is younger than Linux 5.10.
  private static func form(of instruction: Instruction) -> (String, KernelVersion)? {
    switch instruction {
    case .alu(.sdiv, _, _, _), .alu(.smod, _, _, _): ("signed division (cpu v4)", .v6_6)
    case .moveSignExtending: ("a sign-extending move (cpu v4)", .v6_6)
    case .loadSignExtending: ("a sign-extending load (cpu v4)", .v6_6)
    case .swap(.always, _, _): ("an unconditional byte swap (cpu v4)", .v6_6)
    case .jumpLong: ("a long jump (cpu v4)", .v6_6)
    case .mayGoto: ("may_goto", KernelVersion(6, 9))
    case .addressSpaceCast: ("address spaces", KernelVersion(6, 9))
    case .loadAcquire, .storeRelease: ("load-acquire or store-release", KernelVersion(6, 15))
    case .loadImmediate(_, .function): ("the address of a function", KernelVersion(5, 13))
    case .atomic(.add(fetch: false), _, _, _): nil
    case .atomic: ("an atomic operation other than addition (cpu v3)", KernelVersion(5, 12))
    default: nil
    }
  }
}
