#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# `kickstand inspect`: what it says of objects that can run and of those that cannot.
. "$KICKSTAND_SRC/tests/lib.sh"

# says NAME STATUS TEXT ARGS...: inspect ARGS exits with STATUS and prints a line with TEXT
says() {
	name=$1 want=$2 text=$3
	shift 3
	kickstand inspect "$@"
	if [ "$status" = "$want" ] && grep -qF -- "$text" out; then
		pass "$name"
	else
		fail "$name" "status $status, '$text' is not in:" "$(cat out err)"
	fi
}

plain=$TEST_OBJECTS/plain.bpf.o
says 'an object that runs' 0 'can run' "$plain"
says 'its callbacks' 0 'ops        ' "$TEST_OBJECTS/vtime.bpf.o"
says 'its kfuncs' 0 'scx_bpf_create_dsq' "$TEST_OBJECTS/vtime.bpf.o"
says 'a kfunc of the other kernel' 0 'absent on 6.12: ' "$TEST_OBJECTS/vtime.bpf.o" --kernel 6.12
says 'a kfunc that nobody has' 3 'not modelled: ' "$TEST_OBJECTS/bad_kfunc.bpf.o"
says 'and that it is needed' 3 'NEEDED' "$TEST_OBJECTS/bad_kfunc.bpf.o"
says 'a field that nobody has' 3 'not modelled: ' "$TEST_OBJECTS/bad_field.bpf.o"
says 'and that it does not load' 3 'cannot run' "$TEST_OBJECTS/bad_field.bpf.o"
says 'a field that nobody has, within another' 3 'not modelled: sched_ext_entity.no_such_field' \
	"$TEST_OBJECTS/bad_chain.bpf.o"
says 'a weak kfunc that nobody asks for' 3 'cannot run' "$TEST_OBJECTS/bad_weak.bpf.o"
says 'a program that cannot be attached' 3 'cannot run' "$TEST_OBJECTS/probes.bpf.o"
says 'and an object that can run without it' 0 'can run' "$TEST_OBJECTS/probes.bpf.o" \
	--programs 'probe_*=false'
says 'JSON of what cannot run' 3 '"reason": "bad_weak.bpf.o: cannot be loaded' \
	"$TEST_OBJECTS/bad_weak.bpf.o" --json
says 'what a loader sets' 0 'limit=0' "$TEST_OBJECTS/setup.bpf.o"
says 'what a loader fills' 0 '--set-map  ' "$TEST_OBJECTS/setup.bpf.o"
says 'what a loader runs' 0 '--run-prog fill' "$TEST_OBJECTS/setup.bpf.o"
says 'JSON' 0 '"runs": true' "$plain" --json

kickstand kernels
cp out list
kickstand kernels --facts
cp out facts
kickstand kernels 6.18 7.0
cp out two
kickstand kernels --json
cp out all.json
kickstand kernels 6.18 7.0 --json
cp out two.json
kickstand kernels "$plain"
cp out object
kickstand kernels "$plain" --json
if [ "$status" = 0 ] && python3 - >log 2>&1 <<'END'
import json

every, two, obj = (json.load(open(f)) for f in ("all.json", "two.json", "out"))
names = [k["name"] for k in every["kernels"]]
rows = [line.split() for line in open("list")]
assert [r[0] for r in rows] == names and len(names) > 10, names
assert [k["release"] for k in every["kernels"]] == [r[2] for r in rows]
assert [k["name"] for k in every["kernels"] if k["default"]] == \
    [r[0] for r in rows if "default)" in r] == ["7.3"]
assert [k["name"] for k in every["kernels"] if k["preview"]] == ["7.4"]
assert [k["name"] for k in two["kernels"]] == ["6.18", "7.0"]
heads = {"behaviours": "behaviour", "kfuncs": "kfuncs", "enumerators": "enumerators",
         "types": "types and members"}

def read(path):
    """heading -> name -> the lines below it, of the writing for people"""
    parts, names, lines = {}, {}, []
    for line in open(path):
        line = line.rstrip("\n")
        if line.startswith("    "):
            lines.append(line.strip())
        elif line.startswith("  "):
            lines = names.setdefault(line.strip().split(": ")[0], [])
        elif line in heads.values():
            names = parts.setdefault(line, {})
    return parts

def shown(v):
    return {True: "yes", False: "no", None: "-"}.get(v, str(v)) if v is None or v is True or v is False else str(v)

for d, text in (every, read("facts")), (two, read("two")), (obj, read("object")):
    for key, heading in heads.items():
        told = text.get(heading, {})
        assert [e["name"] for e in d[key]] == list(told), (key, set(told) ^ {e["name"] for e in d[key]})
        for e in d[key]:
            assert key != "behaviours" or e["text"], e
            kernels = [k["name"] for k in d["kernels"]]
            values = {shown(e[k]) if k in e else "yes" if k in e.get("kernels", ()) else "-"
                      for k in kernels}
            assert {line.split(None, 3)[-1] if " to " in line else line.split(None, 1)[1]
                    for line in told[e["name"]]} == values, (e, told[e["name"]])
            assert len(values) > 1, e
assert obj["object"] and len(obj["kfuncs"]) < len(every["kfuncs"])
assert len(two["behaviours"]) < len(every["behaviours"])
END
then pass 'kernels as JSON'; else fail 'kernels as JSON' "$(cat err log)"; fi

# What it says is what loading does: every object that there is, on the oldest and the newest kernel.
kickstand kernels --json
kernels=$(python3 -c 'import json; k = [k["name"] for k in json.load(open("out"))["kernels"]]; print(k[0], k[-1])')
apart=
n=0
for object in "$TEST_OBJECTS"/*.bpf.o "$EXAMPLES"/*.bpf.o "$KICKSTAND_BUILD"/kernel-schedulers/*/*.bpf.o; do
	[ -f "$object" ] || continue
	for v in $kernels; do
		kickstand inspect "$object" --kernel "$v"
		inspected=$status why=$(tail -n 1 err)
		grep -q 'cannot run$' out && [ "$inspected" = 0 ] && inspected='0 and cannot run'
		kickstand run "$object" --kernel "$v" --duration 1ns --workload spin:tasks=1 --quiet
		n=$((n + 1))
		[ "$status" != 4 ] || [ "$inspected" = 4 ] || status=0	# of the run itself
		[ "$status" = 3 ] || why=
		[ "$inspected" = "$status" ] && { [ -z "$why" ] || grep -qxF -- "$why" err; } ||
			apart="$apart ${object##*/}@$v:$inspected/$status"
	done
done
if [ -z "$apart" ] && [ $n -gt 40 ]; then pass 'says what run says'; else
	fail 'says what run says' "$n tried, apart:$apart"; fi

widest=$("$KICKSTAND" inspect "$plain" | awk '{ if (length > n) n = length } END { print n }')
if [ "$widest" -le 100 ]; then pass 'fits a screen'; else fail 'fits a screen' "$widest columns"; fi
plan
