#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""
An object whose types go on and on: chains in its BTF that are as long as BTF allows, that
come back to where they began, or that branch at each step.

    chains.py NR OBJECT VARIABLE    each chain of NR types, put in each of the places where types
                                    are walked: the variable's, a map's value, a parameter, a
                                    relocation

The environment says what is tested: KICKSTAND, as strangers.py has it, whose judgement it is.
Works in the current folder; what failed is left there.
"""
import os
import struct
import sys

import strangers

PTR, ARRAY, STRUCT, TYPEDEF, VOLATILE, CONST, FUNC, PROTO, VAR, TYPE_TAG = 2, 3, 4, 8, 9, 10, 12, 13, 14, 18
INT = 1
WORDS_BEHIND = {1: 1, 3: 3, 14: 1, 17: 1}	# kind: 32-bit words behind the three of each type
WORDS_EACH = {4: 3, 5: 3, 6: 2, 13: 2, 15: 3, 19: 3}	# and for each of its vlen parts
FAN = 64


def a_type(kind, refers, vlen=0, words=(), name=0):
    return struct.pack("<III", name, kind << 24 | vlen, refers) + struct.pack("<%dI" % len(words), *words)


def one(kind):
    """a chain of types that are nothing but the next one"""
    return lambda nxt, size, name: a_type(kind, nxt, name=name if kind in (TYPEDEF, TYPE_TAG) else 0)


def struct_of_one(nxt, size, name):
    return a_type(STRUCT, size, 1, (name, nxt, 0), name)


def array_of_one(nxt, size, name):
    return a_type(ARRAY, 0, words=(nxt, INT, 1))


def proto_of_next(nxt, size, name):
    return a_type(PROTO, nxt, 1, (name, nxt))


def wide(nxt, size, name):
    return a_type(STRUCT, 8 * FAN, FAN, sum(((name, nxt, 64 * i) for i in range(FAN)), ()), name)


# what the links are, in turn
CHAINS = {
    "pointers": (one(PTR),), "const": (one(CONST),), "typedefs": (one(TYPEDEF),), "tags": (one(TYPE_TAG),),
    "structs": (struct_of_one,), "arrays": (array_of_one,), "tagged pointers": (one(PTR), one(TYPE_TAG)),
    "functions": (one(PTR), proto_of_next), "linked structs": (one(PTR), struct_of_one),
    "pointers to arrays": (one(PTR), array_of_one), "branches": (one(PTR), wide),
    "pointers to typedefs": (one(PTR), one(TYPEDEF), one(CONST), one(VOLATILE)),
}
ENDS = ("end", "ring")
PLACES = ("variable", "value", "parameter", "relocation")


class Btf:
    def __init__(self, data):
        self.header = list(struct.unpack_from("<HBBIIIII", data))
        _, _, _, length, type_off, type_len, str_off, str_len = self.header
        self.types = bytearray(data[length + type_off:length + type_off + type_len])
        self.strings = data[length + str_off:length + str_off + str_len]
        self.at = [None]	# where each type is
        at = 0
        while at < len(self.types):
            self.at.append(at)
            info, = struct.unpack_from("<I", self.types, at + 4)
            kind, vlen = info >> 24 & 31, info & 0xffff
            at += 12 + 4 * (WORDS_BEHIND.get(kind, 0) + WORDS_EACH.get(kind, 0) * vlen)

    def word(self, at, value=None):
        if value is not None:
            struct.pack_into("<I", self.types, at, value)
        return struct.unpack_from("<I", self.types, at)[0]

    def kind(self, id):
        return self.word(self.at[id] + 4) >> 24 & 31 if id else 0

    def vlen(self, id):
        return self.word(self.at[id] + 4) & 0xffff

    def name(self, id):
        off = self.word(self.at[id])
        return self.strings[off:self.strings.index(b"\0", off)].decode()

    def ids(self, kind):
        return [i for i in range(1, len(self.at)) if self.kind(i) == kind]

    def append(self, links, nr, end):
        """a chain of @nr types; the id of its first"""
        first, an_int = len(self.at), next(i for i in self.ids(INT) if self.word(self.at[i] + 8) == 8)
        name = self.strings.index(b"int\0")
        for i in range(nr):
            nxt = first + i + 1 if i + 1 < nr else first if end == "ring" else an_int
            self.at.append(len(self.types))
            self.types += links[i % len(links)](nxt, 8, name)
        return first

    def pack(self):
        h = self.header
        h[4], h[5], h[6], h[7] = 0, len(self.types), len(self.types), len(self.strings)
        return struct.pack("<HBBIIIII", *h) + self.types + self.strings


def put(btf, ext, place, variable, first):
    """the chain at @first, where @place says; .BTF.ext, or None: there is no such place"""
    if place == "variable":
        var = next(i for i in btf.ids(VAR) if btf.name(i) == variable)
        btf.word(btf.at[var] + 8, first)
    elif place == "value":
        for i in btf.ids(STRUCT):
            for m in range(btf.vlen(i)):
                at = btf.at[i] + 12 + 12 * m
                off = btf.word(at)
                if btf.strings[off:off + 6] == b"value\0" and btf.kind(btf.word(at + 4)) == PTR:
                    btf.word(btf.at[btf.word(at + 4)] + 8, first)
    elif place == "parameter":
        for func in btf.ids(FUNC):
            proto = btf.word(btf.at[func] + 8)
            if btf.vlen(func) == 2:	# a kfunc, which only has to be the kernel's
                continue
            for p in range(btf.vlen(proto)):
                btf.word(btf.at[proto] + 12 + 8 * p + 4, first)
    else:
        off, length = struct.unpack_from("<II", ext, 24) if len(ext) >= 32 else (0, 0)
        length or sys.exit("the object has no relocation")
        at = struct.unpack_from("<I", ext, 4)[0] + off + 4	# behind the size of a record
        nr, = struct.unpack_from("<I", ext, at + 4)
        for i in range(nr):
            struct.pack_into("<I", ext, at + 8 + 16 * i + 4, first)
    return ext


class Elf:
    def __init__(self, data):
        self.data = bytearray(data)
        self.table, = struct.unpack_from("<Q", data, 40)
        nr, names = struct.unpack_from("<HH", data, 60)
        text, = struct.unpack_from("<Q", data, self.table + 64 * names + 24)
        self.header = {}
        for i in range(nr):
            at = self.table + 64 * i
            off = text + struct.unpack_from("<I", data, at)[0]
            self.header[bytes(data[off:data.index(b"\0", off)]).decode()] = at

    def section(self, name):
        off, size = struct.unpack_from("<QQ", self.data, self.header[name] + 24)
        return bytearray(self.data[off:off + size])

    def replace(self, name, content):
        self.data += bytes(-len(self.data) % 8)
        struct.pack_into("<QQ", self.data, self.header[name] + 24, len(self.data), len(content))
        self.data += content


def told(tally, *more):
    """as strangers.run() has it; usage may be refused, too"""
    args = [os.environ["KICKSTAND"]] + list(more)
    status, out, err = strangers.ended(args)
    refused = status == 2 and err.startswith(b"kickstand: ")
    return tally.count(args, status, err, None if refused else strangers.wrong(status, out, err))


def main(argv):
    if len(argv) != 4:
        sys.exit(__doc__)
    tally = strangers.Tally()
    with open(argv[2], "rb") as f:
        data = f.read()
    for place in PLACES:
        for chain, links in CHAINS.items():
            for end in ENDS:
                elf = Elf(data)
                btf, ext = Btf(elf.section(".BTF")), elf.section(".BTF.ext")
                ext = put(btf, ext, place, argv[3], btf.append(links, int(argv[1]), end))
                elf.replace(".BTF", btf.pack())
                elf.replace(".BTF.ext", ext)
                path = ("%s_%s_%s.bpf.o" % (place, chain, end)).replace(" ", "_")
                with open(path, "wb") as f:
                    f.write(elf.data)
                good = bool(strangers.run(tally, path, strangers.KERNELS[-1]))
                good &= told(tally, "inspect", path, *(("--json",) if end == "ring" else ()))
                good &= told(tally, "run", path, "--duration", "4ms", "--kernel", strangers.KERNELS[0], "--set",
                             argv[3] + "=1")
                tally.object_done(path, not good)
    return tally.show("types that go on")


if __name__ == "__main__":
    sys.exit(main(sys.argv))
