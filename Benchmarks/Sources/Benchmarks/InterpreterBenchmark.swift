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
