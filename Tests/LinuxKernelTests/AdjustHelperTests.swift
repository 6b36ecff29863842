import BPF
import LinuxKernel
import TestSupport
import Testing

/// The boundaries of the adjust helpers as the kernel itself draws them: what the user-space engine is built to.
@Suite(KernelAccess.required) struct `The kernel's adjust helpers` {
  /// A helper, the packet it is called on, and the deltas it takes.
  struct Range: Sendable, CustomTestStringConvertible {
    let helper: AdjustHelper
    let packetByteCount: Int
    let metadataByteCount: Int
    let accepted: ClosedRange<Int>
    var testDescription: String { "\(helper) on \(metadataByteCount)+\(packetByteCount) bytes: \(accepted)" }

    init(_ helper: AdjustHelper, on packet: Int, after metadata: Int = 0, _ accepted: ClosedRange<Int>) {
      self.helper = helper
      packetByteCount = packet
      metadataByteCount = metadata
      self.accepted = accepted
    }
  }

  @Test(arguments: [
    Range(.head, on: 14, -216...0), Range(.head, on: 15, -216...1), Range(.head, on: 60, -216...46),
    Range(.head, on: 64, -216...50), Range(.head, on: 1500, -216...1486), Range(.head, on: 3520, -216...3506),
    Range(.head, on: 64, after: 4, -212...50), Range(.head, on: 64, after: 216, 0...50),
    Range(.tail, on: 14, 0...3506), Range(.tail, on: 15, -1...3505), Range(.tail, on: 60, -46...3460),
    Range(.tail, on: 64, -50...3456), Range(.tail, on: 1500, -1486...2020), Range(.tail, on: 3520, -3506...0),
    Range(.tail, on: 64, after: 216, -50...3456),
    Range(.meta, on: 14, -216...0), Range(.meta, on: 3520, -216...0),
    Range(.meta, on: 64, after: 4, -212...4),
    Range(.meta, on: 64, after: 216, 0...216),
  ])
  func `take the packet to the edge of its frame and no byte further`(_ range: Range) throws {
    let program = try range.helper.loadedProgram()
    for delta in [range.accepted.lowerBound, range.accepted.upperBound] {
      let result = try run(program, range, delta)
      #expect(result.error == 0, "delta \(delta)")
      let expected = range.helper.lengths(packet: range.packetByteCount, range.metadataByteCount, by: delta)
      #expect(result.run.data.count == expected.packet, "delta \(delta)")
      #expect(result.run.metadata.count == expected.metadata, "delta \(delta)")
    }
    let step = range.helper == .meta ? 4 : 1
    for delta in [range.accepted.lowerBound - step, range.accepted.upperBound + step] {
      let result = try run(program, range, delta)
      #expect(result.error == LinuxErrno.invalid.rawValue, "delta \(delta)")
      #expect(result.run.data.count == range.packetByteCount, "delta \(delta)")
      #expect(result.run.metadata.count == range.metadataByteCount, "delta \(delta)")
    }
  }

  @Test func `metadata grows in steps of four bytes, and a place out of the frame is the first thing wrong`()
    throws
  {
    let program = try AdjustHelper.meta.loadedProgram()
    let range = Range(.meta, on: 64, -216...0)
    for delta in -300...20 {
      let expected: LinuxErrno? =
        !range.accepted.contains(delta) ? .invalid : delta % 4 != 0 ? .accessDenied : nil
      #expect(try run(program, range, delta).error == expected?.rawValue ?? 0, "delta \(delta)")
    }
  }

  @Test(arguments: [(-252, nil), (-256, LinuxErrno.accessDenied), (-316, .accessDenied), (-320, .invalid)])
  func `metadata has 252 bytes at most, however large the headroom`(delta: Int, expected: LinuxErrno?) throws
  {
    let program = try Program.assembled(
      """
      r6 = r1
      r2 = 100
      call 44
      r1 = r6
      r2 = \(delta)
      call 54
      exit
      """
    )
    let result = try KernelEngine.load(program).testRun(packet: .counting(200))
    #expect(result.returned == UInt32(bitPattern: -(expected?.rawValue ?? 0)))
    #expect(result.data == Array([UInt8].counting(200).dropFirst(100)))
    #expect(result.metadata.count == (expected == nil ? -delta : 0))
  }

  @Test func `metadata moves with the head of the packet`() throws {
    let program = try AdjustHelper.head.loadedProgram()
    for delta in [-212, -8, -1, 0, 1, 46] {
      let result = try program.testRun(
        packet: AdjustHelper.packet(60, delta: delta),
        context: XDPTestContext(metadata: [1, 2, 3, 4])
      )
      #expect(result.metadata == [1, 2, 3, 4], "delta \(delta)")
    }
  }

  @Test func `a tail that grows is zeroed, one that shrinks keeps the rest`() throws {
    let program = try AdjustHelper.tail.loadedProgram()
    let longer = AdjustHelper.packet(60, delta: 100)
    #expect(try program.testRun(packet: longer).data == longer + [UInt8](repeating: 0, count: 100))
    let shorter = AdjustHelper.packet(60, delta: -46)
    #expect(try program.testRun(packet: shorter).data == Array(shorter.prefix(14)))
  }

  private func run(
    _ program: LoadedProgram,
    _ range: Range,
    _ delta: Int
  ) throws -> (error: Int32, run: TestRunResult) {
    let result = try program.testRun(
      packet: AdjustHelper.packet(range.packetByteCount, delta: delta),
      context: XDPTestContext(metadata: [UInt8](repeating: 0xBB, count: range.metadataByteCount))
    )
    return (-Int32(bitPattern: result.returned), result)
  }
}
