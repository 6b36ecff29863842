import BPF
import BPFRuntime
import CPeer
import LinuxKernel
import XDP

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// Cycles an instruction of the interpreter, beside an unchecked switch in C and the kernel's machine code.
enum InterpreterBenchmark {
  static func run() throws {
    // Executed instructions were counted once by running the program with budgets.
    try compare("arithmetic loop", "Programs/loop.o", limit: 8, runs: 20)
    try compare("Ethernet/IPv4/UDP parser", "Programs/parser.o", limit: 9, runs: 50_000)
  }

  private static func compare(_ title: String, _ path: String, limit: Double, runs: Int) throws {
    guard let program = try BenchmarkFiles.object(path).linked(kernel: nil).first else {
      fatalError("no program")
    }
    let frame = LowFrame()
    let interpreter = try Interpreter(program, in: .xdp(for: .xdp))
    let machine = Machine()
    frame.describe(in: machine)
    let executed = try count(program, frame)
    let code = program.instructions.encodedSlots().map(\.bits)
    let expected = interpreter.run(on: machine)
    let peer = unsafe code.withUnsafeBufferPointer { unsafe peer_run($0.baseAddress, frame.contextAddress) }
    guard case .returned(let result) = expected, result == peer else {
      fatalError("\(title): the interpreter says \(expected), the peer \(peer)")
    }
    let figures = measure([
      Contestant(name: "swift-xdp interpreter", operations: runs * executed) {
        for _ in 0..<runs { _ = interpreter.run(on: machine) }
      },
      Contestant(name: "unchecked C switch", operations: runs * executed) {
        unsafe code.withUnsafeBufferPointer { code in
          for _ in 0..<runs { _ = unsafe peer_run(code.baseAddress, frame.contextAddress) }
        }
      },
    ])
    print("\(title), \(executed) instructions a run, cycles an instruction:")
    print("  swift-xdp, checked and budgeted: \(figures[0])")
    print("  unchecked C switch:              \(figures[1])")
    print("  ratio C / swift-xdp: \(text(figures[1].median / figures[0].median))")
    if KernelEngine.isAvailable, let loaded = try? KernelEngine.load(program) {
      let result = try loaded.testRun(
        packet: LowFrame.packet,
        repeat: path.contains("loop") ? 200 : 1_000_000
      )
      print("  kernel's machine code, test run: \(result.nanoseconds) ns a run")
    }
    judge("swift-xdp", figures[0].median, atMost: limit, "cycles an instruction")
  }

  /// How many instructions a run takes, by the oracle, whose budget counts every one.
  private static func count(_ program: Program, _ frame: borrowing LowFrame) throws -> Int {
    var low = 1, high = 1 << 20
    while low < high {
      let middle = (low + high) / 2
      var environment = Environment.xdp(for: .xdp)
      environment.budget = UInt64(middle)
      let machine = Machine()
      frame.describe(in: machine)
      if case .returned = try OracleInterpreter(program, in: environment).run(on: machine) {
        high = middle
      } else {
        low = middle + 1
      }
    }
    return low
  }
}

/// A packet and a context below 4 GiB, where a 32-bit context field can point to: what the C peer needs.
///
/// The invariant: `memory` is one page, mapped as long as this lives.
@safe struct LowFrame: ~Copyable {
  private let memory: UnsafeMutableRawPointer
  let contextAddress: UInt64

  /// A UDP packet of 64 bytes to port 4242.
  static let packet: [UInt8] =
    [2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 0, 0x45, 0, 0, 50, 0, 0, 0, 0, 64, 17, 0, 0]
    + [10, 0, 0, 1, 10, 0, 0, 2, 0x12, 0x34, 0x10, 0x92, 0, 30] + [UInt8](repeating: 0, count: 24)

  init() {
    let place = unsafe UnsafeMutableRawPointer(bitPattern: 0x4000_0000)
    let page = unsafe mmap(place, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
    guard let page = unsafe page, unsafe page != MAP_FAILED, UInt(bitPattern: page) < 1 << 32 else {
      fatalError("no memory below 4 GiB")
    }
    unsafe memory = page
    unsafe page.copyMemory(from: Self.packet, byteCount: Self.packet.count)
    let start = UInt32(UInt(bitPattern: page))
    unsafe page.storeBytes(of: start, toByteOffset: 2048, as: UInt32.self)
    unsafe page.storeBytes(of: start + UInt32(Self.packet.count), toByteOffset: 2052, as: UInt32.self)
    unsafe page.storeBytes(of: start, toByteOffset: 2056, as: UInt32.self)
    contextAddress = UInt64(start) + 2048
  }

  deinit { unsafe munmap(memory, 4096) }

  /// Puts the packet's place into a machine's context.
  borrowing func describe(in machine: Machine) {
    let start = contextAddress - 2048
    machine.state.context[0] = start
    machine.state.context[1] = start + UInt64(Self.packet.count)
    machine.state.context[2] = start
  }
}
