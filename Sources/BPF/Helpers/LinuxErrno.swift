/// Linux's x86-64 error numbers: what helpers and maps answer on every platform.
public struct LinuxErrno: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
  /// The positive number.
  public let rawValue: Int32
  /// Makes an error from its positive number.
  public init(rawValue: Int32) { self.rawValue = rawValue }

  /// What a helper returns for it: the negative number, as an unsigned register.
  public var negated: UInt64 { UInt64(bitPattern: Int64(-rawValue)) }

  public static let notPermitted = LinuxErrno(rawValue: 1)
  public static let noEntry = LinuxErrno(rawValue: 2)
  public static let ioError = LinuxErrno(rawValue: 5)
  public static let noSuchDeviceOrAddress = LinuxErrno(rawValue: 6)
  public static let tooBig = LinuxErrno(rawValue: 7)
  public static let badDescriptor = LinuxErrno(rawValue: 9)
  public static let tryAgain = LinuxErrno(rawValue: 11)
  public static let noMemory = LinuxErrno(rawValue: 12)
  public static let accessDenied = LinuxErrno(rawValue: 13)
  public static let badAddress = LinuxErrno(rawValue: 14)
  public static let busy = LinuxErrno(rawValue: 16)
  public static let exists = LinuxErrno(rawValue: 17)
  public static let noDevice = LinuxErrno(rawValue: 19)
  public static let invalid = LinuxErrno(rawValue: 22)
  public static let noSpace = LinuxErrno(rawValue: 28)
  public static let outOfRange = LinuxErrno(rawValue: 34)
  public static let deadlock = LinuxErrno(rawValue: 35)
  public static let nameTooLong = LinuxErrno(rawValue: 36)
  public static let noSystemCall = LinuxErrno(rawValue: 38)
  public static let overflow = LinuxErrno(rawValue: 75)
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
