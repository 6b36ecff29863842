/// The files that may hold unsafe code, each with the invariant that it keeps.
///
/// A new entry needs a reason why safe code does not serve; a file without unsafe code has no entry.
let unsafeLedger: [String: String] = [
  "Sources/BPFMaps/UserMap.swift":
    "declares the data plane's pointer methods; it follows no pointer itself",
  "Sources/BPFRuntime/Machine/Environment.swift":
    "carries helpers' entries; who calls one has checked its arguments by the prototype beside it",
  "Sources/BTF/Parsing/LittleEndian.swift":
    "loads integers only, wholly within the span that they are loaded from",
  "Sources/LinuxKernel/System/BPFCall.swift":
    "every address handed to bpf(2) is a buffer that the call owns, as large as the attributes say",
  "Sources/LinuxKernel/System/SystemFile.swift":
    "a read writes only into the array whose buffer it is given, and only the bytes it reports are kept",
  "Sources/XDP/Helpers/AdjustHelpers.swift":
    "an engine calls a helper with its worker's state, whose hook is that worker's packet",
  "Sources/XDP/Helpers/ChecksumHelper.swift":
    "an engine calls it with pointers to as many readable bytes as the sizes say",
  "Sources/XDP/Helpers/PacketRun.swift":
    "turns to a frame that the engine's batch owns while the program runs",
  "Sources/XDP/Helpers/RedirectHelpers.swift":
    "an engine calls them with its worker's state and the address of a map that its code keeps alive",
  "Sources/XDP/Packet/FramePool.swift":
    "a frame is free or has exactly one owner, and lies wholly in a mapping that lives as long as the pool",
  "Sources/XDP/Packet/Packet.swift":
    "reserved, metadata, data, end and hard end are in order within a frame that the view's owner keeps",
  "Sources/XDP/Packet/PacketBatch.swift":
    "a batch owns the frames of its descriptors, whose offsets lie within their frames",
  "Sources/XDP/Program/Interpreter+ExecutionEngine.swift":
    "every descriptor lies in the batch's pool, which outlives the call as the worker does",
  "Sources/XDP/Program/Worker.swift":
    "the packet at hand is initialized as long as the machine that points to it belongs to the worker",
  "Sources/XDPTypes/Headers/PacketHeader.swift":
    "a header consists of integers only, and is loaded wholly within the packet",
  "Sources/XDPDrivers/PCAP/CaptureReader.swift":
    "libpcap's handle is open, and a packet's bytes are copied before libpcap is called again",
  "Sources/XDPDrivers/PCAP/OutputFile.swift":
    "the buffer's first bytes, as many as are used, are initialized, and the descriptor is its own until it is closed",
  "Sources/XDPDrivers/PCAP/SystemReason.swift":
    "the text that strerror(3) returns is copied before anything else can run",
  "Sources/xdp/System/InputFile.swift":
    "read(2) fills an array's storage that nobody else sees and that outlives the call",
  "Sources/xdp/System/Terminal.swift":
    "the result of getenv(3) is only compared with null, before any thread was started",
]
