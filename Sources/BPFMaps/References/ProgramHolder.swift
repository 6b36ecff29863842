/// A map that refers to programs, which control planes name by id: program array, devmap, devmap hash, cpumap.
public protocol ProgramHolder: UserMap {
  /// Says how updates find the program of the id in their value.
  func resolvePrograms(with resolver: @escaping ProgramResolver)
  /// Takes every program away and lets go of it.
  ///
  /// Programs hold their maps: without this, neither ever dies.
  func removeAllPrograms()
}
