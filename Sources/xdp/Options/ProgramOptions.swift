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

  @OptionGroup var object: ObjectOptions

  /// The program to take, where the object has several.
  var name: String? { object.name }
}
