/// The CPUs this machine may ever have: a per-CPU map keeps one value for each.
public enum PossibleCPUs {
  private static let path = "/sys/devices/system/cpu/possible"

  /// How many there are: a per-CPU value's bytes divided by its rounded size.
  public static func count() throws(KernelError) -> Int {
    let text = String(decoding: try SystemFile.contents(of: path), as: UTF8.self)
    guard let count = count(inList: text) else {
      throw KernelError(
        command: "read",
        subject: path,
        code: .invalid,
        advice: "'\(text)' is not a list of CPU ranges such as '0-3'"
      )
    }
    return count
  }

  /// How many CPUs a list such as `0-3,8` names; nil where it is no list.
  package static func count(inList text: String) -> Int? {
    var total = 0
    for range in text.split(whereSeparator: { $0.isNewline || $0 == "," }) {
      let ends = range.split(separator: "-", omittingEmptySubsequences: false).map { UInt16($0) }
      guard ends.count <= 2, let first = ends[0], let last = ends[ends.count - 1], first <= last else {
        return nil
      }
      total += Int(last - first) + 1
    }
    return total == 0 ? nil : total
  }
}
