import Synchronization

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// A thread of the system's own, for a worker that keeps one to itself.
///
/// Unsafe: the thread takes over the one reference to its body, and is joined or let go exactly once.
final class WorkerThread: Sendable {
  private final class Body: Sendable {
    let run: @Sendable () -> Void
    init(_ run: @escaping @Sendable () -> Void) { self.run = run }
  }

  private let thread: UInt
  private let isJoined = Atomic<Bool>(false)

  /// Starts a thread.
  init(_ body: @escaping @Sendable () -> Void) throws(DriverError) {
    let argument = unsafe Unmanaged.passRetained(Body(body)).toOpaque()
    #if canImport(Darwin)
    var thread: pthread_t?
    let answer = unsafe pthread_create(
      &thread,
      nil,
      {
        unsafe WorkerThread.run($0)
        return nil
      },
      argument
    )
    self.thread = UInt(bitPattern: thread)
    #else
    var thread = pthread_t()
    let answer = unsafe pthread_create(
      &thread,
      nil,
      {
        if let argument = unsafe $0 { unsafe WorkerThread.run(argument) }
        return nil
      },
      argument
    )
    self.thread = UInt(thread)
    #endif
    guard answer == 0 else {
      isJoined.store(true, ordering: .relaxed)
      unsafe Unmanaged<Body>.fromOpaque(argument).release()
      throw DriverError(
        interface: "worker",
        operation: "start a thread",
        reason: "the system gives none (errno \(answer)): take fewer queues"
      )
    }
  }

  deinit {
    if !isJoined.load(ordering: .acquiring) { _ = pthread_detach(handle) }
  }

  /// Waits until the body has ended; once.
  func join() {
    if !isJoined.exchange(true, ordering: .acquiringAndReleasing) { _ = pthread_join(handle, nil) }
  }

  private var handle: pthread_t {
    #if canImport(Darwin)
    unsafe pthread_t(bitPattern: thread).unsafelyUnwrapped
    #else
    pthread_t(thread)
    #endif
  }

  private static func run(_ argument: UnsafeMutableRawPointer) {
    unsafe Unmanaged<Body>.fromOpaque(argument).takeRetainedValue().run()
  }
}
