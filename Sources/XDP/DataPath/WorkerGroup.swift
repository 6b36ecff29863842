public import BPFRuntime
import Synchronization

/// Several data paths at work, one a queue, each on a thread of its own that stays on one processor.
///
/// The workers share the program, its maps and nothing else: each makes its path itself, driver, frames and all, on the
/// thread that will run it. A worker whose queue is empty rests (`Driver.rest`), a busy one asks nothing of the system.
/// One whose driver fails ends alone.
///
///     let workers = WorkerGroup(queueCount: 4) { queue in
///       try DataPath(openQueue(queue), at: attachPoint, on: loaded.makeWorker(cpu: queue))
///     }
///     try workers.start()
///     …
///     workers.stop.make()
///     try workers.join()
public final class WorkerGroup: Sendable {
  /// Makes the path of a queue, on the thread of its worker.
  public typealias PathMaker = @Sendable (_ queue: Int) throws -> DataPath

  /// How many workers there are.
  public let queueCount: Int
  /// What ends them all: each looks before every batch, and now and then while a program runs.
  public let stop: StopRequest
  private let processors: [Int]
  private let makePath: PathMaker
  private let queues: Mutex<[Queue]>
  private let threads = Mutex<[WorkerThread]>([])

  /// What is known of a worker.
  private struct Queue {
    var counters: PathCounters?
    var processor: Int?
    var isFinished = false
    var failure: WorkerFailure?
  }

  /// Plans workers; none runs yet.
  ///
  /// - Parameters:
  ///   - queueCount: How many, at least 1.
  ///   - processors: Where they run, the first worker on the first of these and so on, from the start again where there are
  ///     fewer; nil for those that the calling thread may run on.
  ///   - stop: What ends them.
  ///   - makePath: Makes the path of a queue, from 0.
  public init(
    queueCount: Int,
    on processors: [Int]? = nil,
    stop: StopRequest = StopRequest(),
    making makePath: @escaping PathMaker
  ) {
    precondition(queueCount > 0, "there is no work without a worker")
    self.queueCount = queueCount
    self.stop = stop
    self.makePath = makePath
    self.processors = processors ?? ThisThread.processors
    queues = Mutex([Queue](repeating: Queue(), count: queueCount))
  }

  // MARK: From outside

  /// Starts the workers, once.
  public func start() throws(DriverError) {
    for queue in 0..<queueCount {
      let thread: WorkerThread
      do throws(DriverError) {
        thread = try WorkerThread { self.run(queue) }
      } catch {
        stop.make()
        throw error
      }
      threads.withLock { $0.append(thread) }
    }
  }

  /// Returns when every worker has ended, and throws the first failure in order of queue; `failures` has all.
  public func join() throws(WorkerFailure) {
    for thread in threads.withLock({ $0 }) { thread.join() }
    if let failure = failures.first { throw failure }
  }

  /// Whether every worker has ended.
  public var isFinished: Bool { queues.withLock { $0.allSatisfy(\.isFinished) } }

  /// What ended workers before their time, in order of queue.
  public var failures: [WorkerFailure] { queues.withLock { $0.compactMap(\.failure) } }

  /// What became of the packets of all queues by now.
  public var tally: Tally {
    counters.reduce(into: Tally()) { if let part = $1?.tally { $0 += part } }
  }

  /// What became of the packets of one queue by now.
  public func tally(ofQueue queue: Int) -> Tally { counters[queue]?.tally ?? Tally() }

  /// The processor that a queue's worker stays on; nil where it has not begun, or the system moves it about.
  public func processor(ofQueue queue: Int) -> Int? { queues.withLock { $0[queue].processor } }

  private var counters: [PathCounters?] { queues.withLock { $0.map(\.counters) } }

  // MARK: On a worker's thread

  private func run(_ queue: Int) {
    if !processors.isEmpty {
      let processor = processors[queue % processors.count]
      if ThisThread.stay(on: processor) { queues.withLock { $0[queue].processor = processor } }
    }
    do {
      var path = try makePath(queue)
      if path.worker.machine.state.stop == nil { path.worker.machine.state.stop = stop }
      let counters = path.counters
      queues.withLock { $0[queue].counters = counters }
      try work(&path)
    } catch {
      queues.withLock { $0[queue].failure = WorkerFailure(queue: queue, error: error) }
    }
    queues.withLock { $0[queue].isFinished = true }
  }

  private func work(_ path: inout DataPath) throws(DriverError) {
    var idling = IdleBackoff()
    while !stop.isMade {
      switch try path.poll() {
      case .packets: idling.reset()
      case .idle: if let time = idling.next() { path.driver.rest(atMost: time) }
      case .finished: return
      }
    }
  }
}
