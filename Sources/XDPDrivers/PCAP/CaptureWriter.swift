public import XDP

/// Writes a pcapng capture: every packet as the program left it, with its verdict as a comment.
///
/// Wireshark shows the comment, such as `XDP_DROP (firewall)`; the `epb_verdict` option holds the action's number, as
/// xdpdump writes it. An observer cannot throw: after a refusal by the system nothing more is written, `failure` says
/// why, and `close` throws it.
public final class CaptureWriter: VerdictObserver {
  /// The program whose verdicts are recorded, for the comments.
  public let program: String
  /// The first refusal of the system, after which nothing is written.
  public private(set) var failure: CaptureError?
  /// Packets written.
  public private(set) var count: UInt64 = 0

  private var file: OutputFile
  /// Interfaces by ifindex, with their place among the file's.
  private var interfaces: [(index: UInt32, place: Int)] = []
  private var names: [UInt32: String] = [:]
  /// What most packets carry, by action's number.
  private let usual: [PCAPNG.Options]
  private static let sent = options(comment: nil, verdict: nil, queue: 0, .outbound)

  /// Creates the file, or empties it.
  ///
  /// `interfaces` are written first; one that turns up later is added, under its number if it has no name.
  /// `inputs` are files being read, of which it must be none.
  public init(
    _ path: String,
    program: String = "",
    interfaces: [NetworkInterface] = [],
    application: String = "swift-xdp",
    keeping inputs: [String] = []
  ) throws(CaptureError) {
    file = try OutputFile.create(path, keeping: inputs)
    self.program = program
    usual = XDPAction.allCases.map { action in
      let comment = Self.comment(action, program: program)
      return Self.options(comment: comment, verdict: action.rawValue, queue: 0, .inbound)
    }
    for interface in interfaces { names[interface.index] = interface.name }
    try file.writeSection(application: application)
    for interface in interfaces { _ = try place(of: interface.index) }
  }

  // MARK: Recording

  /// Records the packets of a batch with their verdicts.
  public func observe(_ batch: borrowing PacketBatch, verdicts: borrowing Verdicts, worker: borrowing Worker)
  {
    guard failure == nil else { return }
    do throws(CaptureError) {
      let place = try place(of: batch.ingressIfindex)
      var traps = worker.traps.makeIterator()
      var trap = traps.next()
      for index in 0..<batch.count {
        var message: String?
        while let known = trap, known.index <= index {
          if known.index == index { message = known.trap.description }
          trap = traps.next()
        }
        let options = options(of: index, verdicts: verdicts, queue: batch.rxQueue, trap: message)
        try write(batch, at: index, place: place, options: options)
      }
    } catch { failure = error }
  }

  /// Records the packets of a batch as sent by an interface.
  func write(sent batch: borrowing PacketBatch, by interface: NetworkInterface) throws(CaptureError) {
    if let failure { throw failure }
    do throws(CaptureError) {
      names[interface.index] = names[interface.index] ?? interface.name
      let place = try place(of: interface.index)
      for index in 0..<batch.count { try write(batch, at: index, place: place, options: Self.sent) }
    } catch {
      failure = error
      throw error
    }
  }

  /// Writes what is still in memory and closes the file; throws the first refusal if there was one.
  public func close() throws(CaptureError) {
    if let failure { throw failure }
    do throws(CaptureError) { try file.close() } catch {
      failure = error
      throw error
    }
  }

  private func write(
    _ batch: borrowing PacketBatch,
    at index: Int,
    place: Int,
    options: PCAPNG.Options
  ) throws(CaptureError) {
    let gathered = batch.hasFragments(at: index) ? batch.copiedBytes(at: index) : []
    try file.writePacket(
      gathered.isEmpty ? batch.bytes(at: index) : gathered.rawBytes,
      originalLength: Int(batch[index].length),
      timestamp: batch.timestamp(at: index),
      interface: place,
      options: options
    )
    count += 1
  }

  /// Where an interface stands among the file's; a new one is written first.
  private func place(of index: UInt32) throws(CaptureError) -> Int {
    if let known = interfaces.first(where: { $0.index == index }) { return known.place }
    let place = interfaces.count
    try file.writeInterface(name: name(of: index))
    interfaces.append((index, place))
    return place
  }

  private func name(of index: UInt32) -> String { names[index] ?? "interface \(index)" }

  // MARK: Comments

  private func options(
    of index: Int,
    verdicts: borrowing Verdicts,
    queue: UInt32,
    trap: String?
  ) -> PCAPNG.Options {
    let action = verdicts[index]
    var detail = trap
    if verdicts.isUnknown(at: index) { detail = "returned \(verdicts.returned[index]), which is no action" }
    if action == .redirect { detail = destination(verdicts.targets[index]) }
    guard detail != nil || queue != 0 else { return usual[Int(action.rawValue)] }
    let comment = Self.comment(action, program: program) + (detail.map { ": \($0)" } ?? "")
    return Self.options(comment: comment, verdict: action.rawValue, queue: queue, .inbound)
  }

  private func destination(_ target: RedirectTarget) -> String {
    guard target.isSet else { return "to nowhere, for no redirect helper was called" }
    guard target.ifindex != 0 else { return "to entry \(target.key) of a map" }
    return "to " + name(of: target.ifindex)
  }

  private static func comment(_ action: XDPAction, program: String) -> String {
    program.isEmpty ? action.cName : "\(action.cName) (\(program))"
  }

  private static func options(
    comment: String?,
    verdict: UInt32?,
    queue: UInt32,
    _ direction: PCAPNG.Direction
  ) -> PCAPNG.Options {
    var options = PCAPNG.Options()
    options.add(PCAPNG.Code.packetFlags, direction.rawValue)
    options.add(PCAPNG.Code.packetQueue, queue)
    if let verdict {
      // Who decided comes first: 2 is XDP. Then the action, as 64 bits.
      options.add(PCAPNG.Code.packetVerdict, [2, UInt8(truncatingIfNeeded: verdict), 0, 0, 0, 0, 0, 0, 0])
    }
    if let comment { options.add(PCAPNG.Code.comment, comment) }
    options.end()
    return options
  }
}
