/// Linux's x86-64 error numbers: what helpers and maps answer on every platform.
public struct LinuxErrno: Error, RawRepresentable, Hashable, Sendable, CustomStringConvertible {
  /// The positive number.
  public let rawValue: Int32
  /// Makes an error from its positive number.
  public init(rawValue: Int32) { self.rawValue = rawValue }

  /// What a helper returns for it: the negative number, as an unsigned register.
  public var negated: UInt64 { UInt64(bitPattern: Int64(-rawValue)) }

  /// `EPERM`.
  public static let notPermitted = LinuxErrno(rawValue: 1)
  /// `ENOENT`.
  public static let noEntry = LinuxErrno(rawValue: 2)
  /// `EIO`.
  public static let ioError = LinuxErrno(rawValue: 5)
  /// `ENXIO`.
  public static let noSuchDeviceOrAddress = LinuxErrno(rawValue: 6)
  /// `E2BIG`.
  public static let tooBig = LinuxErrno(rawValue: 7)
  /// `EBADF`.
  public static let badDescriptor = LinuxErrno(rawValue: 9)
  /// `EAGAIN`.
  public static let tryAgain = LinuxErrno(rawValue: 11)
  /// `ENOMEM`.
  public static let noMemory = LinuxErrno(rawValue: 12)
  /// `EACCES`.
  public static let accessDenied = LinuxErrno(rawValue: 13)
  /// `EFAULT`.
  public static let badAddress = LinuxErrno(rawValue: 14)
  /// `EBUSY`.
  public static let busy = LinuxErrno(rawValue: 16)
  /// `EEXIST`.
  public static let exists = LinuxErrno(rawValue: 17)
  /// `ENODEV`.
  public static let noDevice = LinuxErrno(rawValue: 19)
  /// `EINVAL`.
  public static let invalid = LinuxErrno(rawValue: 22)
  /// `ENOSPC`.
  public static let noSpace = LinuxErrno(rawValue: 28)
  /// `ERANGE`.
  public static let outOfRange = LinuxErrno(rawValue: 34)
  /// `EDEADLK`.
  public static let deadlock = LinuxErrno(rawValue: 35)
  /// `ENAMETOOLONG`.
  public static let nameTooLong = LinuxErrno(rawValue: 36)
  /// `ENOSYS`.
  public static let noSystemCall = LinuxErrno(rawValue: 38)
  /// `EOVERFLOW`.
  public static let overflow = LinuxErrno(rawValue: 75)
  /// `EOPNOTSUPP`.
  public static let notSupported = LinuxErrno(rawValue: 95)
  /// `ENOTSUPP`, which only the kernel's inside uses and lets out of bpf(2).
  public static let notSupportedInternal = LinuxErrno(rawValue: 524)

  private static let names: [Int32: (name: String, text: String)] = [
    1: ("EPERM", "operation not permitted"), 2: ("ENOENT", "no such entry"), 5: ("EIO", "input/output error"),
    6: ("ENXIO", "no such device or address"), 7: ("E2BIG", "too big"), 9: ("EBADF", "bad file descriptor"),
    11: ("EAGAIN", "try again"), 12: ("ENOMEM", "out of memory"), 13: ("EACCES", "permission denied"),
    14: ("EFAULT", "bad address"), 16: ("EBUSY", "busy"), 17: ("EEXIST", "already exists"),
    19: ("ENODEV", "no such device"),
    22: ("EINVAL", "invalid argument"), 28: ("ENOSPC", "no space left"), 34: ("ERANGE", "out of range"),
    35: ("EDEADLK", "would deadlock"), 36: ("ENAMETOOLONG", "name too long"),
    38: ("ENOSYS", "not implemented"),
    75: ("EOVERFLOW", "value too large"), 95: ("EOPNOTSUPP", "not supported"),
    524: ("ENOTSUPP", "not supported"),
  ]

  /// The C name, such as `EINVAL`, or `errno 123`.
  public var name: String { Self.names[rawValue]?.name ?? "errno \(rawValue)" }
  /// Text and C name.
  public var description: String {
    Self.names[rawValue].map { "\($0.text) (\($0.name))" } ?? "errno \(rawValue)"
  }
}
