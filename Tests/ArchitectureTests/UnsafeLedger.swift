/// The files that may hold unsafe code, each with the invariant that it keeps.
///
/// A new entry needs a reason why safe code does not serve; a file without unsafe code has no entry.
let unsafeLedger: [String: String] = [
  "Sources/BPFJIT/CodeSource.swift":
    "addresses of maps and of arrays' values are taken of objects that the environment keeps alive",
  "Sources/BPFJIT/CompiledProgram.swift":
    "only a verified program, or one that its caller knows to be safe, is compiled",
  "Sources/BPFJIT/ExecutableRegion.swift":
    "two mappings of one file in memory, unmapped in deinit; writes are checked against the region's size",
  "Sources/BPFJIT/FunctionTable.swift":
    "words has count elements from init to deinit, and is filled before anything runs",
  "Sources/BPFJIT/ARM64/ARM64Generator+Calls.swift":
    "addresses of helpers are those of functions, which do not move",
  "Sources/BPFJIT/X86/X86Generator+Calls.swift":
    "addresses of helpers are those of functions, which do not move",
  "Sources/BPFJIT/SealedPages.swift":
    "one mapping, unmapped in deinit, at least as large as the code that is copied into it",
  "Sources/BPFMaps/Array/ArrayMap.swift":
    "base + index * stride is a value of the map for every index below the capacity",
  "Sources/BPFMaps/Array/ArrayOfMapsMap.swift":
    "an inner map's address is used only until the worker's batch ends",
  "Sources/BPFMaps/Array/IndexedMap.swift":
    "a key pointer is good for the 4 bytes of an index",
  "Sources/BPFMaps/Array/PerCPUArrayMap.swift":
    "every CPU's array lies apart, and every index below the capacity is a value of it",
  "Sources/BPFMaps/Array/ProgramArrayMap.swift":
    "a program that is read without a lock is used only until the worker's batch ends",
  "Sources/BPFMaps/Array/ReferenceArrayMap.swift":
    "key and value pointers are good for 4 bytes; ids lie in words of the storage, one a position",
  "Sources/BPFMaps/DirectLookup.swift":
    "an object outlives the machine code that has its address, and keys are as large as the map's",
  "Sources/BPFMaps/Hash/ElementPool.swift":
    "links has 4 bytes for each element, stays mapped, and is used only by the map's writers",
  "Sources/BPFMaps/Hash/ElementRows.swift":
    "taken has a bit for each element, stays mapped, and is used only by the map's writers",
  "Sources/BPFMaps/Hash/HashDirectory.swift":
    "buckets and elements stay mapped as long as the map; every number in a slot is below the element count",
  "Sources/BPFMaps/Hash/HashKey.swift":
    "a key is made from an address that is good for the map's key size, and used only while that holds",
  "Sources/BPFMaps/Hash/HashMap.swift":
    "a value is written by its writer alone before it is published, later only by whole words",
  "Sources/BPFMaps/Hash/HashOfMapsMap.swift":
    "an element's value is an id and the slot of its number holds the map, until no batch can use it",
  "Sources/BPFMaps/Hash/HashTable.swift":
    "element n is at elements + n * stride, and only one that the pool handed out is written, until it is published",
  "Sources/BPFMaps/Hash/HashTable+Direct.swift":
    "the object is a table that its map keeps alive; a key is good for the table's key size",
  "Sources/BPFMaps/Hash/HashedMap.swift":
    "the table's storage lives as long as the map; its writers hold the lock",
  "Sources/BPFMaps/Hash/LRUHashMap.swift":
    "behind each element's value there is an aligned word for its stamp",
  "Sources/BPFMaps/Hash/PerCPUHashMap.swift":
    "CPU c's value of element n is at extra + c * cpuStride + n * valueStride",
  "Sources/BPFMaps/Hash/ReferenceHashMap.swift":
    "an element's value is one word, the slot of its number holds the object until no batch can use it",
  "Sources/BPFMaps/Hash/RecencyList.swift":
    "each element has a link record, for writers only, and an atomic stamp in its storage",
  "Sources/BPFMaps/Queue/BloomFilterMap.swift":
    "every bit of the mask is in a word of the storage, set and read atomically",
  "Sources/BPFMaps/Queue/KeylessMap.swift":
    "a value's pointer is good for the map's value size",
  "Sources/BPFMaps/Queue/QueueMap.swift":
    "every place below the capacity is in the storage; only who holds the lock reads or writes it",
  "Sources/BPFMaps/Redirect/DevmapHashMap.swift":
    "an element's value is the target's word; the slot of its number holds the program",
  "Sources/BPFMaps/Redirect/PassageArrayMap.swift":
    "a value's pointer is good for the map's value size",
  "Sources/BPFMaps/Redirect/RedirectArrayMap.swift":
    "each position has a record of two words, the target and whether there is one, each stored at once",
  "Sources/BPFMaps/Redirect/TargetPrograms.swift":
    "a value's pointer is good for the 4 or 8 bytes of the map's value size",
  "Sources/BPFMaps/Redirect/XSKMapMap.swift":
    "key and value pointers are good for 4 bytes each",
  "Sources/BPFMaps/References/ReferenceSlots.swift":
    "a slot's word is 0 or the address of an object that is held until no batch can use it",
  "Sources/BPFMaps/Ring/PerfEventArrayMap.swift":
    "a key pointer is good for the 4 bytes of an index",
  "Sources/BPFMaps/Ring/RingBufferMap.swift":
    "the ring is mapped twice, end to end, so that every record within is in one piece",
  "Sources/BPFMaps/Storage/AtomicMemory.swift":
    "the caller vouches for the address being mapped and aligned to the size of the access",
  "Sources/BPFMaps/Storage/Guarded.swift":
    "the state is reached only with the lock held, which no two threads hold at once",
  "Sources/BPFMaps/Storage/MapStorage.swift":
    "base to base + byteCount stays mapped, readable and writable until the object dies",
  "Sources/BPFMaps/Storage/SpinLockWord.swift":
    "the address is that of 4 aligned bytes of a map's value, which stay mapped while it is used",
  "Sources/BPFMaps/Storage/ValueFields.swift":
    "a value's address is word-aligned and good for its size; fields are whole, aligned words in it",
  "Sources/BPFMaps/Trie/LPMTrieMap.swift":
    "the trie's storage lives as long as the map; its writers hold the lock",
  "Sources/BPFMaps/Trie/PrefixKey.swift":
    "a key is made from an address that is good for the map's key size, and used only while that holds",
  "Sources/BPFMaps/Trie/PrefixTables.swift":
    "tables stay mapped as long as the map; the number of every table that anything leads to is below their count",
  "Sources/BPFMaps/Trie/PrefixTrie+Lookup.swift":
    "keys are good for a prefix length and the trie's data; numbers of nodes and tables, new or old, are good",
  "Sources/BPFMaps/Trie/PrefixTrie+Order.swift":
    "keys are good for a prefix length and the trie's data; a path's links stay mapped as long as the map",
  "Sources/BPFMaps/Trie/PrefixTrie+Tables.swift":
    "keys are good for the trie's data; a node's data stay mapped as long as the map",
  "Sources/BPFMaps/Trie/PrefixTrie.swift":
    "node n is at nodes + n * stride, stays mapped, and is filled before its number is published",
  "Sources/BPFMaps/UserMap+Batch.swift":
    "buffers of a key and a value have the sizes that the map's methods ask for",
  "Sources/BPFMaps/UserMap.swift":
    "arrays are handed to the pointer methods only with the size that the method asks for",
  "Sources/BPFRuntime/Compiled/CompiledHost.swift":
    "reads the state of the machine whose helper asks; what it answers for is mapped as long as the run lasts",
  "Sources/BPFRuntime/Compiled/CompiledSupport.swift":
    "a thunk's first argument is a MachineState's address, and machine code passes what its generator put there",
  "Sources/BPFRuntime/Compiled/MachineLayout.swift":
    "distances are those of MachineState's stored fields",
  "Sources/BPFRuntime/Helpers/Dynptr.swift":
    "a dynptr's memory stays mapped as long as the run; a packet's is reached only through the hook",
  "Sources/BPFRuntime/Helpers/DynptrFunctions.swift":
    "pointers are good for what the prototype says, a dynptr's is the address of 16 bytes of the stack",
  "Sources/BPFRuntime/Helpers/DynptrHelpers.swift":
    "pointers are good for what the prototype says, a dynptr's is the address of 16 bytes of the stack",
  "Sources/BPFRuntime/Helpers/HostClock.swift":
    "the host's clock is asked with a time that lives as long as the call",
  "Sources/BPFRuntime/Helpers/HostHelpers.swift":
    "a thunk's first argument is the address of the worker's state",
  "Sources/BPFRuntime/Helpers/IteratorFunctions.swift":
    "an iterator's argument is the address of as many bytes of the stack as it has, words are readable",
  "Sources/BPFRuntime/Helpers/LockHelpers.swift":
    "a lock's argument is the address of its word in a map's value, of the kind that BTF says is there",
  "Sources/BPFRuntime/Helpers/LoopHelpers.swift":
    "a map argument is a map that the running code keeps alive; a walk that was retained is released once",
  "Sources/BPFRuntime/Helpers/MapHelpers.swift":
    "a map argument is a map that the running code keeps alive; key and value pointers are good for its sizes",
  "Sources/BPFRuntime/Helpers/PrintFormat.swift":
    "what a value points to is read only as far as the machine says that the program may read it",
  "Sources/BPFRuntime/Helpers/PrintHelpers.swift":
    "pointers are good for what the prototype says, and a format ends with a NUL in its object",
  "Sources/BPFRuntime/Helpers/RingBufferHelpers.swift":
    "a record argument is one that reserve gave and nobody has given back",
  "Sources/BPFRuntime/Helpers/TextFunctions.swift":
    "a text is 0 or an address of readable bytes up to a NUL",
  "Sources/BPFRuntime/Helpers/TextHelpers.swift":
    "pointers are good for what the prototype says",
  "Sources/BPFRuntime/Interpreter/ArithmeticSteps.swift":
    "a handler gets a step of a bound program, whose registers are below 11, and its machine's state",
  "Sources/BPFRuntime/Interpreter/AtomicSteps.swift":
    "an atomic access reaches only a word that the region table found inside a writable object, aligned",
  "Sources/BPFRuntime/Interpreter/BranchSteps.swift":
    "a branch leads to a step of the same program, as Lowering made sure",
  "Sources/BPFRuntime/Interpreter/CallSteps.swift":
    "a call step names a helper call that its code keeps alive; a tail call goes to a bound program",
  "Sources/BPFRuntime/Interpreter/CallbackSteps.swift":
    "a function that is called back is one of the running code, and its loop lives as long as its frame",
  "Sources/BPFRuntime/Interpreter/Code.swift":
    "the header and what it points to are initialised once and live as long as the code, as do its maps",
  "Sources/BPFRuntime/Interpreter/Dispatch.swift":
    "a run goes from step to step of code that is kept alive, over a state whose machine belongs to this thread",
  "Sources/BPFRuntime/Interpreter/HelperArguments+Rare.swift":
    "an argument is turned into an address only after the region table found it whole",
  "Sources/BPFRuntime/Interpreter/HelperCall.swift":
    "a helper gets host addresses of as many bytes as its prototype says, inside one live object",
  "Sources/BPFRuntime/Interpreter/Interpreter.swift":
    "a machine's state is prepared for this code before a run, and memory that was lent leaves the table after it",
  "Sources/BPFRuntime/Interpreter/Lowering.swift":
    "a step's handler, registers and branches are valid, and the maps whose addresses it holds belong to the code",
  "Sources/BPFRuntime/Interpreter/MemorySteps.swift":
    "an access reaches host memory only where the region table found all its bytes inside one object",
  "Sources/BPFRuntime/Interpreter/Step.swift":
    "a handler's bits are those of a Handler, and branches lead to steps of the same program",
  "Sources/BPFRuntime/Interpreter/Stops.swift":
    "reads the state of the machine that is being stopped, and no memory of the program",
  "Sources/BPFRuntime/Machine/CallbackLoop.swift":
    "a loop's call is a step of the code that runs, its walk is held until the loop ends",
  "Sources/BPFRuntime/Machine/ElementWalk.swift":
    "key holds one key of the map from init to deinit, and keys whole keys",
  "Sources/BPFRuntime/Machine/Environment.swift":
    "carries helpers' entries; who calls one has checked its arguments by the prototype beside it",
  "Sources/BPFRuntime/Machine/Grants.swift":
    "a granted tag's region is exactly the object at the address that a helper handed out",
  "Sources/BPFRuntime/Machine/Machine.swift":
    "the block is initialised, and everything it points to is mapped, from init to deinit",
  "Sources/BPFRuntime/Machine/MachineState.swift":
    "the region table, the frames and the stack have their full size, and the state comes first in its block",
  "Sources/BPFRuntime/Machine/PacketAccess.swift":
    "the functions are called with the hook's own state and with memory of as many bytes as they are told",
  "Sources/BPFRuntime/Machine/SharedMemory.swift":
    "the caller vouches for the address being mapped; an atomic access is only made where it is aligned",
  "Sources/BPFRuntime/Machine/StackObjects.swift":
    "entries and values live from init to deinit, and a place is 0 or 8 bytes of the machine's stack",
  "Sources/BPFRuntime/Helpers/TimerHelpers.swift":
    "a timer's argument is the address of its field in a map's value, of the kind that BTF says is there",
  "Sources/BPFRuntime/Machine/TimedPrograms.swift":
    "a timer's value belongs to its map, and its key is lent as long as the call",
  "Sources/BPFRuntime/Machine/TimerTable.swift":
    "a timer's place is a word of its map's value, which is mapped as long as the map, and the table holds the map",
  "Sources/BPFRuntime/Oracle/OracleCalls.swift":
    "a helper gets only memory that the check found inside a live object",
  "Sources/BPFRuntime/Oracle/OracleInterpreter.swift":
    "memory is lent to a run for as long as the call that lends it",
  "Sources/BPFRuntime/Oracle/OracleLoop.swift":
    "what a helper lends outlives the run, or goes with an owner whose release ends it here too",
  "Sources/BPFRuntime/Oracle/OracleMemory.swift":
    "an access reaches host memory only where the check found it inside a live object",
  "Sources/BPFRuntime/Oracle/OraclePacket.swift":
    "the packet is read through the hook's own access, into as many bytes as it says that there are",
  "Sources/BPFRuntime/Oracle/OracleTrace.swift":
    "memory is read only inside objects that are alive, and only as much as they have",
  "Sources/BTF/Parsing/LittleEndian.swift":
    "loads integers only, wholly within the span that they are loaded from",
  "Sources/LinuxKernel/Netlink/NetlinkSocket.swift":
    "the kernel reads and writes only within the arrays whose buffers a call is given, and what it reports is kept",
  "Sources/LinuxKernel/System/BPFCall.swift":
    "every address handed to bpf(2) is a buffer that the call owns, as large as the attributes say",
  "Sources/LinuxKernel/System/PerfEventReader.swift":
    "the event's attributes are an array that outlives the call, as long as its own second word says",
  "Sources/LinuxKernel/System/SharedMapping.swift":
    "base to base + byteCount stays mapped until the mapping goes, and every access lies within",
  "Sources/LinuxKernel/System/ProcessorPin.swift":
    "a mask is an array that outlives the call it is passed to, with its own size in bytes",
  "Sources/LinuxKernel/System/SystemFile.swift":
    "a read writes only into the array whose buffer it is given, and only the bytes it reports are kept",
  "Sources/BPFRuntime/Oracle/OracleRun.swift":
    "the machine belongs to this run's thread as long as the run",
  "Sources/XDP/DataPath/AttachPoint.swift":
    "the word is the address of a program that this holds, and what was replaced lives as long as batches that read it",
  "Sources/XDP/DataPath/DataPath.swift":
    "the program that was read without a lock is used only within the batch",
  "Sources/XDP/DataPath/ThisThread.swift":
    "a mask is an array that outlives the call it is passed to, with its own size in bytes",
  "Sources/XDP/DataPath/WorkerThread.swift":
    "a thread takes over the one reference to its body, and is joined or let go exactly once",
  "Sources/XDP/Helpers/AdjustHelpers.swift":
    "an engine calls a helper with its worker's state, whose hook is that worker's packet",
  "Sources/XDP/Helpers/ChecksumHelper.swift":
    "an engine calls it with pointers to as many readable bytes as the sizes say",
  "Sources/XDP/Helpers/PacketBytesHelpers.swift":
    "engines pass their worker's state and pointers to as many bytes as the sizes say",
  "Sources/XDP/Helpers/PacketRun+Access.swift":
    "an engine calls with its worker's state, whose hook is that worker's packet, and with memory of the size it says",
  "Sources/XDP/Helpers/PacketRun.swift":
    "turns to a frame that the engine's batch owns while the program runs",
  "Sources/XDP/Helpers/PerfEventHelper.swift":
    "an engine calls it with its worker's state, a living map, and as many readable bytes as the size says",
  "Sources/XDP/Helpers/RedirectHelpers.swift":
    "an engine calls them with its worker's state and the address of a map that its code keeps alive",
  "Sources/XDP/Packet/FramePool.swift":
    "a frame is free or has exactly one owner, and the slab that it lies in lives as long as the pool",
  "Sources/XDP/Packet/FrameSlab.swift":
    "every frame lies in a mapping that lives as long as the slab, and only its one owner uses its bytes",
  "Sources/XDP/Packet/Packet+Fragments.swift":
    "a packet's chain of fragments lies in its pool, every part within its frame",
  "Sources/XDP/Packet/Packet.swift":
    "reserved, metadata, data, end and hard end are in order within a frame that the view's owner keeps",
  "Sources/XDP/Packet/PacketBatch+Fragments.swift":
    "a batch owns the frames of its descriptors' fragments, which lie in its pool",
  "Sources/XDP/Helpers/RoutingHelpers.swift":
    "engines pass their worker's state and pointers to as many bytes as the prototypes and sizes say",
  "Sources/XDP/Helpers/SynCookieHelpers.swift":
    "engines pass their worker's state and pointers to whole headers, TCP's as long as its size says",
  "Sources/XDP/SynCookies/SynCookies.swift":
    "a TCP header is read within the bytes that were handed over",
  "Sources/XDP/Routing/FIBLookup.swift":
    "the struct is read and written within its 64 bytes, which outlive the look-up",
  "Sources/XDP/Packet/PacketBatch.swift":
    "a batch owns the frames of its descriptors, whose offsets lie within their frames",
  "Sources/XDP/Packet/PacketRing.swift":
    "a descriptor names a frame of the ring's pool, which the ring or the batch it was handed to owns",
  "Sources/XDP/Program/BatchLayout+XDP.swift":
    "hooks are called with a running worker's state, a descriptor of its batch and that batch's pool",
  "Sources/XDP/Program/CompiledProgram+ExecutionEngine.swift":
    "a batch has at most as many packets as verdicts have places, and every descriptor lies in its pool",
  "Sources/XDP/Program/PacketBatch+Running.swift":
    "every descriptor lies in the batch's pool, which outlives the call as the worker does",
  "Sources/XDP/Program/Verdicts.swift":
    "verdict bytes are read within their array, and a target is written within verdicts that stay where they are",
  "Sources/XDP/Program/Worker.swift":
    "the packet at hand is initialized as long as the machine that points to it belongs to the worker",
  "Sources/XDPDrivers/Memory/FrameCycle.swift":
    "places and returned have count elements from init to deinit, and the cycle owns the places' frames but those outstanding",
  "Sources/XDPDrivers/Memory/MemoryWireEnd.swift":
    "a frame that was pushed belongs to who pops it; slots and frames have room for a batch from init to deinit",
  "Sources/XDPDrivers/Memory/PacketTemplate.swift":
    "as many bytes are copied as the packet has, and the template has no fewer",
  "Sources/XDPDrivers/Memory/SharedRing.swift":
    "slots between the two counts are the popping side's, the others the pushing side's, and counts are released and acquired",
  "Sources/XDPDrivers/Memory/TrafficGenerator.swift":
    "the bytes of an array of integers are written, all of which may have any value",
  "Sources/XDPDrivers/PCAP/CaptureReader.swift":
    "libpcap's handle is open, and a packet's bytes are copied before libpcap is called again",
  "Sources/XDPDrivers/PCAP/OutputFile.swift":
    "the buffer's first bytes, as many as are used, are initialized, and the descriptor is its own until it is closed",
  "Sources/XDPDrivers/PCAP/SystemReason.swift":
    "the text that strerror(3) returns is copied before anything else can run",
  "Sources/XDPTypes/Headers/PacketHeader.swift":
    "a header consists of integers only, and is loaded wholly within the packet",
  "Sources/xdp/System/InputFile.swift":
    "read(2) fills an array's storage that nobody else sees and that outlives the call",
  "Sources/xdp/System/ThreadClock.swift":
    "clock_gettime(2) fills a local variable",
  "Sources/xdp/System/Terminal.swift":
    "of what getenv(3) gives one byte is looked at, before any thread was started",
]
