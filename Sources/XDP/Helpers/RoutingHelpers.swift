import BPF
import BPFRuntime

/// The helpers that ask the routing table that the caller supplied.
///
/// Invariant: an engine calls them with its worker's `RunState`, whose hook is that worker's `PacketRun`, and with
/// pointers to as many bytes as the prototypes and sizes say.
enum RoutingHelpers {
  static let all: [Helper] = [lookup, checkMTU]

  static let lookup = unsafe Helper(
    HelperPrototype(
      69,
      "bpf_fib_lookup",
      [.context, .writableMemory, .size, .scalar],
      .integer,
      isGPLOnly: true
    )
  ) { machine, _, params, size, flags, _ in
    guard let (state, run) = unsafe PacketRun.atHand(machine),
      let params = unsafe UnsafeMutableRawPointer(bitPattern: UInt(params))
    else { return 0 }
    guard Int32(truncatingIfNeeded: size) >= FIBLookup.byteCount else { return LinuxErrno.invalid.negated }
    guard let table = unsafe routes(run, state) else { return 0 }
    let bytes = unsafe UnsafeMutableRawBufferPointer(start: params, count: FIBLookup.byteCount)
    let flags = FIBLookup.Flags(rawValue: UInt32(truncatingIfNeeded: flags))
    return unsafe FIBLookup(table, bytes, flags).perform()
  }

  static let checkMTU = unsafe Helper(
    HelperPrototype(
      163,
      "bpf_check_mtu",
      [.context, .scalar, .writableFixed(4), .scalar, .scalar],
      .integer,
      isGPLOnly: true
    )
  ) { machine, _, ifindex, length, difference, flags in
    guard let (state, run) = unsafe PacketRun.atHand(machine),
      let length = unsafe UnsafeMutableRawPointer(bitPattern: UInt(length))
    else { return 0 }
    guard flags == 0 else { return LinuxErrno.invalid.negated }
    guard let table = unsafe routes(run, state) else { return 0 }
    // Without a number it is the interface that the packet came in by.
    let ingress = unsafe UInt32(truncatingIfNeeded: state.pointee.context[XDPContext.Field.ingressIfindex])
    let named = UInt32(truncatingIfNeeded: ifindex)
    guard let interface = table.interface(named == 0 ? ingress : named) else {
      return LinuxErrno.noDevice.negated
    }
    let given = unsafe length.loadUnaligned(as: UInt32.self)
    let header = Int32(truncatingIfNeeded: interface.headerLength)
    var byteCount = unsafe Int32(truncatingIfNeeded: run.pointee.packet.length)
    if given != 0 { byteCount = Int32(bitPattern: given) &+ header }
    byteCount &+= Int32(truncatingIfNeeded: difference)
    unsafe length.storeBytes(of: interface.mtu, as: UInt32.self)
    return byteCount > Int32(truncatingIfNeeded: interface.mtu) &+ header ? 1 : 0
  }

  /// The table; nil, and a refusal, where the caller supplied none.
  private static func routes(
    _ run: UnsafeMutablePointer<PacketRun>,
    _ state: UnsafeMutablePointer<RunState>
  ) -> RoutingTable? {
    if let table = unsafe run.pointee.routes { return table }
    unsafe state.pointee.refusal = "there is no routing table: none was given (--routes)"
    return nil
  }
}
