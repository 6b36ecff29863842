/// A number as C and the kernel's log write it: `0x`, then lowercase digits without leading zeros.
func hexadecimal(_ value: some BinaryInteger) -> String { "0x" + String(value, radix: 16) }
