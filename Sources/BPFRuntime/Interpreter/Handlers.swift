/// The steps' code, by what an instruction does. Each family has a file: `ArithmeticSteps`, `BranchSteps`, `MemorySteps`,
/// `AtomicSteps`, `CallSteps`.
enum Handlers {}
