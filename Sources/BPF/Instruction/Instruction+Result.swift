extension Instruction {
  /// The register that gets a new value; nil where none does, and for calls, which leave `r0` and no `r1` to `r5`.
  public var writtenRegister: Register? {
    switch self {
    case .alu(_, _, let register, _), .negate(_, let register), .moveSignExtending(_, _, let register, _),
      .swap(_, _, let register), .addressSpaceCast(let register, _, _), .loadImmediate(let register, _),
      .load(_, let register, _), .loadSignExtending(_, let register, _), .loadAcquire(_, let register, _):
      register
    case .atomic(.compareExchange, _, _, _): .r0
    case .atomic(.exchange, _, let source, _), .atomic(.add(fetch: true), _, let source, _),
      .atomic(.or(fetch: true), _, let source, _), .atomic(.and(fetch: true), _, let source, _),
      .atomic(.xor(fetch: true), _, let source, _):
      source
    case .atomic, .store, .storeRelease, .jump, .jumpLong, .branch, .mayGoto, .call, .exit: nil
    }
  }
}
