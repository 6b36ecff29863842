import BPFObject

/// What `.kconfig` variables ask for, as far as the running kernel tells it in files that everyone may read.
enum KernelConfiguration {
  /// `LINUX_KERNEL_VERSION`, and the configuration where the distribution keeps it in `/boot`.
  static let values: [String: KconfigValue] = {
    guard let bytes = try? InputFile.bytes("/proc/sys/kernel/osrelease", "kernel's release") else {
      return [:]
    }
    let release = String(decoding: bytes, as: UTF8.self).trimmingSuffix(while: \.isWhitespace)
    var values: [String: KconfigValue] = [:]
    if let text = try? InputFile.bytes("/boot/config-\(release)", "kernel's configuration") {
      values = KconfigValue.configuration(parsing: String(decoding: text, as: UTF8.self))
    }
    values["LINUX_KERNEL_VERSION"] = version(release).map(KconfigValue.integer)
    return values
  }()

  /// `KERNEL_VERSION(major, minor, patch)` of a release such as `6.18.2-arch1`.
  private static func version(_ release: String) -> UInt64? {
    let numbers = release.split { !$0.isNumber }.prefix(3).map { UInt64($0) ?? 0 }
    guard numbers.count == 3 else { return nil }
    return numbers[0] << 16 | min(numbers[1], 255) << 8 | min(numbers[2], 255)
  }
}

extension String {
  fileprivate func trimmingSuffix(while isUnwanted: (Character) -> Bool) -> String {
    String(reversed().drop(while: isUnwanted).reversed())
  }
}
