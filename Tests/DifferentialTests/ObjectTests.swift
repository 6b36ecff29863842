import BPF
import BPFObject
import LinuxKernel
import TestSupport
import Testing

@Suite(KernelAccess.required) struct `Objects on every engine` {
  @Test func `keep globals, maps in maps and tail calls in the kernel`() throws {
    let programs = try Fixture.object("shared_state").linked()
    let loaded = try KernelEngine.load(programs)
    let start = try #require(loaded.first { $0.name == "start" })
    var packet = [UInt8](repeating: 0, count: 60)
    packet[15] = 3
    packet[16] = 2
    packet[23] = 2
    #expect(try start.testRun(packet: packet).returned == 3)
    let result = try start.testRun(packet: packet)
    #expect(Array(result.data.prefix(2)) == [9, 0xEE])
    let map = Dictionary(uniqueKeysWithValues: start.maps.map { ($0.definition.name, $0) })
    #expect(try map[".data"]?.lookup([0, 0, 0, 0]) == [9, 0, 0, 0])
    #expect(try map[".bss"]?.lookup([0, 0, 0, 0]) == [128, 0, 0, 0, 0, 0, 0, 0])
    #expect(try map["small"]?.lookup([1, 0, 0, 0]) == [6, 0, 0, 0, 0, 0, 0, 0])
    #expect(try map["flows"]?.lookup([0, 0, 0, 0]) == [120, 0, 0, 0, 60, 0, 2, 0])
  }
}
