import BPF
import BPFObject
import BPFRuntime
import BPFVerifier
import BTF
import JSON
import XDP
import XDPDrivers

/// Something that reads what strangers wrote: feeding it any bytes must end in a value or a typed error.
enum FuzzTarget: String, CaseIterable {
  /// ELF objects, their variables set, linked against no kernel and against their own types.
  case object
  /// BTF, its C declarations and its encoding.
  case btf
  /// Instructions in wire form, run by both interpreters.
  case instructions
  /// Instructions in wire form, verified; what is accepted runs over a packet and never traps.
  case verifier
  /// Program text.
  case assembly
  /// Captures, read to their end.
  case capture
  /// Packets, their headers named.
  case packet
  /// JSON documents, written and read again.
  case json
  /// Bytes as hexadecimal digits, written and read again.
  case hex

  /// Feeds it one input.
  func feed(_ bytes: [UInt8]) {
    switch self {
    case .object: feedObject(bytes)
    case .btf: feedBTF(bytes)
    case .instructions: feedInstructions(bytes)
    case .verifier: VerifierFuzzing.feed(bytes)
    case .assembly: feedAssembly(bytes)
    case .capture: feedCapture(bytes)
    case .packet: feedPacket(bytes)
    case .json: feedJSON(bytes)
    case .hex: feedHex(bytes)
    }
  }

  private func feedObject(_ bytes: [UInt8]) {
    do {
      var object = unsafe try ObjectFile(parsing: bytes.span.bytes, named: "input.o")
      for global in object.globals.prefix(4) { try? object.setGlobal(global.name, to: 1) }
      for entry in object.entries.prefix(16) { _ = try? object.linked(entry.name) }
      _ = try object.linked(kernel: object.btf)
    } catch {}
  }

  private func feedBTF(_ bytes: [UInt8]) {
    do {
      let btf = unsafe try BTF(parsing: bytes.span.bytes), encoded = try btf.encoded()
      let again = unsafe try BTF(parsing: encoded.span.bytes)
      precondition(again.types == btf.types, "encoding and parsing again gave other types")
    } catch {}
  }

  private func feedInstructions(_ bytes: [UInt8]) {
    do {
      let code = unsafe try Instruction.decode(bytes: bytes.span.bytes)
      precondition(code.encoded() == bytes, "encoding gave other bytes")
      try compareInterpreters(Program("input", code))
    } catch {}
  }

  private func compareInterpreters(_ program: Program) throws(BindingError) {
    let layout = ContextLayout(byteCount: 0, fields: [])
    let environment = Environment(context: layout, helpers: .general, budget: 4096)
    let interpreter = try Interpreter(program, in: environment)
    let oracle = try OracleInterpreter(program, in: environment)
    let machine = Machine()
    machine.state.hasFixedClock = true
    var memory = [UInt8](repeating: 0x5a, count: 64), judged = memory
    machine.state.seed(1)
    let fast = interpreter.run(on: machine, memory: &memory)
    machine.state.seed(1)
    let strict = oracle.run(on: machine, memory: &judged)
    guard case .returned(let expected) = strict, case .returned(let result) = fast else { return }
    precondition(
      result == expected && memory == judged || usesPointersAsNumbers(program.instructions),
      "the interpreters differ"
    )
  }

  /// Pointers differ in their bits between the interpreters: a program that computes with them may differ in anything.
  private func usesPointersAsNumbers(_ code: [Instruction]) -> Bool {
    code.contains { instruction in
      switch instruction {
      case .alu(.mov, .doubleWord, _, _), .alu(_, _, _, .immediate), .load, .exit, .jump, .loadImmediate:
        false
      default: true
      }
    }
  }

  private func feedAssembly(_ bytes: [UInt8]) {
    do {
      let code = try Assembler.assemble(String(decoding: bytes, as: UTF8.self)), encoded = code.encoded()
      let again = unsafe try Instruction.decode(bytes: encoded.span.bytes)
      precondition(again == code, "decoding gave other instructions")
    } catch {}
  }

  private func feedCapture(_ bytes: [UInt8]) {
    do {
      let driver = try PCAPDriver(contents: bytes, named: "input.pcap", pool: try FramePool(frameCount: 64))
      var batch = PacketBatch(pool: driver.pool)
      while try driver.receive(into: &batch) != .finished { batch.removeAll() }
    } catch {}
  }

  private func feedPacket(_ bytes: [UInt8]) {
    let dissection = PacketDissection(bytes)
    precondition(dissection.layers.count <= PacketDissection.layerLimit, "too many headers")
    precondition(dissection.rest.upperBound == bytes.count, "bytes are missing at the end")
    for layer in dissection.layers {
      precondition(layer.range.upperBound <= bytes.count, "a header goes on behind the packet")
      for field in layer.fields {
        precondition(field.range.upperBound <= layer.range.upperBound, "a field goes on behind its header")
        _ = dissection.fields(at: field.range)
      }
    }
  }

  private func feedJSON(_ bytes: [UInt8]) {
    do {
      let value = try JSONParser.parse(bytes)
      let lines = try JSONParser.parse(JSONText.document(value)),
        line = try JSONParser.parse(JSONText.line(value))
      precondition(lines == value && line == value, "writing and reading again gave another document")
    } catch {}
  }

  private func feedHex(_ bytes: [UInt8]) {
    do {
      let read = try Hex.bytes(String(decoding: bytes, as: UTF8.self)), again = try Hex.bytes(Hex.text(read))
      precondition(again == read, "writing and reading again gave other bytes")
    } catch {}
  }
}
