import BPF
import BTF
import LinuxKernel

/// One key of a map in the kernel, as the command's arguments name it.
struct MapElement {
  private let map: KernelMap
  private let types: BTF?
  private let keyText: JSONValue
  private let key: [UInt8]

  /// Opens the map and reads the key by its types.
  init(_ locator: MapLocator, key text: String) throws(CommandError) {
    (map, types) = try locator.open()
    keyText = Self.parsed(text)
    do throws(TypedBytes.Mismatch) {
      key = try MapDump.keys(of: map.definition, types: types).bytes(keyText)
    } catch { throw .badInput("key: \(error)") }
  }

  /// The value's document.
  func value() throws(CommandError) -> JSONValue {
    let value = try asking { () throws(MapError) in try map.lookup(key) }
    guard let value else { throw .no("the map '\(map.definition.name)' has no such key") }
    return MapDump(map, types: types).valueDocument(value)
  }

  /// Stores a value.
  func set(_ text: String) throws(CommandError) {
    let member = map.definition.type.isPerCPU ? "values" : "value"
    let document: JSONValue = .array([.object(["key": keyText, member: Self.parsed(text)])])
    do throws(TypedBytes.Mismatch) {
      try MapFill.fill(map, with: document, types: types, [])
    } catch { throw .badInput("\(error)") }
  }

  /// Removes the key.
  func delete() throws(CommandError) {
    do throws(MapError) {
      try map.delete(key)
    } catch {
      if error.code == .noEntry { throw .no("the map '\(map.definition.name)' has no such key") }
      throw .refused("\(error)")
    }
  }

  private func asking<Answer>(_ body: () throws(MapError) -> Answer) throws(CommandError) -> Answer {
    do throws(MapError) { return try body() } catch { throw .refused("\(error)") }
  }

  /// JSON, or else a text, such as hex digits without quotes.
  private static func parsed(_ text: String) -> JSONValue {
    (try? JSONParser.parse(Array(text.utf8))) ?? .string(text)
  }
}
