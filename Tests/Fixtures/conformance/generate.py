#!/usr/bin/env python3
"""Writes the generated files of the conformance suite beside itself.

What each instruction should give is modelled here with Python's unbounded integers, from the words of RFC 9669 and
without a look at any engine. The kernel judges the result: ConformanceTests runs every case in it.
"""
from itertools import cycle
from pathlib import Path

MIN64, MAX64 = 1 << 63, (1 << 63) - 1
MIN32, MAX32 = 1 << 31, (1 << 31) - 1
GARBAGE = 0xDEADBEEF << 32  # in the upper half of a register before a 32-bit operation


def unsigned(value, bits):
    return value % (1 << bits)


def signed(value, bits):
    value = unsigned(value, bits)
    return value - (1 << bits) if value >> (bits - 1) else value


def truncated_quotient(a, b):
    """Rounds toward zero, as C does, where Python rounds down."""
    quotient = abs(a) // abs(b)
    return quotient if (a < 0) == (b < 0) else -quotient


def divide(a, b, bits):
    return a // b if b else 0


def modulo(a, b, bits):
    return a % b if b else a


def signed_divide(a, b, bits):
    return truncated_quotient(signed(a, bits), signed(b, bits)) if b else 0


def signed_modulo(a, b, bits):
    x, y = signed(a, bits), signed(b, bits)
    return x - y * truncated_quotient(x, y) if y else x


# name: operator and model; a model takes two unsigned numbers of the width and may return any integer.
ALU = {
    "add": ("+=", lambda a, b, bits: a + b),
    "sub": ("-=", lambda a, b, bits: a - b),
    "mul": ("*=", lambda a, b, bits: a * b),
    "or": ("|=", lambda a, b, bits: a | b),
    "and": ("&=", lambda a, b, bits: a & b),
    "xor": ("^=", lambda a, b, bits: a ^ b),
    "lsh": ("<<=", lambda a, b, bits: a << (b % bits)),
    "rsh": (">>=", lambda a, b, bits: a >> (b % bits)),
    "arsh": ("s>>=", lambda a, b, bits: signed(a, bits) >> (b % bits)),
    "div": ("/=", divide),
    "mod": ("%=", modulo),
    "sdiv": ("s/=", signed_divide),
    "smod": ("s%=", signed_modulo),
}

COMPARISONS = {
    "jeq": ("==", lambda a, b, bits: a == b),
    "jne": ("!=", lambda a, b, bits: a != b),
    "jgt": (">", lambda a, b, bits: a > b),
    "jge": (">=", lambda a, b, bits: a >= b),
    "jlt": ("<", lambda a, b, bits: a < b),
    "jle": ("<=", lambda a, b, bits: a <= b),
    "jset": ("&", lambda a, b, bits: a & b != 0),
    "jsgt": ("s>", lambda a, b, bits: signed(a, bits) > signed(b, bits)),
    "jsge": ("s>=", lambda a, b, bits: signed(a, bits) >= signed(b, bits)),
    "jslt": ("s<", lambda a, b, bits: signed(a, bits) < signed(b, bits)),
    "jsle": ("s<=", lambda a, b, bits: signed(a, bits) <= signed(b, bits)),
}

# Operands move through the registers, so that no one register's handling goes untested.
REGISTERS = cycle([(0, 2), (3, 4), (6, 7), (5, 0), (9, 8), (2, 3), (8, 6), (4, 5), (7, 9)])


def little_endian(value, count=8):
    return unsigned(value, 8 * count).to_bytes(count, "little").hex()


class Suite:
    """The cases of one file."""

    def __init__(self, name, heading):
        self.name = name
        self.names = set()
        self.text = f"# {heading}\n# Written by generate.py; change that instead.\n"

    def case(self, name, code, *, memory="", r0=None, after=None, kernel=None):
        assert name not in self.names, f"{self.name}: {name}"
        self.names.add(name)
        lines = [f"== {name}"]
        if memory:
            lines.append(f"memory: {memory}")
        lines += [f"    {line}" for line in code]
        if r0 is not None:
            lines.append(f"r0: {unsigned(r0, 64):#x}")
        if after is not None:
            lines.append(f"after: {after}")
        if kernel:
            lines.append(f"kernel: {kernel}")
        self.text += "\n" + "\n".join(lines) + "\n"

    def write(self):
        Path(__file__).with_name(self.name + ".txt").write_text(self.text)
        return len(self.names)


def prefix(bits):
    return "r" if bits == 64 else "w"


def binary(suite, name, bits, a, b):
    """`a op b`, both out of memory, so that no engine knows them beforehand."""
    operator, model = ALU[name]
    x, y = next(REGISTERS)
    p = prefix(bits)
    a, b = unsigned(a, bits), unsigned(b, bits)
    result = unsigned(model(a, b, bits), bits)
    high = GARBAGE if bits == 32 else 0
    code = [f"r{x} = *(u64 *)(r1 +0)", f"r{y} = *(u64 *)(r1 +8)", f"{p}{x} {operator} {p}{y}"]
    code += [f"r0 = r{x}"] * (x != 0) + ["exit"]
    memory = little_endian(high | a) + " " + little_endian(high | b)
    suite.case(f"{name}{bits} {a:#x} by register {b:#x}", code, memory=memory, r0=result)


def immediate(suite, name, bits, a, b, kernel=None):
    """`a op b` with b an immediate, which is sign-extended to the width."""
    operator, model = ALU[name]
    x, _ = next(REGISTERS)
    a = unsigned(a, bits)
    result = unsigned(model(a, unsigned(b, bits), bits), bits)
    high = GARBAGE if bits == 32 else 0
    code = [f"r{x} = *(u64 *)(r1 +0)", f"{prefix(bits)}{x} {operator} {b}"]
    code += [f"r0 = r{x}"] * (x != 0) + ["exit"]
    memory = little_endian(high | a)
    suite.case(f"{name}{bits} {a:#x} by immediate {b}", code, memory=memory, r0=result, kernel=kernel)


def same_register(suite, name, bits, a):
    operator, model = ALU[name]
    a = unsigned(a, bits)
    p = prefix(bits)
    result = unsigned(model(a, a, bits), bits)
    high = GARBAGE if bits == 32 else 0
    code = ["r4 = *(u64 *)(r1 +0)", f"{p}4 {operator} {p}4", "r0 = r4", "exit"]
    suite.case(f"{name}{bits} {a:#x} by itself", code, memory=little_endian(high | a), r0=result)


def arithmetic(bits):
    suite = Suite(f"alu{bits}", f"add, sub, mul, or, and, xor and neg on {bits} bits.")
    least, most, ones = 1 << (bits - 1), (1 << (bits - 1)) - 1, (1 << bits) - 1
    pattern = 0x0123456789ABCDEF >> (64 - bits)
    pairs = {
        "add": [(ones, 1), (most, 1), (least, least), (pattern, ones)],
        "sub": [(0, 1), (least, 1), (most, ones), (pattern, pattern)],
        "mul": [(ones, ones), (least, 2), (pattern, pattern), (most, most), (1 << (bits // 2), 1 << (bits // 2))],
        "or": [(0, 0), (least, most), (pattern, ones ^ pattern)],
        "and": [(ones, pattern), (least, most), (pattern, 0)],
        "xor": [(ones, pattern), (pattern, pattern), (least, ones)],
    }
    constants = {
        "add": [(ones, -1), (0, -MIN32), (most, MAX32)],
        "sub": [(0, -1), (0, MAX32), (pattern, -MIN32)],
        "mul": [(ones, -1), (pattern, -3), (least, -1), (MAX32, MAX32)],
        "or": [(0, -1), (pattern, -MIN32), (0, MAX32)],
        "and": [(ones, -2), (ones, MAX32), (ones, -MIN32)],
        "xor": [(pattern, -1), (ones, MAX32), (0, -MIN32)],
    }
    for name, values in pairs.items():
        for a, b in values:
            binary(suite, name, bits, a, b)
    for name, values in constants.items():
        for a, b in values:
            immediate(suite, name, bits, a, b)
    for name in ["add", "sub", "mul", "xor"]:
        same_register(suite, name, bits, pattern)
    for a in [0, 1, ones, least, most, pattern]:
        high = GARBAGE if bits == 32 else 0
        code = ["r3 = *(u64 *)(r1 +0)", f"{prefix(bits)}3 = -{prefix(bits)}3", "r0 = r3", "exit"]
        suite.case(f"neg{bits} {a:#x}", code, memory=little_endian(high | a), r0=unsigned(-a, bits))
    return suite


def shifts():
    suite = Suite("shifts", "lsh, rsh and arsh; of the amount only the low 5 or 6 bits count.")
    for bits in [64, 32]:
        value = 0x8123456789ABCDEF >> (64 - bits)
        for name in ["lsh", "rsh", "arsh"]:
            for amount in [0, 1, bits // 2, bits - 1, bits, bits + 1, 2 * bits - 1, (1 << bits) - 1, MIN32]:
                binary(suite, name, bits, value, amount)
            for amount in [0, 1, bits // 2, bits - 1]:
                immediate(suite, name, bits, value, amount)
            for amount in [bits, bits + 1, -1]:
                immediate(suite, name, bits, value, amount, kernel="refuses")
            same_register(suite, name, bits, 0x25)
        binary(suite, "arsh", bits, 0x7123456789ABCDEF >> (64 - bits), bits - 1)
        binary(suite, "arsh", bits, (1 << bits) - 1, 7)
    return suite


def divisions():
    suite = Suite("div-mod", "div, mod, sdiv and smod, with zero divisors and the overflow of least by -1.")
    for bits in [64, 32]:
        least, most, ones = 1 << (bits - 1), (1 << (bits - 1)) - 1, (1 << bits) - 1
        unsigned_pairs = [
            (7, 2), (ones, 2), (ones, ones), (least, most), (0, 5), (5, 0), (ones, 0), (least, ones), (1, ones),
        ]
        signed_pairs = [
            (7, 2), (-7, 2), (7, -2), (-7, -2), (least, -1), (least, 1), (most, -1), (5, 0), (-5, 0), (least, least),
            (0, -3),
        ]
        for name in ["div", "mod"]:
            for a, b in unsigned_pairs:
                binary(suite, name, bits, a, b)
            for a, b in [(ones, 3), (7, -1), (ones, -2), (least, MAX32)]:
                immediate(suite, name, bits, a, b)
            immediate(suite, name, bits, 7, 0, kernel="refuses")
            same_register(suite, name, bits, 0)
        for name in ["sdiv", "smod"]:
            for a, b in signed_pairs:
                binary(suite, name, bits, a, b)
            for a, b in [(-7, 2), (7, -2), (-7, -2), (least, -1), (most, -MIN32), (least, -MIN32)]:
                immediate(suite, name, bits, a, b)
            immediate(suite, name, bits, -7, 0, kernel="refuses")
            same_register(suite, name, bits, least)
    for name, result in [("div", 0), ("mod", 5), ("sdiv", 0), ("smod", 5)]:
        operator = ALU[name][0]
        code = ["r0 = *(u64 *)(r1 +0)", "r2 = *(u64 *)(r1 +8)", f"w0 {operator} w2", "exit"]
        memory = little_endian(GARBAGE | 5) + " " + little_endian(GARBAGE)
        suite.case(f"{name}32 takes a divisor for zero whose low half is zero", code, memory=memory, r0=result)
        code = ["r0 = *(u64 *)(r1 +0)", "r2 = *(u64 *)(r1 +8)", f"r0 {operator} r2", "exit"]
        divided = ALU[name][1](1 << 40, 1 << 32, 64)
        memory = little_endian(1 << 40) + " " + little_endian(1 << 32)
        suite.case(f"{name}64 does not take a divisor for zero whose low half is zero", code, memory=memory, r0=divided)
    return suite


def moves():
    suite = Suite("mov", "mov, movsx and 64-bit immediates.")
    values = [0, 0x7F, 0x80, 0xFF, 0x7FFF, 0x8000, 0xFFFF, MAX32, MIN32, 0xFFFFFFFF, MAX64, MIN64, (1 << 64) - 1]
    for value in [0x0123456789ABCDEF, (1 << 64) - 1, MIN64]:
        memory = little_endian(value)
        suite.case(f"mov64 {value:#x}", ["r6 = *(u64 *)(r1 +0)", "r0 = r6", "exit"], memory=memory, r0=value)
        code = ["r6 = *(u64 *)(r1 +0)", "r0 = -1", "w0 = w6", "exit"]
        suite.case(f"mov32 {value:#x}", code, memory=memory, r0=unsigned(value, 32))
        code = ["r6 = *(u64 *)(r1 +0)", "w6 = w6", "r0 = r6", "exit"]
        suite.case(f"mov32 {value:#x} onto itself", code, memory=memory, r0=unsigned(value, 32))
    for value in [0, 1, -1, MAX32, -MIN32]:
        suite.case(f"mov64 immediate {value}", [f"r0 = {value}", "exit"], r0=value)
        suite.case(f"mov32 immediate {value}", ["r0 = -1", f"w0 = {value}", "exit"], r0=unsigned(value, 32))
    for width, sizes in [(64, [8, 16, 32]), (32, [8, 16])]:
        p = prefix(width)
        for size in sizes:
            for value in [(1 << (size - 1)) - 1, 1 << (size - 1), (1 << size) - 1, 0]:
                loaded = unsigned(0xA5A5A5A5A5A5A5A5 << size | value, 64)
                code = ["r7 = *(u64 *)(r1 +0)", f"{p}0 = (s{size}){p}7", "exit"]
                result = unsigned(signed(value, size), width)
                suite.case(f"movsx{width} from {size} bits {value:#x}", code, memory=little_endian(loaded), r0=result)
    for value in values[7:] + [1 << 32, 0x0123456789ABCDEF]:
        suite.case(f"64-bit immediate {value:#x}", [f"r0 = {value:#x} ll", "exit"], r0=value)
    code = ["r0 = 5", "if r2 == 0 goto pc+2", "r0 = 0x1122334455667788 ll", "exit"]
    suite.case("a jump counts a 64-bit immediate as two slots", code, r0=5)
    return suite


def byte_swaps():
    suite = Suite("byte-swap", "le, be and bswap of 16, 32 and 64 bits; the rest of the register is cleared.")
    for value in [0x0123456789ABCDEF, 0xFEDCBA9876543210, 0x80]:
        for bits in [16, 32, 64]:
            low = unsigned(value, bits)
            swapped = int.from_bytes(low.to_bytes(bits // 8, "little"), "big")
            for name, result in [("le", low), ("be", swapped), ("bswap", swapped)]:
                x, _ = next(REGISTERS)
                code = [f"r{x} = *(u64 *)(r1 +0)", f"r{x} = {name}{bits} r{x}"] + [f"r0 = r{x}"] * (x != 0) + ["exit"]
                suite.case(f"{name}{bits} {value:#x}", code, memory=little_endian(value), r0=result)
    return suite


def jumps(bits):
    suite = Suite(f"jump{bits}", f"Conditional jumps on {bits} bits: r0 is 1 where the jump is taken, else 0.")
    least, most, ones = 1 << (bits - 1), (1 << (bits - 1)) - 1, (1 << bits) - 1
    p = prefix(bits)
    for name, (operator, model) in COMPARISONS.items():
        pairs = [(5, 5), (5, 6), (6, 5), (ones, 0), (0, ones), (least, most), (most, least)]
        if name == "jset":
            pairs = [(5, 2), (5, 4), (least, least), (ones, 0), (least, most)]
        for a, b in pairs:
            x, y = next(REGISTERS)
            # The other half differs the other way, so that a comparison of the wrong width shows.
            high_a, high_b = (GARBAGE, 1 << 32) if bits == 32 and a <= b else (0, GARBAGE) if bits == 32 else (0, 0)
            code = [f"r{x} = *(u64 *)(r1 +0)", f"r{y} = *(u64 *)(r1 +8)", f"if {p}{x} {operator} {p}{y} goto taken"]
            code += ["r0 = 0", "exit", "taken:", "r0 = 1", "exit"]
            memory = little_endian(high_a | a) + " " + little_endian(high_b | b)
            suite.case(f"{name}{bits} {a:#x} register {b:#x}", code, memory=memory, r0=int(model(a, b, bits)))
        pairs = [(5, 5), (4, 5), (6, 5), (ones, -1), (0xFFFFFFFF, -1), (0, -1), (least, -MIN32), (most, MAX32)]
        if name == "jset":
            pairs = [(5, 2), (5, 4), (1 << (bits - 1), -1), (ones ^ MIN32, -MIN32), (MIN32, MAX32)]
        for a, b in dict.fromkeys(pairs):
            x, _ = next(REGISTERS)
            high = GARBAGE if bits == 32 else 0
            code = [f"r{x} = *(u64 *)(r1 +0)", f"if {p}{x} {operator} {b} goto taken"]
            code += ["r0 = 0", "exit", "taken:", "r0 = 1", "exit"]
            taken = int(model(a, unsigned(b, bits), bits))
            name_ = f"{name}{bits} {a:#x} immediate {b}"
            if name_ not in suite.names:
                suite.case(name_, code, memory=little_endian(high | a), r0=taken)
    return suite


def loads_and_stores():
    suite = Suite("load-store", "Loads and stores of every size, with and without sign extension.")
    data = bytes.fromhex("00112233445566778899aabbccddeeff")
    for size in [8, 16, 32, 64]:
        count = size // 8
        for offset in [0, 7, 16 - count]:
            value = int.from_bytes(data[offset : offset + count], "little") if offset + count <= 16 else 0
            x, _ = next(REGISTERS)
            code = [f"r{x} = -1", f"r{x} = *(u{size} *)(r1 +{offset})"] + [f"r0 = r{x}"] * (x != 0) + ["exit"]
            suite.case(f"u{size} at {offset}", code, memory=data.hex(), r0=value)
            if size < 64:
                code = [f"r0 = *(s{size} *)(r1 +{offset})", "exit"]
                suite.case(f"s{size} at {offset}", code, memory=data.hex(), r0=signed(value, size))
        code = ["r2 = r1", "r2 += 12", f"r0 = *(u{size} *)(r2 -9)", "exit"]
        value = int.from_bytes(data[3 : 3 + count], "little")
        suite.case(f"u{size} at a negative offset", code, memory=data.hex(), r0=value)
        code = [f"r1 = *(u{size} *)(r1 +8)", "r0 = r1", "exit"]
        value = int.from_bytes(data[8 : 8 + count], "little")
        suite.case(f"u{size} over its own base register", code, memory=data.hex(), r0=value)
        for value in [1 << (size - 1), (1 << (size - 1)) - 1] if size < 64 else []:
            code = [f"r0 = *(s{size} *)(r1 +0)", "exit"]
            suite.case(f"s{size} {value:#x}", code, memory=little_endian(value), r0=signed(value, size))
    pattern = 0x0123456789ABCDEF
    for size in [8, 16, 32, 64]:
        count = size // 8
        for offset in [0, 5, 16 - count]:
            after = bytearray(b"\xee" * 16)
            after[offset : offset + count] = unsigned(pattern, size).to_bytes(count, "little")
            x, _ = next(REGISTERS)
            code = [f"r{x} = {pattern:#x} ll", f"*(u{size} *)(r1 +{offset}) = r{x}", "r0 = 0", "exit"]
            suite.case(f"a register to u{size} at {offset}", code, memory="ee" * 16, r0=0, after=after.hex())
        for value in [-1, MAX32, -MIN32, 0, 0x12345678]:
            after = bytearray(b"\xee" * 16)
            after[4 : 4 + count] = unsigned(value, size).to_bytes(count, "little")
            code = [f"*(u{size} *)(r1 +4) = {value}", "r0 = 0", "exit"]
            suite.case(f"immediate {value} to u{size}", code, memory="ee" * 16, r0=0, after=after.hex())
        code = [f"r3 = {pattern:#x} ll", "*(u64 *)(r10 -8) = 0", f"*(u{size} *)(r10 -8) = r3"]
        code += ["r0 = *(u64 *)(r10 -8)", "exit"]
        suite.case(f"u{size} on the stack", code, r0=unsigned(pattern, size))
    return suite


def atomics():
    suite = Suite("atomic", "Atomic operations in both widths; a 32-bit one leaves the bytes behind it alone.")
    models = {
        "add": ("+=", lambda old, operand: old + operand),
        "or": ("|=", lambda old, operand: old | operand),
        "and": ("&=", lambda old, operand: old & operand),
        "xor": ("^=", lambda old, operand: old ^ operand),
    }
    guard = "1122334455667788"
    for bits in [64, 32]:
        function = "atomic64" if bits == 64 else "atomic"
        ones, count = (1 << bits) - 1, bits // 8
        rest = "" if bits == 64 else "a5a5a5a5"
        pattern = 0x0123456789ABCDEF >> (64 - bits)
        high = GARBAGE if bits == 32 else 0

        def memory(value):
            return f"{guard} {little_endian(value, count)}{rest} {guard}"

        for name, (operator, model) in models.items():
            for old, operand in [(pattern, ones), (ones, 1), (1 << (bits - 1), pattern)]:
                new = unsigned(model(old, operand), bits)
                load = f"r3 = {unsigned(high | operand, 64):#x} ll"
                code = [load, f"lock *(u{bits} *)(r1 +8) {operator} r3", "r0 = r3", "exit"]
                suite.case(
                    f"{name}{bits} {operand:#x} to {old:#x}", code, memory=memory(old), r0=high | operand, after=memory(new)
                )
                code = [load, f"r3 = {function}_fetch_{name}((u{bits} *)(r1 +8), r3)", "r0 = r3", "exit"]
                suite.case(
                    f"fetch {name}{bits} {operand:#x} to {old:#x}", code, memory=memory(old), r0=old, after=memory(new)
                )
        for old, new in [(pattern, ones), (ones, 0)]:
            code = [f"r4 = {unsigned(high | new, 64):#x} ll", f"r4 = {function}_xchg((u{bits} *)(r1 +8), r4)"]
            code += ["r0 = r4", "exit"]
            suite.case(f"xchg{bits} {old:#x} for {new:#x}", code, memory=memory(old), r0=old, after=memory(new))
        for old, compared, new in [(pattern, pattern, ones), (pattern, pattern + 1, ones), (ones, ones, 0), (ones, 0, 0)]:
            code = [f"r0 = {unsigned(high | compared, 64):#x} ll", f"r5 = {unsigned(high | new, 64):#x} ll"]
            code += [f"r0 = {function}_cmpxchg((u{bits} *)(r1 +8), r0, r5)", "exit"]
            stored = new if old == compared else old
            name = f"cmpxchg{bits} {old:#x} for {new:#x} where r0 is {compared:#x}"
            suite.case(name, code, memory=memory(old), r0=old, after=memory(stored))
        code = [f"*(u64 *)(r10 -8) = 5", "r2 = 3", f"r2 = {function}_fetch_add((u{bits} *)(r10 -8), r2)"]
        code += ["r0 = *(u64 *)(r10 -8)", "r0 <<= 8", "r0 |= r2", "exit"]
        suite.case(f"fetch add{bits} on the stack", code, r0=0x805)
        code = ["r2 = r1", "r2 += 16", f"r3 = 1", f"lock *(u{bits} *)(r2 -8) += r3", "r0 = 0", "exit"]
        suite.case(f"add{bits} at a negative offset", code, memory=memory(1), r0=0, after=memory(2))
    for size in [8, 16, 32, 64]:
        count = size // 8
        data = "00112233445566778899aabbccddeeff"
        code = ["r0 = -1", f"r0 = load_acquire((u{size} *)(r1 +8))", "exit"]
        value = int.from_bytes(bytes.fromhex(data)[8 : 8 + count], "little")
        suite.case(f"load-acquire u{size}", code, memory=data, r0=value)
        code = ["r0 = -1", f"store_release((u{size} *)(r1 +8), r0)", "exit"]
        after = data[:16] + "ff" * count + data[16 + 2 * count :]
        suite.case(f"store-release u{size}", code, memory=data, r0=-1, after=after)
        code = ["*(u64 *)(r10 -8) = -1", "r6 = 0", f"store_release((u{size} *)(r10 -8), r6)"]
        code += [f"r0 = load_acquire((u64 *)(r10 -8))", "exit"]
        suite.case(f"store-release u{size} on the stack", code, r0=((1 << 64) - 1) >> size << size)
    return suite


if __name__ == "__main__":
    suites = [arithmetic(64), arithmetic(32), shifts(), divisions(), moves(), byte_swaps(), jumps(64), jumps(32)]
    suites += [loads_and_stores(), atomics()]
    for suite in suites:
        print(f"{suite.name}.txt: {suite.write()} cases")
