import BPFVerifier

/// What is known before an instruction, as attributes of its row: the page's script shows them as a card on hover.
enum StateCard {
  /// The attributes, with a blank before each; none for an instruction that was never followed.
  static func attributes(_ entry: StateSheet.Entry?, _ slot: Int) -> String {
    guard let entry else { return "" }
    let values = entry.values.map { value in
      // `r2`, as the instructions beside it say; a star before what this one reads.
      (value.isRead ? "*" : "") + value.name.replacing("R", with: "r", maxReplacements: 1) + "=" + value.text
    }
    let title = "before \(slot)" + (entry.frame > 0 ? ", in frame \(entry.frame)" : "")
    let passes =
      entry.passCount == 1 ? "followed once" : "followed \(entry.passCount) times, this is the last"
    let place = entry.isOnWay ? "on the way to the refusal" : "when last seen"
    let state = values.map { Markup.escaped($0) }.joined(separator: "&#10;")
    return
      " tabindex=\"0\" data-title=\"\(title)\" data-place=\"\(place); \(passes)\" data-state=\"\(state)\""
  }
}
