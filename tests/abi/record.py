#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""The facts of real kernels' BTF as one table, for tests/types.sh.

    record.py TYPES DIR >kernels.tsv; xz -9e kernels.tsv

TYPES is build/tests/types, DIR holds linux-RELEASE.btf or .btf.xz. A row is kind, name,
value, and a letter for each kernel of the first line: y has it, - has not. Members are
those that some profile has by that name; the rest of the kernels' types is no use here.
"""
import lzma
import os
import subprocess
import sys
import tempfile


def facts(types, *args):
    out = subprocess.run([types, *args], check=True, capture_output=True, text=True).stdout
    return [tuple(line.split("\t")) for line in out.splitlines()]


def version(release):
    return [int(n) for n in release.split(".")]


def main():
    types, folder = sys.argv[1:]
    files = {}
    for name in os.listdir(folder):
        if name.startswith("linux-") and ".btf" in name:
            files[name[len("linux-"):name.index(".btf")]] = os.path.join(folder, name)
    kernels = sorted(files, key=version)
    listing = subprocess.run([os.path.join(os.path.dirname(types), "..", "kickstand"), "kernels"],
                             check=True, capture_output=True, text=True).stdout
    ours = set()
    for line in listing.splitlines():
        ours |= {(k, n) for k, n, _ in facts(types, line.split()[0]) if k == "member"}
    table = {}
    for i, release in enumerate(kernels):
        path = files[release]
        with tempfile.NamedTemporaryFile() as raw:
            if path.endswith(".xz"):
                raw.write(lzma.open(path).read())
                raw.flush()
                path = raw.name
            for fact in facts(types, "--real", path):
                if fact[0] == "member" and fact[:2] not in ours:
                    continue
                table.setdefault(fact, ["-"] * len(kernels))[i] = "y"
    print("kind", "name", "value", " ".join(kernels), sep="\t")
    for fact in sorted(table):
        print(*fact, "".join(table[fact]), sep="\t")


main()
