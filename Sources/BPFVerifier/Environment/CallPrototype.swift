import BPF

/// What a helper or kernel function takes, gives and does, as the verifier sees it.
///
/// Linux's `struct bpf_func_proto`, or a kernel function's BTF, flags and the suffixes of its parameters' names.
public struct CallPrototype: Hashable, Sendable {
  /// How memory that is passed is used.
  public enum MemoryUse: Hashable, Sendable {
    /// Read: all of it must have been written.
    case read
    /// Written, and read nowhere: it may be uninitialised stack (`MEM_UNINIT`).
    case write
    /// Read and written. Kernel functions need memory that may be both read and written, helpers only the latter.
    case readWrite
  }

  /// What a dynptr argument must be.
  public enum DynptrUse: Hashable, Sendable {
    /// Is made by the call, of this kind.
    case makes(StackObject.DynptrKind)
    /// Is made by the call, of the kind that another argument is, counted from 0 (`bpf_dynptr_clone`).
    case clones(Int)
    /// Is there, of any kind.
    case reads
    /// Is there, and its bounds or bytes change.
    case changes
    /// Is a ring buffer's, and is given back.
    case releasesRingBuffer
  }

  /// What happens to an open-coded iterator.
  public enum IteratorUse: Hashable, Sendable { case makes, advances, destroys }

  /// A kind of open-coded iterator.
  public struct IteratorKind: Hashable, Sendable {
    /// Its name, such as `num` of `bpf_iter_num`.
    public var name: String
    /// How many stack slots it takes.
    public var slotCount: Int
    /// What an element is.
    public var element: Result

    /// Makes a kind.
    public init(_ name: String, slotCount: Int, element: Result) {
      self.name = name
      self.slotCount = slotCount
      self.element = element
    }
  }

  /// Who calls a function of the program back, and with what.
  public enum CallbackKind: Hashable, Sendable {
    /// `bpf_loop`: the round and the context; returns 0 or 1.
    case loop
    /// `bpf_for_each_map_elem`: map, key, value, context; returns 0 or 1.
    case mapElement
    /// `bpf_timer_set_callback`: map, key, value, later; returns 0.
    case timer
    /// `bpf_wq_set_callback_impl`: map, key, value, later; returns 0.
    case workQueue
    /// `bpf_user_ringbuf_drain`: a dynptr and the context; returns 0 or 1.
    case userRecord
    /// `bpf_find_vma`: task, area and context; returns 0.
    case memoryArea
    /// `bpf_rbtree_add_impl`: two nodes; returns anything.
    case treeComparison
    /// `bpf_task_work_schedule_…`: map, key, value, later; returns 0.
    case taskWork
  }

  /// A field of a map value that only calls may touch.
  public enum FieldKind: Hashable, Sendable {
    case spinLock, resilientSpinLock, timer, workQueue, taskWork, kernelPointer, listHead, listNode, treeRoot
    case treeNode, referenceCount
  }

  /// One parameter.
  public enum Parameter: Hashable, Sendable {
    /// Any value that was written, a pointer too (`ARG_ANYTHING`).
    case anything
    /// A number, whose range is then precise where the call depends on it (`bpf_loop`).
    case scalar
    /// A number that is known when the program is verified (`__k`), such as a type's id.
    case constant
    /// The program's context.
    case context
    /// The program's context, or null.
    case contextOrNull
    /// A map.
    case map
    /// A key of the map before it. Memory that is typed read-only, such as a slice of `bpf_dynptr_slice`, and objects of
    /// the kernel's are not taken for keys and values; read-only map values are.
    case mapKey
    /// A value of the map before it.
    case mapValue
    /// Room for a value of the map before it; of a bloom filter the value itself.
    case mapValueOut
    /// A value of the map before it, or null.
    case mapValueOrNull
    /// Memory of as many bytes as the next parameter says.
    case memory(MemoryUse)
    /// The same, or null, with the size 0 where the next parameter is `sizeOrZero`.
    case memoryOrNull(MemoryUse)
    /// Memory of a fixed size; `isAligned` where it must be aligned to its size.
    case fixedMemory(Int, MemoryUse, isAligned: Bool)
    /// The same, or null.
    case fixedMemoryOrNull(Int, MemoryUse)
    /// Memory of a map's value, of as many bytes as the next parameter says (`bpf_dynptr_from_mem`).
    case mapValueMemory(MemoryUse)
    /// Bytes of the memory before it, at least 1.
    case size
    /// Bytes of the memory before it.
    case sizeOrZero
    /// Bytes of the memory before it, known when the program is verified (`__szk`).
    case constantSize
    /// Bytes of the record that comes back, known when the program is verified (`ARG_CONST_ALLOC_SIZE_OR_ZERO`).
    case allocationSize
    /// A record or slice of a ring buffer, at its start (`ARG_PTR_TO_RINGBUF_MEM`).
    case ringRecord
    /// A read-only text that ends with a NUL, in a frozen read-only map (`ARG_PTR_TO_CONST_STR`, `__str`).
    case constantString
    /// A text anywhere, not looked at before the program runs: the call itself finds out what it can read (`__ign`).
    ///
    /// Linux takes any value for it, and a register that was never written.
    case anyString
    /// An address of any kind of memory, not looked at before the program runs, just as `anyString`.
    case anyAddress
    /// The callback's context: a pointer into the stack, or null.
    case stackOrNull
    /// A function that is called back.
    case callback(CallbackKind)
    /// A field of a map's value or an allocated object, exactly where it lies.
    case field(FieldKind)
    /// A socket of any state (`ARG_PTR_TO_SOCK_COMMON`).
    case socketCommon
    /// A socket of any state, also by BTF type (`ARG_PTR_TO_BTF_ID_SOCK_COMMON`); null too.
    case anySocket
    /// A full socket.
    case socket
    /// An object of the kernel's by its C type without `struct`.
    case object(String)
    /// The same, or null.
    case objectOrNull(String)
    /// An object of the type that the field before it holds, or null (`bpf_kptr_xchg`).
    case fieldObjectOrNull
    /// A variable of the kernel's with one instance a CPU.
    case perCPUVariable
    /// An object that the program allocated.
    case allocatedObject
    /// An object that the program allocated with one instance a CPU.
    case allocatedPerCPUObject
    /// An object that the program allocated, with a reference count.
    case countedObject
    /// A dynptr.
    case dynptr(DynptrUse)
    /// A dynptr that is there, or null (`__nullable`).
    case dynptrOrNull
    /// An open-coded iterator of the prototype's kind.
    case iterator(IteratorUse)
    /// Room for interrupt flags that the call saves, or the flags that it restores, on the stack.
    case interruptFlags(saves: Bool)
    /// Nothing that the program says: the verifier fills it in (`__ign`).
    case ignored
  }

  /// What `r0` is afterwards.
  public indirect enum Result: Hashable, Sendable {
    /// Any number.
    case integer
    /// A number of fewer bits (`bool`, `u8`, `u16`, `u32`).
    case unsigned(Size)
    /// A number in a range, such as a processor's.
    case range(Int64, Int64)
    /// An error or at most as much as the size argument said (`bpf_probe_read_str` and its like).
    case errorOrLength
    /// Nothing.
    case void
    /// A pointer into a value of the map argument, or null; of a map of maps the map.
    case mapValueOrNull
    /// A pointer into a value of the map argument.
    case mapValue
    /// A socket or null.
    case socketOrNull, tcpSocketOrNull, socketCommonOrNull
    /// A record of `allocationSize` bytes, or null.
    case recordOrNull
    /// Memory of as many bytes as a constant size argument says, or null; `slice` of a dynptr.
    case memoryOrNull(MemoryUse, slice: Bool)
    /// Memory of a fixed size, or null.
    case fixedMemoryOrNull(Int, MemoryUse)
    /// An object of the kernel's by its C type without `struct`.
    case object(String)
    /// The same, or null.
    case objectOrNull(String)
    /// What the field that was passed held, or null (`bpf_kptr_xchg`).
    case fieldObjectOrNull
    /// What a per-CPU variable holds; or null.
    case perCPUVariable(orNull: Bool)
    /// An object that the program allocates, of the type that the constant argument names; or null.
    case allocatedOrNull(perCPU: Bool)
    /// Another reference to the counted object that was passed; or null.
    case sameObjectOrNull
    /// A node of a list or tree; or null.
    case nodeOrNull(FieldKind)
    /// An address in the program's arena, or 0.
    case arenaAddress
    /// What the first argument points to, as another type (`bpf_rdonly_cast`, `bpf_cast_to_kern_ctx`).
    case cast
  }

  /// What else a call does or wants.
  public struct Traits: OptionSet, Hashable, Sendable {
    /// The bits of the set.
    public let rawValue: UInt32
    /// Makes a set from its bits.
    public init(rawValue: UInt32) { self.rawValue = rawValue }
    /// Packet pointers are stale afterwards.
    public static let changesPacket = Traits(rawValue: 1 << 0)
    /// Only for programs whose license is compatible with the GPL.
    public static let gplOnly = Traits(rawValue: 1 << 1)
    /// What comes back must be given back (`KF_ACQUIRE`).
    public static let acquires = Traits(rawValue: 1 << 2)
    /// May sleep: not in XDP programs (`might_sleep`, `KF_SLEEPABLE`).
    public static let sleeps = Traits(rawValue: 1 << 3)
    /// Object arguments must be trusted (`KF_TRUSTED_ARGS`).
    public static let trustedArguments = Traits(rawValue: 1 << 4)
    /// Object arguments must be trusted or of a read-side critical section (`KF_RCU`).
    public static let readSectionArguments = Traits(rawValue: 1 << 5)
    /// Does not come back (`bpf_throw`).
    public static let doesNotReturn = Traits(rawValue: 1 << 7)
    /// Only in programs that are bound to a device (`KF` of XDP metadata).
    public static let deviceBoundOnly = Traits(rawValue: 1 << 8)
    /// May be called while a lock is held.
    public static let allowedUnderLock = Traits(rawValue: 1 << 9)
    /// Its object result is trusted.
    public static let trustedResult = Traits(rawValue: 1 << 10)
    /// Its object result is good within a read-side critical section.
    public static let readSectionResult = Traits(rawValue: 1 << 11)
    /// Only for processes that may reboot the machine (`KF_DESTRUCTIVE`).
    public static let destructive = Traits(rawValue: 1 << 12)
    /// Memory arguments may lie in the packet (`pkt_access`); of kernel functions they always may.
    public static let packetAccess = Traits(rawValue: 1 << 13)
    /// Leaves `r1` to `r5` alone but for its arguments (`allow_fastcall`, `KF_FASTCALL`): spills around it need no stack.
    public static let fastCall = Traits(rawValue: 1 << 14)
    /// What comes back is the object that was passed seen as another type, and shares its reference.
    public static let keepsReference = Traits(rawValue: 1 << 15)
    /// Its object result may be stale: only for loads that cannot fault.
    public static let untrustedResult = Traits(rawValue: 1 << 16)
    /// Stands where a compiler found that code must not be reached (`__bpf_trap`): a program that may reach it is refused.
    public static let mustNotBeReached = Traits(rawValue: 1 << 17)
  }

  /// A section that a call begins or ends.
  public enum Section: Hashable, Sendable {
    case beginsReading, endsReading, disablesPreemption, enablesPreemption
  }

  /// The number in `enum bpf_func_id`; 0 for a kernel function, which has only a name.
  public var id: UInt32
  /// The C name, such as `bpf_map_lookup_elem`.
  public var name: String
  /// At most five.
  public var parameters: [Parameter]
  /// What `r0` is afterwards.
  public var result: Result
  /// What else it does.
  public var traits: Traits
  /// Which argument is given back, counted from 0 (`OBJ_RELEASE`, `KF_RELEASE`).
  public var releases: Int?
  /// A section that it begins or ends.
  public var section: Section?
  /// The iterator that it is of.
  public var iterator: IteratorKind?
  /// The kinds of map it takes; nil for every kind that fits its parameters.
  public var mapTypes: Set<MapType>?

  /// Makes a prototype.
  public init(
    _ id: UInt32,
    _ name: String,
    _ parameters: [Parameter],
    _ result: Result,
    _ traits: Traits = [],
    releases: Int? = nil,
    section: Section? = nil,
    iterator: IteratorKind? = nil,
    mapTypes: Set<MapType>? = nil
  ) {
    self.id = id
    self.name = name
    self.parameters = parameters
    self.result = result
    self.traits = traits
    self.releases = releases
    self.section = section
    self.iterator = iterator
    self.mapTypes = mapTypes
  }
}
