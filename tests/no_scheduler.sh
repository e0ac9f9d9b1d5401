# SPDX-License-Identifier: GPL-2.0-only
# run --scheduler none: the kernel's own classes, as the baseline of a comparison.
. "$KICKSTAND_SRC/tests/lib.sh"

object=$EXAMPLES/shared.bpf.o

kickstand run --scheduler none --duration 200ms --json none.json --trace none.txt
if [ "$status" = 0 ] && grep -q '^no scheduler was enabled$' out && grep -q '^verdict: ok$' out &&
	grep -q 'hog-' out && ! grep -q 'next_class=ext' none.txt && grep -q 'next_class=fair' none.txt; then
	pass 'a workload under the fair class'
else
	fail 'a workload under the fair class' "exit status $status" "$(cat out err)"
fi
kickstand run --scheduler none --duration 200ms --json again.json --quiet
if cmp -s none.json again.json; then pass 'twice the same'; else fail 'twice the same'; fi

if python3 - none.json <<'PY'; then pass 'JSON: no scheduler, and everybody ran'; else fail 'JSON: no scheduler, and everybody ran'; fi
import json, sys
s = json.load(open(sys.argv[1]))
assert s["scheduler"] is None and s["exit"]["kind"] == "none" and not s["ops"].get("enqueue")
assert s["provenance"]["object"] is None and "--scheduler none" in s["provenance"]["options"]
assert s["tasks"] and all(t["runtime_ns"] for t in s["tasks"] if t["comm"].startswith("hog"))
PY

kickstand run "$object" --duration 200ms --json mine.json --quiet
kickstand compare none.json mine.json
if [ "$status" = 0 ] && [ ! -s err ] && grep -q '^switches' out; then
	pass 'what a comparison begins with'
else
	fail 'what a comparison begins with' "exit status $status" "$(cat out err)"
fi
kickstand run --scheduler none --duration 20ms --seeds 1..3
if [ "$status" = 0 ] && grep -q '^3 of 3 runs reached their end; the verdict of 3 is ok$' out; then
	pass 'of several seeds'
else
	fail 'of several seeds' "exit status $status" "$(cat out err)"
fi

refused 'another name' "only 'none' can be said" run --scheduler eevdf
refused 'an object, too' 'one argument too many' run --scheduler none "$object"
refused 'a schedule of an object' 'schedule.*are for one' run --scheduler none --schedule x.json
refused 'what is for an object' '--set.*are for one' run --scheduler none --set a=1
cat >w.json <<'JSON'
{"name": "w", "object": "scenario.bpf.o", "ops": "nowhere", "set": {"nope": 1}, "assert": "nope < 1", "duration": "10ms",
 "tasks": [{"comm": "w", "phases": [{"run": "forever"}]}], "emit": ["tasks.w.class", "tasks.w.policy"],
 "expect": {"tasks.w.runtime_ns": ">9900000", "tasks.w.class": "fair"}}
JSON
kickstand test --scheduler none --emit emitted.jsonl w.json
if [ "$status" = 0 ] && grep -q '"tasks.w.class": *"fair"' emitted.jsonl; then
	pass 'a scenario without its object'
else
	fail 'a scenario without its object' "exit status $status" "$(cat out err emitted.jsonl)"
fi
sed 's/"tasks.w.class": "fair"/"map": {"m": 1}/' w.json >m.json
kickstand test --scheduler none m.json
if [ "$status" != 0 ] && grep -q "m.json:3:[0-9]*: .*'m'" out; then
	pass 'what refers to its maps is refused by its place'
else
	fail 'what refers to its maps is refused by its place' "exit status $status" "$(cat out err)"
fi
refused 'test: another name' "only 'none' can be said" test --scheduler eevdf w.json
refused 'test: an object, too' 'say one of them' test --scheduler none --object x.bpf.o w.json
plan
