/// What the kernel numbers: programs, maps, links, each kind by itself.
enum ObjectKind {
  case program, map, link

  var nextID: BPFCommand {
    switch self {
    case .program: .programNextID
    case .map: .mapNextID
    case .link: .linkNextID
    }
  }

  var byID: BPFCommand {
    switch self {
    case .program: .programByID
    case .map: .mapByID
    case .link: .linkByID
    }
  }

  /// The numbers of all of a kind, in order; those that go meanwhile may be among them.
  func allIDs() throws(KernelError) -> [UInt32] {
    var ids: [UInt32] = []
    var last: UInt32 = 0
    while true {
      var call = BPFCall()
      call.set(last, at: 0)
      do throws(BPFCallFailure) {
        try call.perform(nextID)
      } catch {
        if error.code == .noEntry { return ids }
        throw KernelError(error, subject: "all ids")
      }
      last = call.word(at: 4)
      ids.append(last)
    }
  }

  /// Opens an object by its number; nil where there is none any more.
  func open(_ id: UInt32) throws(KernelError) -> Descriptor? {
    var call = BPFCall()
    call.set(id, at: 0)
    do throws(BPFCallFailure) {
      return Descriptor(owning: try call.perform(byID))
    } catch {
      if error.code == .noEntry { return nil }
      throw KernelError(error, subject: "id \(id)")
    }
  }
}
