/// Look-ups that machine code calls with the table's address: one function for each size of key, in an LRU as elsewhere.
///
/// Unsafe: the object is this table, which its map keeps alive; a key is good for the table's key size.
extension HashTable {
  /// How machine code finds values; `countsUses` in an LRU.
  func directLookup(countsUses: Bool) -> DirectLookup {
    let function: DirectLookup.Function =
      switch (keyByteCount, countsUses) {
      case (4, false): { _, table, key in HashTable.look(Key4.self, table, key) }
      case (8, false): { _, table, key in HashTable.look(Key8.self, table, key) }
      case (16, false): { _, table, key in HashTable.look(Key16.self, table, key) }
      case (_, false): { _, table, key in HashTable.look(KeyBytes.self, table, key) }
      case (4, true): { _, table, key in HashTable.use(Key4.self, table, key) }
      case (8, true): { _, table, key in HashTable.use(Key8.self, table, key) }
      case (16, true): { _, table, key in HashTable.use(Key16.self, table, key) }
      case (_, true): { _, table, key in HashTable.use(KeyBytes.self, table, key) }
      }
    return unsafe DirectLookup(function, in: self)
  }

  @inline(__always) private static func look<Key: HashKey>(
    _: Key.Type,
    _ table: UInt64,
    _ key: UInt64
  ) -> UInt64 {
    let (table, key) = unsafe DirectLookup.arguments(table, key, as: HashTable.self)
    return unsafe table._withUnsafeGuaranteedRef { table in
      unsafe DirectLookup.answer(table.lookUp(Key.self, key))
    }
  }

  @inline(__always) private static func use<Key: HashKey>(
    _: Key.Type,
    _ table: UInt64,
    _ key: UInt64
  ) -> UInt64 {
    let (table, key) = unsafe DirectLookup.arguments(table, key, as: HashTable.self)
    return unsafe table._withUnsafeGuaranteedRef { table in
      guard let value = unsafe table.lookUp(Key.self, key) else { return 0 }
      unsafe table.touch(value)
      return unsafe DirectLookup.answer(value)
    }
  }
}
