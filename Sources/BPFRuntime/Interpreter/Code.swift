import BPF
import BPFMaps

/// A bound program's steps and everything they refer to, at fixed addresses until it is let go.
///
/// Its invariant: `header` and what it points to is initialised by `init` and not written afterwards, and the maps whose
/// addresses the steps hold are kept alive here.
@safe final class Code: @unchecked Sendable {
  /// Why a step cannot run.
  struct Refusal {
    var kind: Trap.Kind
    var message: String
  }

  let header: UnsafePointer<CodeHeader>
  /// The program that this was made of.
  let program: Program
  let refusals: [Refusal]
  private let helperIndices: [UInt32: Int]
  private let functionSlots: Set<Int>
  private let maps: [UserMap]
  /// Regions of maps and of global values, with the tags they have in every run of this code.
  private let fixedRegions: [(tag: UInt64, region: Region)]
  private let callCount: Int
  /// The interpreter that runs this, which sets it once.
  weak var interpreter: Interpreter?

  /// Code without a step, for a machine that has not run yet.
  static let idle = Code(Lowering())

  init(_ lowering: consuming Lowering) {
    let steps = unsafe UnsafeMutablePointer<Step>.allocate(capacity: max(1, lowering.steps.count))
    for unsafe(index, step) in unsafe lowering.steps.enumerated() {
      unsafe (steps + index).initialize(to: step)
    }
    let calls = UnsafeMutablePointer<HelperCall>.allocate(capacity: max(1, lowering.calls.count))
    for (index, helper) in lowering.calls.enumerated() {
      unsafe (calls + index).initialize(to: HelperCall(helper))
    }
    let layout = lowering.layout
    let fields = UnsafeMutablePointer<ContextField>.allocate(capacity: max(1, layout.fields.count))
    for (index, field) in layout.fields.enumerated() {
      unsafe (fields + index).initialize(
        to: ContextField(
          offset: field.offset,
          byteCount: field.byteCount,
          isPacketPointer: field.kind != .scalar
        )
      )
    }
    program = lowering.program
    callCount = lowering.calls.count
    refusals = lowering.refusals
    helperIndices = lowering.helperIndices
    functionSlots = lowering.functionSlots
    maps = lowering.maps
    fixedRegions = lowering.fixedRegions
    let end = layout.fields.firstIndex { $0.kind == .packetEnd } ?? -1
    let start =
      layout.fields.firstIndex { $0.kind == .packetMetadata } ?? layout.fields.firstIndex {
        $0.kind == .packetStart
      } ?? -1
    let header = UnsafeMutablePointer<CodeHeader>.allocate(capacity: 1)
    unsafe self.header = UnsafePointer(header)
    unsafe header.initialize(
      to: CodeHeader(
        steps: steps,
        count: lowering.steps.count,
        calls: calls,
        fields: fields,
        fieldCount: layout.fields.count,
        contextByteCount: layout.byteCount,
        packetStart: end < 0 ? -1 : start,
        packetEnd: end,
        owner: Unmanaged.passUnretained(self)
      )
    )
  }

  deinit {
    unsafe header.pointee.steps.deallocate()
    unsafe header.pointee.calls.deinitialize(count: callCount)
    unsafe header.pointee.calls.deallocate()
    unsafe header.pointee.fields.deallocate()
    unsafe header.deallocate()
  }

  /// Whether a function of the program starts at a slot.
  func isFunction(at slot: Int) -> Bool { functionSlots.contains(slot) }

  /// The index among the calls of a helper that the environment has.
  func callIndex(ofHelper id: UInt64) -> Int? { UInt32(exactly: id).flatMap { helperIndices[$0] } }

  /// The pointer that stands for a map in this code, or 0.
  func pointer(to map: UserMap) -> UInt64 {
    maps.firstIndex { $0 === map }.map { fixedRegions[$0].region.start } ?? 0
  }

  /// Puts this code's maps and globals into a machine's region table.
  @inline(__always) func install(in state: StatePointer) {
    for index in unsafe 0..<UInt64(state.pointee.installedMaps) {
      unsafe state.pointee.regions[Int(Tag.map + index)] = .none
      unsafe state.pointee.regions[Int(Tag.globalValue + index)] = .none
    }
    for entry in fixedRegions { unsafe state.pointee.regions[Int(entry.tag)] = entry.region }
    unsafe state.pointee.installedMaps = maps.count
  }
}
