#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// Runs bodies at the same time, each on a thread of its own, and waits for all.
///
/// Bodies may wait for each other, which the tasks of a test run on a small machine could not.
///
/// Unsafe: each thread takes over the one reference to its body.
public func together(_ bodies: [@Sendable () -> Void]) {
  let threads = bodies.map { body in
    var thread = pthread_t()
    let argument = unsafe Unmanaged.passRetained(Body(body)).toOpaque()
    let answer = unsafe pthread_create(
      &thread,
      nil,
      { argument in
        unsafe Unmanaged<Body>.fromOpaque(argument!).takeRetainedValue().run()
        return nil
      },
      argument
    )
    precondition(answer == 0, "no thread: error \(answer)")
    return thread
  }
  for index in threads.indices { _ = pthread_join(threads[index], nil) }
}

private final class Body: Sendable {
  let run: @Sendable () -> Void
  init(_ run: @escaping @Sendable () -> Void) { self.run = run }
}
