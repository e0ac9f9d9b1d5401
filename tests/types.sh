#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Each profile's types against the real kernel's (abi/kernels.tsv): every kfunc with its
# prototype and tag, every enumerator's value, the ops in order, every member, function and
# tracepoint that the profile has. What differs stands in abi/left-out.tsv. Prints TAP.
# Run from the build directory.
src=$(cd "$(dirname "$0")" && pwd)
exec python3 - "${TYPES:-tests/types}" "$src/abi/kernels.tsv" "$src/abi/left-out.tsv" <<'END'
import subprocess
import sys

types, table, left_out = sys.argv[1:]
rows = [line.rstrip("\n").split("\t") for line in open(table)]
kernels = rows.pop(0)[3].split()
excuses = []
for line in open(left_out):
    if not line.startswith("#"):
        row = line.rstrip("\n").split("\t")
        assert len(row) == 5 and row[4], f"{left_out}: {line}"
        excuses.append(row)
used = set()


def excused(release, side, fact):
    for i, (of, which, kind, name, _) in enumerate(excuses):
        if (of == "*" or release in of.split()) and which == side and kind == fact[0] and \
           (fact[1] == name or name.endswith("*") and fact[1].startswith(name[:-1])):
            used.add(i)
            return True
    return False


n = failed = 0


def tell(ok, name, lines=()):
    global n, failed
    n += 1
    failed |= not ok
    print("ok" if ok else "not ok", n, "-", name)
    for line in lines:
        print("#", line)


for i, release in enumerate(kernels):
    real = {tuple(r[:3]) for r in rows if r[3][i] == "y"}
    out = subprocess.run([types, release], check=True, capture_output=True, text=True).stdout
    ours = {tuple(line.split("\t")) for line in out.splitlines()}
    bad = [f"only ours: {' '.join(f)}" for f in sorted(ours - real)
           if not excused(release, "ours", f)]
    # a kernel's other members and functions are none of ours
    bad += [f"only the kernel's: {' '.join(f)}" for f in sorted(real - ours)
            if f[0] in ("kfunc", "enum", "order") and not excused(release, "missing", f)]
    bad += [f"only the kernel's: {' '.join(f)}" for f in sorted(real - ours)
            if f[0] in ("func", "tp", "var", "member") and
            f[:2] not in {g[:2] for g in ours} and not excused(release, "missing", f)]
    tell(not bad and len(ours) > 1000, f"{release}: {len(ours)} facts", bad)
tell(len(used) == len(excuses), "every excuse is needed",
     [" ".join(e) for i, e in enumerate(excuses) if i not in used])
print(f"1..{n}")
sys.exit(failed)
END
