import LinuxKernel

/// Interfaces with the programs on their hooks, as `xdp status` shows them.
struct HookStatus {
  private struct Entry {
    var program: LinuxInterface.Program
    /// nil where this user may not ask, or the program went meanwhile.
    var info: ProgramInfo?
    var link: LinkInfo?
  }

  private let interfaces: [(interface: LinuxInterface, entries: [Entry])]

  /// Asks about the programs of some interfaces.
  init(of interfaces: [LinuxInterface]) throws(KernelError) {
    let isEmpty = interfaces.allSatisfy(\.programs.isEmpty)
    // Whoever may not ask still sees numbers and modes.
    let links = isEmpty ? [] : (try? LinkInfo.all()) ?? []
    self.interfaces = interfaces.map { interface in
      let entries = interface.programs.map { program in
        Entry(
          program: program,
          info: (try? ProgramInfo(id: program.id)) ?? nil,
          link: links.first { $0.ifindex == interface.ifindex && $0.programID == program.id }
        )
      }
      return (interface, entries)
    }
  }

  /// For a person: a table.
  var lines: [String] {
    var rows = [["interface", "mode", "program", "id", "tag", "held by", "runs", "ns a run"]]
    for (interface, entries) in interfaces {
      if entries.isEmpty { rows.append([interface.name, "-"]) }
      for entry in entries {
        let runs = entry.info.map(\.runCount) ?? 0
        rows.append([
          interface.name, entry.program.mode.rawValue, entry.info?.name ?? "?", String(entry.program.id),
          entry.info?.tag ?? "?", entry.link.map { "link \($0.id)" } ?? "netlink",
          runs == 0 ? "" : String(runs), runs == 0 ? "" : String((entry.info?.runTime ?? 0) / runs),
        ])
      }
    }
    return TextTable.lines(rows, rightAligned: [3, 6, 7])
  }

  /// The document of `status --json`.
  var document: JSONValue {
    [
      "interfaces": .array(
        interfaces.map { interface, entries in
          [
            "name": .string(interface.name), "ifindex": .number(Int(interface.ifindex)),
            "programs": .array(entries.map(Self.document)),
          ]
        }
      )
    ]
  }

  private static func document(of entry: Entry) -> JSONValue {
    [
      "id": .number(Int(entry.program.id)), "name": entry.info.map { .string($0.name) } ?? .null,
      "tag": entry.info.map { .string($0.tag) } ?? .null, "mode": .string(entry.program.mode.rawValue),
      "priority": .null, "continueOn": .null, "link": entry.link.map { .number(Int($0.id)) } ?? .null,
      "owner": .string(entry.link == nil ? "netlink" : "link"),
      "loadedAt": entry.info.map { .string(String($0.loadedAt)) } ?? .null,
      "runTime": entry.info.map { .string(String($0.runTime)) } ?? .null,
      "runCount": entry.info.map { .string(String($0.runCount)) } ?? .null, "traps": .null,
    ]
  }
}
