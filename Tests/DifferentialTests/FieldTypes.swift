import BTF

/// Types of values with the kernel's fields in places where they are good, and where they are not.
enum FieldTypes {
  /// A value's type.
  struct Value: Sendable, CustomStringConvertible {
    var name: String
    var type: BTF.TypeID
    /// All types that it is made of.
    var types: BTF
    var isSection = false

    var description: String { name }
  }

  /// The size of every value.
  static let byteCount = 64
  /// The type of a key of 8 bytes of a trie.
  static var trieKey: BTF.TypeID { built.trieKey }
  /// The values to try.
  static var all: [Value] { built.values }

  private struct Builder {
    var types: [BTFType] = [
      .void,
      .integer(name: "u32", byteCount: 4, bitOffset: 0, bitCount: 32, encoding: .unsigned),
      .integer(name: "u64", byteCount: 8, bitOffset: 0, bitCount: 64, encoding: .unsigned),
    ]
    var values: [Value] = []
    var trieKey: BTF.TypeID = 0

    mutating func add(_ type: BTFType) -> BTF.TypeID {
      types.append(type)
      return BTF.TypeID(types.count - 1)
    }

    mutating func structure(
      _ name: String,
      _ byteCount: Int,
      _ members: [(type: BTF.TypeID, offset: Int)]
    ) -> BTF.TypeID {
      add(
        .structure(
          BTFType.Composite(
            name: name,
            byteCount: byteCount,
            members: members.enumerated().map { index, member in
              BTFType.Member(name: "m\(index)", type: member.type, bitOffset: member.offset * 8)
            }
          )
        )
      )
    }

    mutating func array(of type: BTF.TypeID, _ count: Int) -> BTF.TypeID {
      add(.array(of: type, index: 1, count: count))
    }

    mutating func value(_ name: String, _ members: [(type: BTF.TypeID, offset: Int)]) {
      var copy = self
      let type = copy.structure("value", FieldTypes.byteCount, members)
      values.append(Value(name: name, type: type, types: BTF(types: copy.types)))
    }

    mutating func section(_ name: String, _ variables: [(type: BTF.TypeID, offset: Int, byteCount: Int)]) {
      var copy = self
      let places = variables.enumerated().map { index, place in
        BTFType.SectionVariable(
          type: copy.add(.variable(name: "v\(index)", type: place.type, linkage: .global)),
          offset: place.offset,
          byteCount: place.byteCount
        )
      }
      let section = copy.add(.dataSection(name: ".data", byteCount: FieldTypes.byteCount, variables: places))
      values.append(Value(name: name, type: section, types: BTF(types: copy.types), isSection: true))
    }
  }

  private static let built: Builder = {
    var builder = Builder()
    builder.trieKey = builder.structure("key", 8, [(1, 0), (1, 4)])
    let lock = builder.structure("bpf_spin_lock", 4, [(1, 0)])
    let other = builder.structure("bpf_res_spin_lock", 4, [(1, 0)])
    let timer = builder.structure("bpf_timer", 16, [(2, 0), (2, 8)])
    let queue = builder.structure("bpf_wq", 16, [(2, 0), (2, 8)])
    let work = builder.structure("bpf_task_work", 8, [(2, 0)])
    let node = builder.structure("bpf_list_node", 24, [(2, 0), (2, 8), (2, 16)])
    let wideLock = builder.structure("bpf_spin_lock", 8, [(2, 0)])
    let wideTimer = builder.structure("bpf_timer", 24, [(2, 0), (2, 8), (2, 16)])
    let named = builder.add(.typedef(name: "lock_t", of: lock))
    let constant = builder.add(.const(lock))
    let withLock = builder.structure("inner", 16, [(2, 0), (lock, 8)])
    let withTimer = builder.structure("inner", 24, [(2, 0), (timer, 8)])
    let deep = builder.structure("outer", 24, [(2, 0), (withLock, 8)])
    let oneLock = builder.array(of: lock, 1), twoLocks = builder.array(of: lock, 2)
    let oneTimer = builder.array(of: timer, 1), twoTimers = builder.array(of: timer, 2)
    let structs = builder.array(of: withTimer, 2), oneStruct = builder.array(of: withLock, 1)
    let choice = builder.add(
      .union(
        BTFType.Composite(
          name: "choice",
          byteCount: 8,
          members: [
            BTFType.Member(name: "lock", type: lock, bitOffset: 0),
            BTFType.Member(name: "number", type: 2, bitOffset: 0),
          ]
        )
      )
    )
    builder.value("no field", [(2, 0)])
    builder.value("a lock", [(2, 0), (lock, 8)])
    builder.value("a lock at 2", [(lock, 2)])
    builder.value("two locks", [(lock, 0), (lock, 8)])
    builder.value("a lock of a typedef", [(named, 4)])
    builder.value("a constant lock", [(constant, 4)])
    builder.value("a lock of 8 bytes", [(wideLock, 8)])
    builder.value("a timer", [(2, 0), (timer, 8)])
    builder.value("a timer at 4", [(timer, 4)])
    builder.value("two timers", [(timer, 0), (timer, 16)])
    builder.value("a timer of 24 bytes", [(wideTimer, 8)])
    builder.value("a lock and a timer", [(lock, 0), (timer, 8)])
    builder.value("a lock in a struct", [(2, 0), (withLock, 8)])
    builder.value("a lock in a struct in a struct", [(2, 0), (deep, 8)])
    builder.value("a lock at 2 and a timer", [(lock, 2), (timer, 8)])
    builder.value("a lock of 8 bytes and a timer", [(wideLock, 0), (timer, 8)])
    builder.value("a timer at 4 and a lock", [(timer, 4), (lock, 20)])
    builder.value("a timer in a struct", [(2, 0), (withTimer, 8)])
    builder.value("a lock in a union", [(choice, 8)])
    builder.value("an array of one lock", [(oneLock, 4)])
    builder.value("an array of two locks", [(twoLocks, 4)])
    builder.value("an array of one timer", [(oneTimer, 8)])
    builder.value("an array of two timers", [(twoTimers, 8)])
    builder.value("an array of two structs with a timer", [(structs, 8)])
    builder.value("an array of one struct with a lock", [(oneStruct, 8)])
    builder.value("a resilient lock", [(2, 0), (other, 8)])
    builder.value("two resilient locks", [(other, 0), (other, 4)])
    builder.value("locks of both kinds", [(lock, 0), (other, 4)])
    builder.value("a resilient lock and a timer", [(other, 0), (timer, 8)])
    builder.value("a work queue", [(2, 0), (queue, 8)])
    builder.value("a work queue, a timer and a lock", [(queue, 0), (timer, 16), (lock, 32)])
    builder.value("two work queues", [(queue, 0), (queue, 16)])
    builder.value("work for a task", [(2, 0), (work, 8)])
    builder.value("work for a task and a timer", [(work, 0), (timer, 8)])
    builder.value("a list's node", [(node, 8)])
    builder.value("a list's node and a lock", [(node, 8), (lock, 32)])
    builder.section("a section with a lock", [(2, 0, 8), (lock, 8, 4)])
    builder.section("a section with a timer", [(2, 0, 8), (timer, 8, 16)])
    builder.section("a section with both", [(lock, 4, 4), (timer, 8, 16)])
    builder.section("a section with two locks", [(lock, 4, 4), (lock, 8, 4)])
    builder.section("a section with a lock in a struct", [(withLock, 8, 16)])
    builder.section("a section with a timer in a struct", [(withTimer, 8, 24)])
    builder.section("a section with an array of one lock", [(oneLock, 4, 4)])
    builder.section("a section with an array of two locks", [(twoLocks, 4, 8)])
    builder.section("a section with an array of structs", [(structs, 8, 48)])
    return builder
  }()
}
