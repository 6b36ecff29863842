import Dispatch
import Synchronization

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// Whether a person (Ctrl-C) or another process (SIGTERM) has asked the command to stop.
///
/// From `init` on the signals no longer end the process: whoever makes one asks it between batches. A second
/// signal, should the command hang, ends the process as usual.
struct Interruption {
  private final class Flag: Sendable { let isSet = Atomic<Bool>(false) }

  private let flag = Flag()
  private let sources: [any DispatchSourceSignal]

  init() {
    sources = [SIGINT, SIGTERM].map { [flag] number in
      signal(number, SIG_IGN)
      let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
      source.setEventHandler {
        flag.isSet.store(true, ordering: .relaxed)
        signal(number, SIG_DFL)
      }
      source.resume()
      return source
    }
  }

  /// Whether to stop now.
  var isRequested: Bool { flag.isSet.load(ordering: .relaxed) }
}
