import XDP
import XDPTypes

/// `--routes FILE.json`: interfaces, routes, neighbours and rules for programs that ask where packets go.
struct RouteFile {
  /// What the file says.
  let table: RoutingTable

  /// Reads a file.
  init(path: String) throws(CommandError) {
    let bytes = try InputFile.bytes(path, "routes")
    let document: JSONValue
    do throws(JSONError) {
      document = try JSONParser.parse(bytes)
    } catch {
      throw .badInput("\(path): \(error)")
    }
    do throws(Fault) {
      table = try Self.table(document)
    } catch {
      throw .badInput("\(path): \(error.description)")
    }
  }

  /// What is wrong, with its place.
  private struct Fault: Error { let description: String }

  private static func table(_ document: JSONValue) throws(Fault) -> RoutingTable {
    let root = try Entry(document, "the file", ["interfaces", "routes", "neighbours", "rules"])
    var table = RoutingTable()
    for entry in try root.entries("interfaces", ["ifindex", "mac", "mtu", "addresses", "forwarding"]) {
      table.interfaces.append(try interface(entry))
    }
    let members = ["to", "via", "ifindex", "type", "metric", "mtu", "source", "table"]
    for entry in try root.entries("routes", members) { table.routes.append(try route(entry)) }
    for entry in try root.entries("neighbours", ["address", "ifindex", "mac"]) {
      table.neighbours.append(
        RoutingTable.Neighbour(
          try entry.required("address", "an address", IPAddress.init),
          interface: try entry.requiredNumber("ifindex"),
          link: try entry.required("mac", "an Ethernet address", MACAddress.init)
        )
      )
    }
    for entry in try root.entries("rules", ["mark", "mask", "table"]) {
      table.rules.append(
        RoutingTable.Rule(
          mark: try entry.requiredNumber("mark"),
          mask: try entry.number("mask") ?? .max,
          table: try entry.requiredNumber("table")
        )
      )
    }
    return table
  }

  private static func interface(_ entry: Entry) throws(Fault) -> RoutingTable.Interface {
    let forwards = try entry.boolean("forwarding") ?? true
    return RoutingTable.Interface(
      index: try entry.requiredNumber("ifindex"),
      address: try entry.required("mac", "an Ethernet address", MACAddress.init),
      mtu: try entry.number("mtu") ?? 1500,
      addresses: try entry.texts("addresses", "an address such as 10.0.0.1/24", IPPrefix.init),
      forwardsIPv4: forwards,
      forwardsIPv6: forwards
    )
  }

  private static func route(_ entry: Entry) throws(Fault) -> RoutingTable.Route {
    let kind = try entry.text("type", "a kind of route", RoutingTable.Kind.init(rawValue:)) ?? .unicast
    let prefix = try entry.required("to", "a prefix such as 10.0.0.0/8", IPPrefix.init)
    return RoutingTable.Route(
      prefix,
      interface: kind == .unicast ? try entry.requiredNumber("ifindex") : try entry.number("ifindex") ?? 0,
      gateway: try entry.text("via", "an address", IPAddress.init),
      kind: kind,
      metric: try entry.number("metric") ?? (prefix.address.isIPv6 ? 1024 : 0),
      mtu: try entry.number("mtu"),
      source: try entry.text("source", "an address", IPAddress.init),
      table: try entry.number("table") ?? RoutingTable.Route.mainTable
    )
  }

  /// An object of the file, with its place for messages.
  private struct Entry {
    let members: JSONObject
    let place: String

    init(_ value: JSONValue, _ place: String, _ known: [String]) throws(Fault) {
      guard case .object(let members) = value else {
        throw Fault(description: "\(place): an object is needed, not \(value.kindName)")
      }
      for member in members.members where !known.contains(member.name) {
        let names = known.joined(separator: ", ")
        throw Fault(description: "\(place): there is no member \"\(member.name)\"; there are \(names)")
      }
      self.members = members
      self.place = place
    }

    func entries(_ name: String, _ known: [String]) throws(Fault) -> [Entry] {
      guard let value = members[name] else { return [] }
      guard case .array(let elements) = value else { throw fault(name, "an array is needed") }
      var entries: [Entry] = []
      for (index, element) in elements.enumerated() {
        entries.append(try Entry(element, "\(name), entry \(index)", known))
      }
      return entries
    }

    func number(_ name: String) throws(Fault) -> UInt32? {
      guard let value = members[name] else { return nil }
      guard case .integer(let number) = value, let exact = UInt32(exactly: number) else {
        throw fault(name, "a whole number from 0 to 4294967295 is needed")
      }
      return exact
    }

    func requiredNumber(_ name: String) throws(Fault) -> UInt32 {
      guard let number = try number(name) else { throw fault(name, "it is missing") }
      return number
    }

    func boolean(_ name: String) throws(Fault) -> Bool? {
      guard let value = members[name] else { return nil }
      guard case .boolean(let isSet) = value else { throw fault(name, "true or false is needed") }
      return isSet
    }

    func text<Result>(
      _ name: String,
      _ meaning: String,
      _ read: (String) -> Result?
    ) throws(Fault) -> Result? {
      guard let value = members[name] else { return nil }
      return try self.read(value, name, meaning, read)
    }

    func required<Result>(
      _ name: String,
      _ meaning: String,
      _ read: (String) -> Result?
    ) throws(Fault) -> Result {
      guard let value = members[name] else { throw fault(name, "it is missing") }
      return try self.read(value, name, meaning, read)
    }

    func texts<Result>(
      _ name: String,
      _ meaning: String,
      _ read: (String) -> Result?
    ) throws(Fault) -> [Result] {
      guard let value = members[name] else { return [] }
      guard case .array(let elements) = value else { throw fault(name, "an array is needed") }
      var results: [Result] = []
      for element in elements { results.append(try self.read(element, name, meaning, read)) }
      return results
    }

    private func read<Result>(
      _ value: JSONValue,
      _ name: String,
      _ meaning: String,
      _ read: (String) -> Result?
    ) throws(Fault) -> Result {
      guard case .string(let text) = value, let result = read(text) else {
        throw fault(name, "\(meaning) is needed")
      }
      return result
    }

    private func fault(_ name: String, _ reason: String) -> Fault {
      Fault(description: "\(place): \(name): \(reason)")
    }
  }
}
