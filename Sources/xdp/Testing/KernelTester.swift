import BPF
import BPFRuntime
import LinuxKernel
import XDP

/// The running kernel's test run as an engine.
final class KernelTester: PacketTester {
  let engineName = "kernel"
  let stop = StopRequest()
  /// The program in the kernel.
  let program: LoadedProgram
  private let linear: Int?
  /// Whether what is to be said of the run has been said.
  private var isSilent: Bool

  var maps: [any BPFMap] { program.maps }

  /// Loads the first program, with the others for its program arrays, and fills maps.
  init(_ programs: [Program], _ options: RunOptions, isSilent: Bool = false) throws(CommandError) {
    self.isSilent = isSilent
    if let reason = KernelEngine.unavailability {
      throw .refused("--engine kernel: programs cannot be loaded here: \(reason)")
    }
    if options.routes != nil, !isSilent {
      Console.warn("--routes is for the user-space engine; the kernel asks its own routes")
    }
    let type = programs[0].attachType
    if type != .xdp, !isSilent {
      Console.warn(
        "the kernel's test run takes no program of a \(type)'s entry: it is loaded as a plain XDP program"
      )
    }
    var programs = programs
    programs[0].attachType = .xdp
    do throws(KernelError) {
      program = try KernelEngine.load(programs)[0]
    } catch {
      throw .kernel(error)
    }
    linear = options.linear
    openReaders()
    for assignment in options.map { try MapFill(assignment).apply(to: program.maps, types: programs[0].btf) }
  }

  /// Reads perf events, as the user-space engine does: a program that looks at what its output answers sees the same.
  private func openReaders() {
    for map in program.maps where map.definition.type == .perfEventArray {
      do throws(MapError) { try map.openReaders() } catch {
        Console.warn("\(error): in the kernel the program is told that nobody reads its perf events (ENOENT)")
      }
    }
  }

  /// A redirect's target is compared with nothing, which is said once.
  private func noteRedirect(_ returned: UInt32, of packet: TestPacket) {
    guard returned == XDPAction.redirect.rawValue, !isSilent else { return }
    isSilent = true
    Console.warn("packet \(packet.index): the kernel's test run does not say where it redirects to")
  }

  /// `bpf_prog_test_run_xdp` refuses what is shorter than an Ethernet header (`EINVAL`).
  func refusal(of packet: TestPacket) -> String? {
    packet.bytes.count < 14 ? "the kernel's test run takes packets of 14 bytes and more" : nil
  }

  /// The kernel tells nobody about its instructions.
  func run(_ packet: TestPacket, watchedBy observer: (any RunObserver)?) throws(CommandError) -> PacketReport
  {
    do throws(KernelError) {
      let context = XDPTestContext(linearByteCount: linear.map { min($0, packet.bytes.count) })
      let result = try program.testRun(packet: packet.bytes, context: context)
      noteRedirect(result.returned, of: packet)
      return PacketReport(
        index: packet.index,
        action: XDPAction(rawValue: result.returned) ?? .aborted,
        returned: result.returned,
        input: packet.bytes,
        bytes: result.data,
        metadata: result.metadata,
        redirect: nil,
        trap: nil
      )
    } catch {
      throw .refused("packet \(packet.index): \(error)")
    }
  }
}
