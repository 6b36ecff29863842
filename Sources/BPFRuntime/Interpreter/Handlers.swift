/// The steps' code, by what an instruction does; each family has a file: `ArithmeticSteps`, `BranchSteps`, `MemorySteps`,
/// `AtomicSteps`, `CallSteps`.
enum Handlers {}
