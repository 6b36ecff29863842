import BPFRuntime
import Dispatch
import Synchronization

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// Stops what runs when a person (Ctrl-C) or another process (SIGTERM) asks, or a time is over.
///
/// From `init` on the signals no longer end the process: they make a `StopRequest`, which runs and whoever moves packets
/// look at. A second signal, should the command hang, ends the process as usual.
struct Interruption {
  private final class Received: Sendable { let signal = Atomic<Int32>(0) }

  private let stop: StopRequest
  private let received = Received()
  private let sources: [any DispatchSourceSignal]

  /// Listens until the process ends.
  init(stopping stop: StopRequest) {
    self.stop = stop
    sources = [SIGINT, SIGTERM].map { [received] number in
      signal(number, SIG_IGN)
      let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
      source.setEventHandler {
        received.signal.store(number, ordering: .relaxed)
        stop.make()
        signal(number, SIG_DFL)
      }
      // A signal that comes before somebody listens would be lost.
      let isListening = DispatchSemaphore(value: 0)
      source.setRegistrationHandler { isListening.signal() }
      source.resume()
      _ = isListening.wait(timeout: .now() + .seconds(10))
      return source
    }
  }

  /// The signal that asked to stop, or nil.
  var requestingSignal: Int32? {
    let number = received.signal.load(ordering: .relaxed)
    return number == 0 ? nil : number
  }

  /// Asks to stop once a time is over.
  func stop(after duration: Duration) {
    let nanoseconds = Int(clamping: Int64(min(duration / .nanoseconds(1), 9e18)))
    DispatchQueue.global().asyncAfter(deadline: .now() + .nanoseconds(nanoseconds)) { [stop] in stop.make() }
  }
}
