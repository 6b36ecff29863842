import Foundation
import TestSupport
import Testing

/// The mistakes that people make most, each as one writes it and as the help says: the help is right where what it asks
/// for is accepted, by us and by the kernel.
@Suite struct `Frequent mistakes` {
  /// The programs of `Fixtures/mistakes`; each object holds a `wrong` program and its `mended` twin.
  static let names = [
    "bounds_check_of_another_copy", "helper_of_another_type", "index_that_may_be_negative",
    "index_without_upper_bound", "license", "loop_too_long", "loop_without_bound", "missing_bounds_check",
    "missing_null_check", "no_bounds_check", "null_check_of_another", "offset_without_upper_bound",
    "pointer_from_before_the_call", "pointers_compared_by_halves", "size_up_to_the_end",
    "uninitialised_stack",
    "uninitialised_value", "unreleased_reference",
  ]

  /// The object that holds one of the twins; a license holds for a whole object.
  private static func object(_ name: String, _ twin: String) -> String {
    "Tests/Fixtures/mistakes/" + (name == "license" ? "license_\(twin).o" : "\(name).o")
  }

  /// What is asked beside the program: to follow a loop no farther than Linux does.
  private static func options(_ name: String) -> [String] { name == "loop_too_long" ? ["--exact"] : [] }

  private static func steady(_ text: String) -> String {
    text.replacing(/[0-9]+ processed/) { _ in "… processed" }
      .replacing(/[0-9.]+ (µs|ms|s)\b/) { _ in "… µs" }
      .replacing(/[0-9]+ states?,/) { _ in "… states," }
  }

  @Test func `have their programs in the tests`() throws {
    let folder = URL(filePath: Invocation.root.string).appending(path: "Tests/Fixtures/mistakes")
    let sources = try FileManager.default.contentsOfDirectory(atPath: folder.path)
      .filter { $0.hasSuffix(".c") }.map { $0.dropLast(2) }
    let expected = Self.names.flatMap { name -> [Substring] in
      name == "license" ? ["license_wrong", "license_mended"] : [Substring(name)]
    }
    #expect(Set(sources) == Set(expected))
  }

  @Test(arguments: names) func `are explained with the edit that mends them`(name: String) async throws {
    let call = try await Invocation.xdp(
      ["verify", Self.object(name, "wrong"), "--program", "wrong"] + Self.options(name)
    )
    // Stack that was never written is no danger since Linux 6.3, only a warning.
    #expect(call.exitCode == (name == "uninitialised_stack" ? 0 : 1))
    try Golden.expect(Self.steady(call.messages + call.output), "mistakes/\(name).txt")
  }

  @Test(arguments: names) func `are accepted when they are mended as the help says`(name: String) async throws
  {
    let call = try await Invocation.xdp("verify", Self.object(name, "mended"), "--program", "mended")
    #expect(call.exitCode == 0, "\(call.output)")
    #expect(call.messages.isEmpty)
    #expect(call.output.hasPrefix("mended: accepted: "))
  }

  @Test(KernelAccess.required, arguments: names)
  func `get the kernel's verdict too, wrong and mended`(name: String) async throws {
    for twin in ["wrong", "mended"] {
      let call = try await Invocation.xdp(
        ["verify", Self.object(name, twin), "--program", twin, "--kernel"] + Self.options(name)
      )
      let isAccepted = twin == "mended" || name == "uninitialised_stack"
      #expect(call.output.contains("kernel: \(isAccepted ? "accepted" : "refused"): "), "\(call.output)")
      #expect(!call.output.contains("differ"))
    }
  }
}
