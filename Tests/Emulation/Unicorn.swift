import CUnicorn

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// The unicorn engine's library, found when the tests run: nobody who uses the package needs it.
///
/// Unsafe: functions have the types that version 2 of the library gives them.
@safe struct Unicorn: @unchecked Sendable {
  typealias Engine = OpaquePointer
  /// Asked about memory that is not there, whatever of `kind`: whether it is there now.
  typealias MemoryHook =
    @convention(c) (
      _ engine: Engine?, _ kind: CInt, _ address: UInt64, _ byteCount: CInt, _ value: Int64,
      _ context: UnsafeMutableRawPointer?
    ) -> Bool

  /// The library, or why it cannot be used.
  static let library = Result { try Unicorn() }

  /// What an answer of 0 means.
  static let done: CInt = 0
  /// The answers where the processor went to what is no code.
  static let fetchErrors: Set<CInt> = [8, 14]
  /// The kinds of access that hooks are asked about: reads, writes and fetches of what is not there.
  static let unmapped: CInt = 0x70
  /// Of these, the fetch.
  static let fetchKind: CInt = 21

  /// `uc_open`.
  let open: @convention(c) (_ architecture: CInt, _ mode: CInt, UnsafeMutablePointer<Engine?>) -> CInt
  /// `uc_reg_read`.
  let read: @convention(c) (Engine?, _ register: CInt, UnsafeMutableRawPointer) -> CInt
  /// `uc_reg_write`.
  let write: @convention(c) (Engine?, _ register: CInt, UnsafeRawPointer) -> CInt
  /// `uc_mem_map_ptr`.
  let map:
    @convention(c) (Engine?, _ address: UInt64, _ byteCount: Int, _ access: UInt32, UnsafeMutableRawPointer)
      -> CInt
  /// `uc_hook_add`, with a hook about memory.
  let addHook:
    @convention(c) (
      Engine?, UnsafeMutablePointer<Int>, _ kinds: CInt, MemoryHook, UnsafeMutableRawPointer?,
      _ first: UInt64, _ last: UInt64
    ) -> CInt
  /// `uc_emu_start`.
  let start:
    @convention(c) (Engine?, _ begin: UInt64, _ until: UInt64, _ microseconds: UInt64, _ count: Int) -> CInt
  private let control: UnsafeMutableRawPointer
  private let text: @convention(c) (CInt) -> UnsafePointer<CChar>

  private init() throws(Unavailable) {
    let names = ["libunicorn.so.2", "libunicorn.2.dylib"]
    guard let library = unsafe names.lazy.compactMap({ unsafe dlopen($0, RTLD_NOW) }).first else {
      throw Unavailable(reason: "\(names[0]) is not here (Debian: apt-get install libunicorn2)")
    }
    func symbol<Function>(_ name: String) throws(Unavailable) -> Function {
      guard let address = unsafe dlsym(library, name) else {
        throw Unavailable(reason: "\(names[0]) has no \(name)")
      }
      return unsafe unsafeBitCast(address, to: Function.self)
    }
    unsafe open = try symbol("uc_open")
    unsafe read = try symbol("uc_reg_read")
    unsafe write = try symbol("uc_reg_write")
    unsafe map = try symbol("uc_mem_map_ptr")
    unsafe addHook = try symbol("uc_hook_add")
    unsafe start = try symbol("uc_emu_start")
    unsafe control = try symbol("uc_ctl")
    unsafe text = try symbol("uc_strerror")
  }

  /// Lets an engine be a processor of unicorn's list.
  @unsafe func choose(_ processor: CInt, for engine: Engine?) -> CInt {
    unsafe cunicorn_choose_processor(control, UnsafeMutableRawPointer(engine), processor)
  }

  /// An answer in words.
  func describe(_ answer: CInt) -> String { unsafe String(cString: text(answer)) }
}

/// Why nothing can be emulated.
package struct Unavailable: Error, CustomStringConvertible {
  package var reason: String
  package var description: String { reason }
}
