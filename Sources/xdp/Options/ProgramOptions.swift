import ArgumentParser

/// The program of a command, and what is changed about it before it is loaded.
struct ProgramOptions: ParsableArguments {
  @Argument(
    help: ArgumentHelp(
      "An object file (.o), or a C source (.c), which is compiled first.",
      valueName: "program"
    )
  )
  var path: String

  @Option(
    name: .customLong("program"),
    help: ArgumentHelp("The program to take, where the object has several.", valueName: "name")
  )
  var name: String?

  @Option(
    help: ArgumentHelp(
      "Sets a global variable before the load: a number, true, false, a string, or JSON by its type.",
      valueName: "name=value"
    )
  )
  var set: [Assignment] = []

  @Option(
    help: ArgumentHelp("Changes how many entries a map holds, before the load.", valueName: "name=n")
  )
  var maxEntries: [Assignment] = []

  @Option(
    name: .customLong("kernel-btf"),
    help: ArgumentHelp("The kernel's types for CO-RE, if not the running kernel's.", valueName: "file")
  )
  var kernelBTF: String?
}

/// What surrounds a run.
struct RunOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Fills a map before the run, with entries in the form that --json prints.",
      valueName: "name=file.json"
    )
  )
  var map: [Assignment] = []

  @Option(
    help: ArgumentHelp(
      "The program's clock: the capture's timestamps, the host's, or a fixed time.",
      valueName: "capture|host|nanoseconds"
    )
  )
  var clock: ClockChoice = .capture

  @Option(help: ArgumentHelp("Where the program's random numbers begin.", valueName: "n"))
  var seed: UInt64 = 0

  @Option(
    help: ArgumentHelp("Bytes of a frame that the program sees in one piece (3520).", valueName: "bytes")
  )
  var linear: Int?

  @Option(
    help: ArgumentHelp("What all maps together may take, such as 256M.", valueName: "size")
  )
  var memoryLimit: ByteSize?

  @Flag(help: "Runs the program unverified. Implied as long as there is no verifier.")
  var unverified = false
}
