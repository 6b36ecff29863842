import ArgumentParser

/// Which program of an object is meant, and what is changed about it before it is loaded.
struct ObjectOptions: ParsableArguments {
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
