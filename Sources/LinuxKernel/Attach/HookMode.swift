/// Where on an interface's receive path a program runs.
public enum HookMode: String, Hashable, Sendable, CaseIterable {
  /// In the driver, before anything is allocated (`XDP_FLAGS_DRV_MODE`).
  case native
  /// In the stack, on a packet that already has its memory (`XDP_FLAGS_SKB_MODE`).
  case generic
  /// In the network card (`XDP_FLAGS_HW_MODE`).
  case offload

  /// The flag that asks for it.
  var flag: UInt32 {
    switch self {
    case .native: 1 << 2
    case .generic: 1 << 1
    case .offload: 1 << 3
    }
  }

  /// The attribute in which the kernel tells the program of this mode (`IFLA_XDP_DRV_PROG_ID` and its kin).
  var programAttribute: UInt16 {
    switch self {
    case .native: 5
    case .generic: 6
    case .offload: 7
    }
  }
}
