import ArgumentParser

/// `xdp map`: maps that are in the kernel.
struct MapCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "map",
    abstract: "Lists, reads and changes maps in the kernel.",
    discussion: """
      A map is named by its number, by its pin (a path), or by its name where only one has it. Keys and values are JSON \
      by the map's types, hex where it has none.

      Example: xdp map dump blocked_v4 --json
      """,
    subcommands: [
      MapListCommand.self, MapShowCommand.self, MapGetCommand.self, MapSetCommand.self, MapDeleteCommand.self,
      MapDumpCommand.self,
    ]
  )
}

/// `xdp map list`.
struct MapListCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list",
    abstract: "Lists all maps in the kernel, or those of one program.",
    discussion: "Example: xdp map list --program 42"
  )

  @Option(help: ArgumentHelp("Only the maps of this program; see xdp status.", valueName: "number"))
  var program: UInt32?

  @Flag(help: "Prints JSON.")
  var json = false

  func run() throws {
    try MapList(try MapLocator.maps(of: program)).show(asJSON: json)
  }
}

/// `xdp map show`.
struct MapShowCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "show",
    abstract: "Shows a map's kind, sizes and types.",
    discussion: "Example: xdp map show 17"
  )

  @Argument(help: "The map: a number, a pin, or a name.")
  var map: MapLocator

  @Flag(help: "Prints JSON.")
  var json = false

  func run() throws {
    try MapList([try map.information()]).show(asJSON: json)
  }
}

/// `xdp map dump`.
struct MapDumpCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "dump",
    abstract: "Prints a map's entries; of arrays those that are not zero.",
    discussion: """
      With --json in the form that --map NAME=FILE takes.

      Example: xdp map dump /sys/fs/bpf/counters
      """
  )

  @Argument(help: "The map: a number, a pin, or a name.")
  var map: MapLocator

  @Flag(help: "Prints JSON.")
  var json = false

  func run() throws {
    let opened = try map.open()
    if [.queue, .stack].contains(opened.map.definition.type) {
      throw CommandError.badInput(
        "a \(opened.map.definition.type.name)'s values can only be taken out, and programs may be at it"
      )
    }
    var console = Console()
    if json {
      try console.print(try MapDump(opened.map, types: opened.types).document())
    } else {
      for line in try MapText.entryLines(of: opened.map, types: opened.types) { try console.print(line) }
    }
    try console.flush()
  }
}
