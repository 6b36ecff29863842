import ArgumentParser

/// The map and the key of a command.
struct MapElementOptions: ParsableArguments {
  @Argument(help: "The map: a number, a pin, or a name.")
  var map: MapLocator

  @Argument(help: "The key, JSON by the map's types or hex.")
  var key: String

  /// Opens the map.
  func element() throws(CommandError) -> MapElement { try MapElement(map, key: key) }
}

/// `xdp map get`.
struct MapGetCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "get",
    abstract: "Prints the value under a key.",
    discussion: "Example: xdp map get closed_ports '{\"protocol\": 6, \"port\": 23}'"
  )

  @OptionGroup var options: MapElementOptions

  func run() throws {
    var console = Console()
    try console.print(try options.element().value())
    try console.flush()
  }
}

/// `xdp map set`.
struct MapSetCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "set",
    abstract: "Stores a value under a key; of per-CPU maps an array of values.",
    discussion: "Members of a struct that are left out are zero.\n\nExample: xdp map set limits 0 1000"
  )

  @OptionGroup var options: MapElementOptions

  @Argument(help: "The value, JSON by the map's types or hex.")
  var value: String

  func run() throws { try options.element().set(value) }
}

/// `xdp map delete`.
struct MapDeleteCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "delete",
    abstract: "Removes a key with its value.",
    discussion: "Example: xdp map delete blocked_v4 '{\"length\": 32, \"address\": [203, 0, 113, 7]}'"
  )

  @OptionGroup var options: MapElementOptions

  func run() throws { try options.element().delete() }
}
