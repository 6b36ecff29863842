#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// A library that is compared with, loaded when it is there: benchmarks build and run without it.
///
/// The invariant: a library stays loaded as long as the process lives, so the addresses of its functions hold.
@safe struct PeerLibrary {
  private let handle: UnsafeMutableRawPointer

  /// Loads `Benchmarks/.peers/libNAME`, which Scripts/peers builds.
  init(_ name: String) throws(SpeedRow.Absence) {
    #if canImport(Darwin)
    let path = "\(BenchmarkFiles.package)/.peers/lib\(name).dylib"
    #else
    let path = "\(BenchmarkFiles.package)/.peers/lib\(name).so"
    #endif
    guard let handle = unsafe dlopen(path, RTLD_NOW | RTLD_LOCAL) else {
      throw SpeedRow.Absence(reason: "Scripts/peers did not build it")
    }
    unsafe self.handle = handle
  }

  /// A function of the library, as the type that it has in C.
  func function<Function>(_ name: String, as type: Function.Type) throws(SpeedRow.Absence) -> Function {
    guard let address = unsafe dlsym(handle, name) else {
      throw SpeedRow.Absence(reason: "it has no function \(name)")
    }
    return unsafe unsafeBitCast(address, to: type)
  }
}
