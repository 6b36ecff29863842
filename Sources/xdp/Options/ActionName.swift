import ArgumentParser
import XDP

/// An action by its name: `drop`, or `XDP_DROP`.
struct ActionName: ExpressibleByArgument {
  /// The action.
  let action: XDPAction

  static var allValueStrings: [String] { XDPAction.allCases.map { "\($0)" } }

  init?(argument: String) {
    let name = argument.lowercased()
    let short = name.hasPrefix("xdp_") ? String(name.dropFirst(4)) : name
    guard let action = XDPAction.allCases.first(where: { "\($0)" == short }) else { return nil }
    self.action = action
  }
}
