import CFuzzer

/// `Fuzz TARGET [libFuzzer's options] [corpus folder…]`.
@main struct Main {
  /// The target that this process feeds; set once, before the driver starts.
  nonisolated(unsafe) static var target = FuzzTarget.object

  static func main() {
    let names = FuzzTarget.allCases.map(\.rawValue).joined(separator: "|")
    guard CommandLine.arguments.count > 1, let chosen = FuzzTarget(rawValue: CommandLine.arguments[1]) else {
      print("usage: Fuzz \(names) [-max_total_time=SECONDS] [CORPUS…]")
      return
    }
    unsafe target = chosen
    var count = CommandLine.argc - 1
    var arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? = unsafe CommandLine.unsafeArgv + 1
    _ = unsafe LLVMFuzzerRunDriver(&count, &arguments) { data, size in
      unsafe Main.target.feed(Array(UnsafeBufferPointer(start: data, count: size)))
      return 0
    }
  }
}
