package import BPFMaps

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// The memory of one worker: registers, stack frames, and the table of objects that its pointers are checked against.
///
/// A machine runs one program at a time and belongs to one thread at a time. Its invariant: `block` is initialised and
/// everything it points to is mapped from `init` to `deinit`.
@safe public final class Machine {
  let block: StatePointer
  private let regionBytes = 65_536 * MemoryLayout<Region>.stride
  private let stackBytes = StackFrame.runLimit * StackFrame.byteCount
  private let halt: UnsafeMutablePointer<Step>
  private let grants = GrantIndex()
  private let objects = StackObjects()
  /// Where this worker is: what a run finds in maps of programs and maps stays alive while it is in a batch.
  package let boundary = BatchBoundary()
  /// The code whose maps the region table holds, kept alive as long as it does.
  var installed: Code?
  /// Who is told of every instruction that the oracle runs here.
  public var observer: (any RunObserver)?

  /// Makes a machine that is this CPU for per-CPU maps.
  public init(cpu: Int = 0) {
    let regions = unsafe mmap(
      nil,
      regionBytes,
      PROT_READ | PROT_WRITE,
      MAP_PRIVATE | MAP_ANONYMOUS | reserveFlag,
      -1,
      0
    )
    precondition(unsafe regions != MAP_FAILED, "no address space for a region table")
    let stack = unsafe mmap(nil, stackBytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
    precondition(unsafe stack != MAP_FAILED, "no memory for a program's stack")
    let frames = UnsafeMutablePointer<MachineState.SavedFrame>.allocate(capacity: StackFrame.runLimit)
    unsafe frames.initialize(repeating: MachineState.SavedFrame(), count: StackFrame.runLimit)
    unsafe halt = .allocate(capacity: 2)
    unsafe halt.initialize(to: Step(Handlers.halt))
    unsafe (halt + 1).initialize(to: Step(Handlers.callbackReturn))
    unsafe block = .allocate(capacity: 1)
    unsafe block.initialize(
      to: MachineState(
        regions: regions.unsafelyUnwrapped.bindMemory(to: Region.self, capacity: 65_536),
        halt: UnsafeRawPointer(halt),
        code: Code.idle.header,
        frames: frames,
        stack: stack.unsafelyUnwrapped,
        callbackReturn: UnsafeRawPointer(halt + 1),
        objects: Unmanaged.passUnretained(objects),
        grants: Unmanaged.passUnretained(grants)
      )
    )
    unsafe block.pointee.state.cpu = cpu
  }

  deinit {
    unsafe munmap(block.pointee.regions, regionBytes)
    unsafe munmap(block.pointee.stack, stackBytes)
    unsafe block.pointee.frames.deallocate()
    unsafe halt.deallocate()
    unsafe block.deinitialize(count: 1)
    unsafe block.deallocate()
  }

  /// What helpers see: the context's values, the clock, the random state; set before a run.
  public var state: RunState {
    _read { yield unsafe block.pointee.state }
    _modify { yield unsafe &block.pointee.state }
  }

  /// Where `state` lies: the same address as long as the machine lives.
  @unsafe package var stateAddress: UnsafeMutablePointer<RunState> {
    unsafe UnsafeMutableRawPointer(block).assumingMemoryBound(to: RunState.self)
  }
}

#if canImport(Darwin)
private let reserveFlag: Int32 = MAP_NORESERVE
#else
private let reserveFlag: Int32 = Int32(MAP_NORESERVE)
#endif
