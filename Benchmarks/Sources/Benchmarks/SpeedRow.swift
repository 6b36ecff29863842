/// One line of the README's table of speed: a piece of work, how long it takes here, and what it is held against.
struct SpeedRow {
  /// How the time of one operation is told.
  enum Unit {
    /// Millions of operations a second.
    case millionsASecond
    case nanoseconds, microseconds
  }

  /// What is asked of the work.
  enum Target {
    /// So many million a second or more, at 3.6 GHz.
    case millionsASecond(Double)
    /// So many nanoseconds or fewer, at 3.6 GHz.
    case nanoseconds(Double)
    /// So many microseconds or fewer, at 3.6 GHz.
    case microseconds(Double)
    /// So many times as fast as a peer in the same run; 1 is "no slower".
    case timesAsFast(Double, as: String)
  }

  /// The same work done by somebody else, in the same run.
  struct Peer {
    var name: String
    /// Its times, or why it could not be measured.
    var figures: Result<Figures, Absence>

    /// A peer that took part.
    static func measured(_ name: String, _ figures: Figures) -> Peer {
      Peer(name: name, figures: .success(figures))
    }

    /// A peer that is not here, with the reason in a few words.
    static func absent(_ name: String, _ reason: String) -> Peer {
      Peer(name: name, figures: .failure(Absence(reason: reason)))
    }
  }

  /// Why a peer could not be measured, lower case, without a period.
  struct Absence: Error {
    var reason: String
  }

  /// What is done, as the table says it.
  var work: String
  var unit: Unit
  /// What it must reach; empty for a figure that is only shown.
  var targets: [Target]
  /// Our times of one operation over the rounds.
  var ours: Figures
  var peers: [Peer]
  /// What a reader must know beside, such as what the figure leaves out.
  var note: String?

  init(
    _ work: String,
    _ unit: Unit,
    targets: [Target],
    ours: Figures,
    peers: [Peer] = [],
    note: String? = nil
  ) {
    self.work = work
    self.unit = unit
    self.targets = targets
    self.ours = ours
    self.peers = peers
    self.note = note
  }

  /// The clock that absolute targets are meant for: nanoseconds a dependent add at 3.6 GHz.
  static let nominalNanosecondsPerCycle = 1 / 3.6

  /// The figures of a peer that was measured.
  func figures(of peer: String) -> Figures? {
    peers.first { $0.name == peer }.flatMap { try? $0.figures.get() }
  }

  /// Whether a target is met; nil where its peer is not here.
  func meets(_ target: Target) -> Bool? {
    let nanoseconds = ours.median * Self.nominalNanosecondsPerCycle
    switch target {
    case .millionsASecond(let least): return 1000 / nanoseconds >= least
    case .nanoseconds(let most): return nanoseconds <= most
    case .microseconds(let most): return nanoseconds / 1000 <= most
    case .timesAsFast(let least, let peer): return figures(of: peer).map { $0.median / ours.median >= least }
    }
  }

  /// A time of one operation in the row's unit.
  func value(nanoseconds: Double) -> Double {
    switch unit {
    case .millionsASecond: 1000 / nanoseconds
    case .nanoseconds: nanoseconds
    case .microseconds: nanoseconds / 1000
    }
  }
}
