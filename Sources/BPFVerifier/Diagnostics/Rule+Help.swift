extension Rule {
  /// The edit that would satisfy the rule, in words; empty where it depends too much on the program.
  public var help: String {
    switch self {
    case .packetBounds:
      "before the access, return early unless a pointer to just behind it is at most data_end, and access through that very pointer"
    case .mayBeNull: "compare the pointer with NULL first, and use it only on the way where it is not"
    case .uninitializedRegister:
      "give the value on every way that leads here; a call leaves nothing in r1 to r5"
    case .negativeOffset: "use an unsigned type for the offset, or check that it is not below zero"
    case .unboundedOffset:
      "bound the offset first: mask it with a constant, or compare it with one as an unsigned number"
    case .valueBounds, .memoryBounds: "check the offset against the object's size before the access"
    case .stackBounds: "keep local variables and their indices within 512 bytes"
    case .uninitializedStack: "initialise the whole variable, padding too, before its address is passed on"
    case .partialSpill: "keep pointers in 64-bit variables, and copy them whole"
    case .pointerArithmetic: "compute with numbers, and add the result to the pointer at the end, in 64 bits"
    case .pointerOffset: "bound the number before it is added to the pointer"
    case .contextAccess:
      "read the fields of struct xdp_md with their own types, and only those that the attach type has"
    case .modifiedContext: "pass the context pointer on as it is, and add offsets only in the access itself"
    case .readOnlyMemory: "copy the data to the stack or a writable map, and change it there"
    case .specialField: "leave the field to its helpers, and access the rest of the value member by member"
    case .gplOnly:
      "declare a license that is compatible with the GPL, such as `char _license[] SEC(\"license\") = \"GPL\";`"
    case .unknownHelper: "use another helper: this one is not for XDP programs"
    case .unknownFunction: "use another function: this one is not for XDP programs"
    case .badSize: "bound the size on both sides, as an unsigned number, before the call"
    case .wrongMapType: "use a map of a type that the helper works on"
    case .unreleasedReference: "give it back on every way, early returns too"
    case .notAReference: "give back each thing once, and only what was taken"
    case .lockDiscipline: "take one lock, do nothing but loads and stores, release it on every way"
    case .sectionDiscipline: "end each section on every way, as often as it is begun"
    case .iteratorDiscipline: "make the iterator once, call next until it gives null, destroy it on every way"
    case .dynptrDiscipline: "make the dynptr first, check that its slices are not null, and give records back"
    case .callbackResult: "return 0 to go on or 1 to stop"
    case .badResult: "return a number from the function"
    case .infiniteLoop:
      "let something that the loop's condition depends on change in each round; counters are followed in registers and in stack slots aligned to 8 bytes"
    case .tooComplex:
      "bound loops more tightly, move their bodies into bpf_loop() or a global function, or split the program with tail calls"
    case .misalignedAccess: "align the variable to its size"
    case .divisionByZero: "divide by something else than 0"
    case .shiftTooFar: "shift by less than the operand's width"
    case .unreachableCode: "remove the code, or let something lead to it"
    case .stackTooDeep: "move large variables to a per-CPU array, or flatten the calls"
    case .missingType: "compile with -g, and give parameters the types of what they point to"
    case .mixedPointers: "load through each kind of pointer in code of its own"
    case .escapingStackPointer: "return or store the value itself"
    default: ""
    }
  }
}
