import BPF
import BPFVerifier
import BTF
import LinuxKernel
import TestSupport
import Testing
import XDP

/// Every kernel function's prototype is what the kernel's types and its verifier make of the function.
@Suite(KernelAccess.required) struct `Kernel function prototypes beside the kernel` {
  static let prototypes = VerifierEnvironment.xdp(processorCount: (try? PossibleCPUs.count()) ?? 1).functions
    .values.sorted { $0.name < $1.name }
  static let known = prototypes.filter { KernelTypeNumbers.of($0.name) != 0 }
  /// Those that trials can call: every parameter has a right argument, and no callback's own rules are in the way.
  static let callable = known.filter { prototype in
    prototype.parameters.allSatisfy { ArgumentSample.right(for: $0) != .nothing && !$0.isCallback }
      && !prototype.traits.contains(.sleeps) && !prototype.traits.contains(.deviceBoundOnly)
      && !["task", "css"].contains(prototype.iterator?.name ?? "")
      && !unbegun.contains(prototype.name) && !prototype.traits.contains(.mustNotBeReached)
  }
  /// What needs something before it, or types of the program's own, that trials do not have.
  private static let unbegun: Set<String> = [
    "bpf_task_release", "bpf_res_spin_unlock_irqrestore", "bpf_obj_new_impl", "bpf_percpu_obj_new_impl",
    "bpf_iter_task_vma_next", "bpf_iter_task_vma_destroy", "bpf_iter_css_task_next",
    "bpf_iter_css_task_destroy",
  ]
  let maps: TrialMaps

  init() throws { maps = try TrialMaps.shared.get() }

  @Test(arguments: known)
  func `have the parameters of the kernel's types`(prototype: CallPrototype) throws {
    let types = try #require(KernelTypeNumbers.types)
    let function = BTF.TypeID(KernelTypeNumbers.of(prototype.name))
    guard case .function(_, let type, _) = types[function],
      case .functionPrototype(_, let parameters, _) = types[type]
    else {
      Issue.record("\(prototype.name) is no function")
      return
    }
    try #require(parameters.count == prototype.parameters.count, "\(prototype.name)")
    for (index, parameter) in parameters.enumerated() {
      let next = index + 1 < parameters.count ? parameters[index + 1].name : ""
      let expected = types.words(for: parameter, before: next)
      let actual = prototype.parameters[index].words
      #expect(
        expected.contains(actual),
        "\(prototype.name), \(parameter.name): \(actual), in the kernel \(expected)"
      )
    }
    if let iterator = prototype.iterator {
      let structure = try #require(types.find(named: "bpf_iter_\(iterator.name)", kind: .structure))
      #expect(types.byteCount(of: structure) == iterator.slotCount * 8, "\(prototype.name)")
    }
  }

  @Test(arguments: callable)
  func `take the right arguments and need each of them`(prototype: CallPrototype) throws {
    let right = CallTrial(prototype, maps)
    let outcome = try right.outcome(maps)
    #expect(outcome.isAccepted, "\(prototype.name): \(outcome)")
    for place in prototype.parameters.indices {
      var missing = right
      missing.samples[place] = .nothing
      let isChecked = !["unchecked", "filled in"].contains(prototype.parameters[place].words)
      let outcome = try missing.outcome(maps)
      #expect(
        outcome.isAccepted != isChecked,
        "\(prototype.name): without argument \(place + 1) it is \(outcome)"
      )
    }
  }

  @Test(arguments: callable)
  func `take and refuse what Linux does, whatever is passed`(prototype: CallPrototype) throws {
    for (place, parameter) in prototype.parameters.enumerated() {
      for sample in ArgumentSample.allCases where sample != .nothing {
        guard let isRight = sample.fits(parameter, of: prototype) else { continue }
        var trial = CallTrial(prototype, maps)
        trial.samples[place] = sample
        if sample == .zero, parameter.isMemoryOrNull, prototype.parameters[place + 1] != .constantSize {
          trial.samples[place + 1] = .zero
        }
        let outcome = try trial.outcome(maps)
        #expect(!outcome.isBroken, "\(prototype.name): \(outcome)")
        #expect(
          outcome.isAccepted == isRight,
          "\(prototype.name): argument \(place + 1), \(parameter), given \(sample): \(outcome)"
        )
      }
    }
  }

  @Test(arguments: callable)
  func `give what Linux gives`(prototype: CallPrototype) throws {
    let state = try CallTrial(prototype, maps).result(maps)
    // A lock is first shown as taken, an iterator as at its end.
    guard prototype.result != .cast, !prototype.traits.contains(.doesNotReturn),
      !prototype.parameters.contains(.field(.resilientSpinLock)),
      prototype.parameters != [.iterator(.advances)]
    else { return }
    #expect(
      prototype.result.shows(as: state),
      "\(prototype.name) gives \(prototype.result), in the kernel '\(state)'"
    )
    #expect(
      state.contains("ref_obj_id=") == prototype.traits.contains(.acquires),
      "\(prototype.name): '\(state)'"
    )
  }

  @Test(arguments: known.filter { $0.traits.contains(.sleeps) && $0.name != "bpf_verify_pkcs7_signature" })
  func `that may sleep are refused`(prototype: CallPrototype) throws {
    var trial = CallTrial(prototype, maps)
    trial.samples = trial.samples.map { $0 == .nothing ? .zero : $0 }
    let outcome = try trial.outcome(maps)
    guard case .refused(let reason) = outcome else {
      Issue.record("\(prototype.name): \(outcome)")
      return
    }
    #expect(reason.contains("sleepable"), "\(prototype.name): \(reason)")
  }

  @Test(arguments: callable)
  func `are allowed under a lock where Linux allows it`(prototype: CallPrototype) throws {
    var trial = CallTrial(prototype, maps)
    guard trial.before == "" else { return }
    trial.before = "r1 = map[idx:\(maps.index(.fields))][0]+24\ncall 93"
    let outcome = try trial.outcome(maps)
    #expect(
      outcome.isAccepted == prototype.traits.contains(.allowedUnderLock),
      "\(prototype.name): \(outcome)"
    )
  }
}

extension BTF {
  /// What a parameter's name and type make of it: any of these words.
  fileprivate func words(for parameter: BTFType.Parameter, before next: String) -> [String] {
    let suffixes: [(String, [String])] = [
      ("__ign", ["unchecked", "filled in"]), ("__prog", ["filled in"]), ("__k", ["constant"]),
      ("__szk", ["constant size"]), ("__sz", ["size"]), ("__opt", ["memory or null"]),
      ("__uninit", ["new dynptr"]), ("__nullable", ["object or null", "dynptr or null"]),
      ("__str", ["text"]), ("__map", ["map"]), ("__irq_flag", ["flags"]),
      ("__alloc", ["allocated object"]), ("__refcounted_kptr", ["counted object"]),
    ]
    if let found = suffixes.first(where: { parameter.name.hasSuffix($0.0) }) { return found.1 }
    guard case .pointer(let target) = self[resolved(parameter.type)] else { return ["number"] }
    if next.hasSuffix("__sz") || next.hasSuffix("__szk") { return ["memory"] }
    let pointed = resolved(target)
    switch self[pointed] {
    case .functionPrototype: return ["function"]
    case .void: return ["context"]
    case .integer, .enumeration, .union: return ["\(byteCount(of: pointed) ?? 0) bytes"]
    case .structure(let composite):
      switch composite.name {
      case "xdp_md": return ["context"]
      case "bpf_map": return ["map"]
      case "bpf_dynptr": return ["dynptr"]
      case "bpf_list_head", "bpf_list_node", "bpf_rb_root", "bpf_rb_node", "bpf_wq", "bpf_res_spin_lock",
        "bpf_task_work":
        return ["field"]
      case let name where name.hasPrefix("bpf_iter_"): return ["iterator"]
      case let name: return ["object \(name)"]
      }
    default: return ["nothing known"]
    }
  }
}

extension CallPrototype.Parameter {
  /// What it is in the words of `BTF.words(for:before:)`.
  fileprivate var words: String {
    switch self {
    case .scalar: "number"
    case .constant: "constant"
    case .context: "context"
    case .map: "map"
    case .memory: "memory"
    case .memoryOrNull: "memory or null"
    case .fixedMemory(let size, _, _): "\(size) bytes"
    case .sizeOrZero: "size"
    case .constantSize: "constant size"
    case .constantString: "text"
    case .anyString, .anyAddress: "unchecked"
    case .ignored: "filled in"
    case .callback: "function"
    case .field: "field"
    case .object(let name): "object \(name)"
    case .objectOrNull: "object or null"
    case .allocatedObject, .allocatedPerCPUObject: "allocated object"
    case .countedObject: "counted object"
    case .dynptr(let use): use.isNew ? "new dynptr" : "dynptr"
    case .dynptrOrNull: "dynptr or null"
    case .iterator: "iterator"
    case .interruptFlags: "flags"
    default: "\(self)"
    }
  }
}

extension CallPrototype.DynptrUse {
  fileprivate var isNew: Bool {
    switch self {
    case .makes, .clones: true
    default: false
    }
  }
}
