#if os(Linux)
import Glibc
import LinuxKernel
import TestSupport
import XDP

/// Three pairs of virtual Ethernet interfaces: programs run on `in`, `one` and `two` are others to leave by, and the far
/// ends stand for the wire.
///
/// A far end runs a program that passes everything, for only then does its pair take frames from programs.
final class FrameNetwork {
  /// Where a frame can come out.
  enum Outlet: String, CaseIterable { case stack, `in`, one, two }

  /// The interface that programs run on.
  static let ingress: UInt32 = 10
  /// The interface of an outlet, as programs name it; frames come out at its far end, one number above.
  static let interfaces: [Outlet: UInt32] = [.in: 10, .one: 12, .two: 14]

  /// What `ip` is to do in the namespace: nothing but the test's frames is on these wires.
  static let lines: [String] = ["in", "one", "two"].enumerated().flatMap { place, name in
    let index = 10 + 2 * place
    return [
      "link add \(name) index \(index) mtu 3400 type veth peer name \(name)-far index \(index + 1) mtu 3400",
      "link set \(name) addrgenmode none", "link set \(name)-far addrgenmode none",
      "link set \(name) arp off multicast off up", "link set \(name)-far arp off multicast off up",
    ]
  }

  private let hooks: [InterfaceHook]
  private let programs: [LoadedProgram]
  private let sockets: [Outlet: FrameSocket]

  /// Puts the program of the test on `in`, in a namespace where `lines` were carried out.
  init(running program: LoadedProgram, mode: AttachMode) throws {
    let pass = try KernelEngine.load(.assembled("r0 = 2\nexit", named: "pass"))
    programs = [program, pass]
    hooks =
      try Self.interfaces.values.map { try InterfaceHook(pass, on: $0 + 1) }
      + [InterfaceHook(program, on: Self.ingress, mode: mode)]
    var sockets = try Self.interfaces.mapValues { try FrameSocket(on: $0 + 1) }
    sockets[.stack] = try FrameSocket(on: Self.ingress)
    self.sockets = sockets
  }

  /// Sends frames to `in`, one after the other, and gathers what comes out until it is as many as expected, and no more
  /// for a while.
  func send(_ frames: [[UInt8]], expecting counts: [Outlet: Int]) throws -> [Outlet: [[UInt8]]] {
    var received: [Outlet: [[UInt8]]] = [:]
    func gather() throws -> Bool {
      var isAny = false
      for (outlet, socket) in sockets {
        while let frame = try socket.receive() {
          received[outlet, default: []].append(frame)
          isAny = true
        }
      }
      return isAny
    }
    for frame in frames {
      try sockets[.in]?.send(frame)
      _ = try gather()
    }
    // Programs of CPUs run on threads of the kernel's, so what they let through comes when it likes.
    var quiet = 0, rounds = 0
    while rounds < 400 {
      rounds += 1
      quiet = try gather() ? 0 : quiet + 1
      let isComplete = counts.allSatisfy { (received[$0.key]?.count ?? 0) >= $0.value }
      if quiet >= (isComplete ? 4 : 200) { break }
      usleep(5000)
    }
    return received
  }
}
#endif
