import BPF
import BPFObject

/// Milliseconds from an object's bytes to linked programs.
enum LoadingBenchmark {
  static func run() throws {
    let bytes = BenchmarkFiles.bytes("Programs/large.o")
    guard let program = try BenchmarkFiles.object("Programs/large.o").linked(kernel: nil).first else {
      fatalError("no program")
    }
    let figures = measure([
      Contestant(name: "load", operations: 1) {
        do {
          let object = try unsafe ObjectFile(parsing: bytes.span.bytes, named: "large.o")
          guard try object.linked(kernel: nil).count == 1 else { fatalError("no program") }
        } catch { fatalError("\(error)") }
      }
    ])
    print("Loading an object of \(program.slotCount) slots with BTF and line records, \(bytes.count) bytes:")
    print("  parse and link: \(text(figures[0].medianNanoseconds / 1e6)) ms")
    judge("load", figures[0].medianNanoseconds / 1e6, atMost: 5, "ms")
  }
}
