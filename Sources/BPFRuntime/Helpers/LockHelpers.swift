import BPF
import BPFMaps

/// `bpf_spin_lock` and `bpf_spin_unlock` over the lock of a map's value.
///
/// A run holds one lock at a time, and lets go of it when it ends, however it ends. The invariant of every thunk: its
/// first argument is the address of the worker's `MachineState`, its second that of a lock's word in a map's value.
enum LockHelpers {
  static let all: [Helper] = [lock, unlock]

  static let lock = unsafe Helper(
    HelperPrototype(93, "bpf_spin_lock", [.kernelField(.spinLock)], .void)
  ) { state, word, _, _, _, _ in
    let machine = unsafe state.assumingMemoryBound(to: MachineState.self)
    guard unsafe machine.pointee.heldLock == 0 else {
      unsafe machine.pointee.state.refusal = "the run holds a lock already"
      return 0
    }
    SpinLockWord(at: word).lock()
    unsafe machine.pointee.heldLock = word
    unsafe machine.pointee.isUntidy = true
    return 0
  }

  static let unlock = unsafe Helper(
    HelperPrototype(94, "bpf_spin_unlock", [.kernelField(.spinLock)], .void)
  ) { state, word, _, _, _, _ in
    let machine = unsafe state.assumingMemoryBound(to: MachineState.self)
    guard unsafe machine.pointee.heldLock == word else {
      unsafe machine.pointee.state.refusal = "the run does not hold this lock"
      return 0
    }
    SpinLockWord(at: word).unlock()
    unsafe machine.pointee.heldLock = 0
    return 0
  }
}

/// Kernel functions that mark a section of code, of which nothing has to be done in user space: nobody interrupts a run.
///
/// The invariant of every thunk: its first argument is the address of the worker's `MachineState`.
enum SectionFunctions {
  static let all: [Helper] =
    [
      "bpf_rcu_read_lock", "bpf_rcu_read_unlock", "bpf_preempt_disable", "bpf_preempt_enable",
    ].map { name in unsafe Helper(.function(name, [], .void)) { _, _, _, _, _, _ in 0 } } + [save, restore]

  static let save = unsafe Helper(
    .function("bpf_local_irq_save", [.stackObject(8)], .void)
  ) { state, place, _, _, _, _ in
    _ = unsafe state.assumingMemoryBound(to: MachineState.self).make(.interruptFlags, at: place, byteCount: 8)
    return 0
  }

  static let restore = unsafe Helper(
    .function("bpf_local_irq_restore", [.stackObject(8)], .void)
  ) { state, place, _, _, _, _ in
    unsafe state.assumingMemoryBound(to: MachineState.self).withObject(place, .interruptFlags) {
      objects,
      index in
      objects.destroy(index)
      return 0
    }
  }
}

extension UnsafeMutablePointer<MachineState> {
  /// Makes an object on the stack; nil, and a refusal, where one is in its way that may not be lost.
  func make(_ entry: StackObjects.Entry, at place: UInt64, byteCount: Int) -> Int? {
    unsafe pointee.isUntidy = true
    let index = unsafe pointee.objects.takeUnretainedValue().make(entry, at: place, byteCount: byteCount)
    if index == nil {
      unsafe pointee.state.refusal = "a ring-buffer record that was not given back is in the way"
    }
    return index
  }

  /// Makes an object of nothing but its kind.
  func make(_ kind: StackObjects.Kind, at place: UInt64, byteCount: Int) -> Int? {
    unsafe make(StackObjects.Entry(kind: kind), at: place, byteCount: byteCount)
  }

  /// Calls a body with an object of a kind; 0, and a refusal, where there is none.
  @inline(__always) func withObject(
    _ place: UInt64,
    _ kind: StackObjects.Kind,
    _ body: (StackObjects, Int) -> UInt64
  ) -> UInt64 {
    let objects = unsafe pointee.objects.takeUnretainedValue()
    guard let index = objects.find(place, kind) else {
      unsafe pointee.state.refusal = "there is no such object at this place of the stack"
      return 0
    }
    return body(objects, index)
  }
}
