import Testing
import XDP

@Suite struct `Frame descriptors` {
  @Test func `machine code finds 32 bytes a packet, the fields where it expects them`() {
    #expect(MemoryLayout<FrameDescriptor>.size == 32)
    #expect(MemoryLayout<FrameDescriptor>.stride == 32)
    #expect(MemoryLayout<FrameDescriptor>.offset(of: \.frame) == 0)
    #expect(MemoryLayout<FrameDescriptor>.offset(of: \.metadata) == 8)
    #expect(MemoryLayout<FrameDescriptor>.offset(of: \.data) == 12)
    #expect(MemoryLayout<FrameDescriptor>.offset(of: \.dataEnd) == 16)
    #expect(MemoryLayout<FrameDescriptor>.offset(of: \.length) == 20)
    #expect(MemoryLayout<FrameDescriptor>.offset(of: \.fragments) == 24)
    #expect(MemoryLayout<FrameDescriptor>.offset(of: \.flags) == 28)
  }

  @Test func `verdicts are a byte a packet`() {
    #expect(MemoryLayout<Verdicts>.offset(of: \.actions) == 0)
    #expect(MemoryLayout.size(ofValue: Verdicts().actions) == 64)
    #expect(MemoryLayout<RedirectTarget>.stride == 24)
  }
}
