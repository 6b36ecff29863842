import Testing

@testable import BPFJIT

#if os(Linux)
import Foundation
#endif

/// Memory that machine code of many programs lies in.
@Suite struct `Memory for machine code` {
  @Test func `is taken where it fits first, and given back in one piece`() {
    var free = FreeRanges(byteCount: 256)
    #expect(free.take(64) == 0..<64)
    #expect(free.take(128) == 64..<192)
    #expect(free.take(128) == nil)
    #expect(free.take(64) == 192..<256)
    #expect(free.byteCount == 0 && free.take(64) == nil)
    free.put(192..<256)
    free.put(0..<64)
    #expect(free.take(128) == nil)
    free.put(64..<192)
    #expect(free.byteCount == 256)
    #expect(free.take(256) == 0..<256)
  }

  #if os(Linux)
  @Test func `is overwritten when its owner goes, and used again`() throws {
    let code = [UInt8](repeating: 0x90, count: 100)
    let pool = ExecutablePool()
    let place = try #require(pool.store(code))
    let address = unsafe UnsafePointer<UInt8>(bitPattern: UInt(place.address)).unsafelyUnwrapped
    // Another program of the same region keeps it mapped.
    let neighbour = try #require(pool.store([0xC3]))
    #expect(neighbour.address == place.address + 128)
    #expect(unsafe UnsafeBufferPointer(start: address, count: 100).elementsEqual(code))
    pool.giveBack(place)
    #expect(unsafe UnsafeBufferPointer(start: address, count: 128).allSatisfy { $0 == 0xCC })
    #expect(try #require(pool.store(code)).address == place.address)
  }

  @Test func `is never writable and executable at one address`() throws {
    let memory = try ExecutableMemory([0xC3])
    let file = try #require(FileHandle(forReadingAtPath: "/proc/self/maps"))
    let lines = String(decoding: try file.readToEnd() ?? Data(), as: UTF8.self).split(separator: "\n")
    let ours = lines.filter { $0.contains("bpf-code") }
    let mapping = ours.first { line in
      let ends = line.split(separator: " ")[0].split(separator: "-").compactMap { UInt64($0, radix: 16) }
      return ends.count == 2 && ends[0] <= memory.base && memory.base < ends[1]
    }
    #expect(mapping?.contains(" r-xs ") == true)
    #expect(ours.contains { $0.contains(" rw-s ") })
    #expect(!ours.contains { $0.split(separator: " ")[1].contains("wx") })
    withExtendedLifetime(memory) {}
  }
  #endif
}
