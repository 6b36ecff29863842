public import BPF

extension Verifier {
  /// What Linux's verifier would log of a program, in its syntax: the states at every instruction, way by way.
  ///
  /// All ways are followed one by one, to Linux's limits, whatever `isExact` says. Where a program is refused, the
  /// message is ours; the text is at most 16 MiB long, of a longer one the end.
  public func log(of program: Program, _ level: LogLevel) -> String {
    do throws(Violation) {
      let layout = try CodeLayout(program)
      var engine = try makeEngine(program, layout)
      var log = VerifierLog(program, engine.transfer.maps, level)
      engine.log = log
      do throws(Violation) {
        _ = try follow(&engine, layout)
        log = engine.log ?? log
      } catch {
        log = engine.log ?? log
        log.refuse(error)
      }
      log.finish(engine.statistics, limit: environment.limits.processedInstructions)
      return log.text
    } catch {
      return error.message + "\n"
    }
  }
}
