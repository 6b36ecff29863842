/// The kind number in a type's record (`BTF_KIND_INT` and so on).
enum EncodedKind: UInt32 {
  case integer = 1
  case pointer, array, structure, union, enumeration, forward, typedef, volatile, const, restrict
  case function, functionPrototype, variable, dataSection, float, declarationTag, typeTag, enumeration64
}
