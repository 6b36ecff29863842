import BPF
import Testing

/// A few instructions, and whether a verifier lets them run.
///
/// The files in `Tests/Fixtures/verifier` hold one case after another:
///
///     == a byte beyond the compared length is not read
///     # Why the verdict is what it is.
///     map: counts hash 4 8 16
///         r1 = map[counts]
///         …
///         exit
///     kernel: refuses invalid access to packet
///
/// The code is indented and in the assembler's syntax. Beside it may be written:
///
/// - `map[NAME]` and `map[NAME][0]+8`: a map of the case by its name;
/// - `call kernel NAME` and `r1 = kernel NAME`: a kernel function, or the address of a kernel variable, by its name;
/// - `[STRUCT.MEMBER]`: the offset of a member of the running kernel's struct;
/// - `r1 = type NAME`: the number of one of the case's structs, as `bpf_core_type_id_local` gives it.
///
/// - `repeat N: …` in code and fields: the rest of the line N times, with the round, from 0, for each `#`; ` | ` stands
///   between lines.
///
/// Functions are called by their labels. At the left margin stand the fields; those before the first case hold for
/// every case of the file that has none of that name:
///
/// - `map`, any number of times: name, type as bpftool writes it, bytes of key and value, entries, then words for the
///   rest: `value=STRUCT`, `inner=MAP`, `flags=N`, `extra=N`, `holds=HEX` for read-only data, which is frozen.
/// - `type`, any number of times: a struct of the case's own types, in the form that `TypeNotation` describes.
/// - `function`, any number of times: the prototype of a function, in the same form. Where there is one, or where code
///   takes a function's address, every function is told to the kernel with its type.
/// - `attach`: `xdp`, `devmap` or `cpumap`; `flags`: `frags`, `deviceBound`; `license`: GPL without it.
/// - `types`: `kernel` where our verifier is to know the running kernel's types.
/// - `kernel`: `accepts`, or `refuses` and words of the kernel's reason.
/// - `ours`: the same for our verifier where it differs on purpose: `accepts because …`, `refuses because …`.
/// - `message`: the first sentence of our explanation of a refusal.
struct VerifierCase: Sendable {
  /// What a verifier says.
  enum Verdict: Hashable, Sendable {
    /// The program may run.
    case accepts
    /// It may not, and these words are in the explanation; empty where any will do.
    case refuses(String)
  }

  /// Where ours says something else on purpose.
  struct Difference: Hashable, Sendable {
    var accepts: Bool
    var reason: String
  }

  var file: String
  var line: Int
  var name: String
  var program: Program
  var kernel: Verdict
  var difference: Difference?
  var message: String?
  /// Whether ours is told the running kernel's types.
  var wantsKernelTypes = false
}

extension VerifierCase: CustomTestStringConvertible {
  var testDescription: String { "\(file):\(line): \(name)" }
}

/// A case that cannot be read.
struct MalformedVerifierCase: Error, Hashable, CustomStringConvertible {
  var file: String
  var line: Int
  var reason: String

  var description: String { "\(file):\(line): \(reason)" }
}

/// What is wrong with one line of a case.
struct CaseFault: Error, Hashable {
  var line: Int
  var reason: String
}

/// A line of a case's file, with its number.
struct CaseLine: Hashable {
  var number: Int
  var text: String

  func fault(_ reason: String) -> CaseFault { CaseFault(line: number, reason: reason) }
}
