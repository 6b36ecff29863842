#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// How much memory the machine has.
enum PhysicalMemory {
  /// In bytes; nil where the system does not say.
  static let byteCount: Int? = {
    let pages = sysconf(Int32(_SC_PHYS_PAGES)), size = sysconf(Int32(_SC_PAGESIZE))
    return pages > 0 && size > 0 ? pages.multipliedReportingOverflow(by: size).partialValue : nil
  }()

  /// The most that maps may take where nobody says otherwise: 8 GiB, or what there is.
  static func mapLimit(having byteCount: Int?) -> Int { min(8 << 30, byteCount ?? .max) }
}
