# SPDX-License-Identifier: GPL-2.0-only
# run --seeds A..B --jobs N, and kickstand compare.
. "$KICKSTAND_SRC/tests/lib.sh"

object=$EXAMPLES/shared.bpf.o

kickstand run "$object" --duration 30ms --seeds 1..6 --jobs 3 --json '{seed}.json' --trace '{seed}.txt'
if [ "$status" = 0 ] && [ "$(head -n 1 out)" = '6 of 6 runs reached their end; the verdict of 6 is ok' ]; then
	pass 'six seeds'
else
	fail 'six seeds' "exit status $status" "$(cat out err)"
fi
same=yes
for seed in 1 4 6; do
	kickstand run "$object" --duration 30ms --seed $seed --quiet --json alone.json --trace alone.txt
	cmp -s alone.json $seed.json && cmp -s alone.txt $seed.txt || same=no
done
if [ $same = yes ]; then pass 'each run is what it is alone'; else fail 'each run is what it is alone'; fi

kickstand run "$object" --duration 30ms --seeds 1..6 --jobs 1 --quiet --json all.json
cp all.json all1.json
kickstand run "$object" --duration 30ms --seeds 1..6 --jobs 6 --quiet --json all.json
{
	echo '['
	for seed in 1 2 3 4 5 6; do
		cat $seed.json
		[ $seed = 6 ] || echo ,
	done
	echo ']'
} >want
if cmp -s all.json want && cmp -s all1.json want; then
	pass 'one file of all, however many at a time'
else
	fail 'one file of all, however many at a time' "$(diff want all.json)"
fi
kickstand run "$object" --duration 30ms --seeds 1..6 --json -
if cmp -s out want && [ "$(head -n 1 err)" = '6 of 6 runs reached their end; the verdict of 6 is ok' ]; then
	pass 'on standard output'
else
	fail 'on standard output' "$(cat err)"
fi

kickstand run "$object" --duration 30ms --seeds 1..6
python3 - <<'END' >want 2>&1
import json
runs = json.load(open("all.json"))
rows = {}
for n, run in enumerate(runs):
    rows.setdefault("switches", []).append(run["switches"])
    for g in run["groups"]:
        rows.setdefault(f"groups.{g['name']}.queue_wait_ns.max", []).append(g["queue_wait_ns"]["max"])
for line in open("out"):
    word = line.split()
    if word and word[0] in rows:
        v = rows.pop(word[0])
        want = "all" if min(v) == max(v) else str(v.index(max(v)) + 1)
        assert len(v) == 6 and word[4] == want, (line, v)
        if word[0] == "switches":
            assert word[1:4] == [str(x) for x in (sorted(v)[3], min(v), max(v))], (line, v)
assert not [p for p, v in rows.items() if any(v)], rows
END
if [ "$status" = 0 ] && [ ! -s want ] && grep -Eq '^over the seeds +median +least +most +in seed$' out &&
	! grep -Eq ' 0 +0 +0' out; then
	pass 'the spread over the seeds, and which seed is the most'
else
	fail 'the spread over the seeds, and which seed is the most' "$(cat want out)"
fi
kickstand run "$TEST_OBJECTS/lost.bpf.o" --cpus 4 --duration 600ms --seeds 4..5
if grep -q '^2 of 2 runs reached their end; the verdict of 0 is ok, not of seeds 4, 5$' out; then
	pass 'the seeds whose verdict is not ok are named'
else
	fail 'the seeds whose verdict is not ok are named' "$(head -n 3 out)"
fi
kickstand run "$object" --duration 5ms --seeds 1..2 --quiet
if [ "$status" = 0 ] && [ ! -s out ]; then pass 'quiet: nothing'; else fail 'quiet: nothing' "$(cat out)"; fi
kickstand run "$object" --duration 5ms --seeds 3..3
if [ "$(cat out)" = '1 of 1 runs reached their end' ]; then pass 'one seed has no spread'; else fail 'one seed has no spread' "$(cat out)"; fi

kickstand run "$TEST_OBJECTS/faults.bpf.o" --duration 30ms --seeds 1..2 --set no_such=1
if [ "$status" = 2 ] && [ "$(grep -c '^seed [12]: kickstand: ' err)" = 2 ] &&
	[ "$(cat out)" = '0 of 2 runs reached their end' ]; then
	pass 'each says why'
else
	fail 'each says why' "exit status $status" "$(cat out err)"
fi
if [ -n "$(find . -name '*.tmp')" ]; then fail 'nothing left behind' "$(ls)"; else pass 'nothing left behind'; fi

refused 'a range that is none' '--seeds 5..1: A..B is due' run "$object" --seeds 5..1
refused 'half a range' '--seeds 5: A..B is due' run "$object" --seeds 5
refused 'no jobs' '--jobs 0: a number' run "$object" --seeds 1..2 --jobs 0
refused 'a trace of many' 'the name needs a {seed}' run "$object" --seeds 1..2 --trace t.txt

kickstand run "$object" --duration 30ms --quiet --kernel 6.12 --json old.json
kickstand compare all.json old.json
if [ "$status" = 0 ] && grep -Eq '^runs +6 +1$' out && grep -Eq '^kernel +7\.3 +6\.12$' out &&
	grep -Eq '^switches +[0-9]+ \[[0-9]+\.\.[0-9]+\] +[0-9]+( |$)' out && ! grep -q '^duration_ns' out &&
	grep -Eq '^groups\.sleeper-\*\.wakeup_latency_ns\.p99 +[0-9.]+[mu]?s \[' out; then
	pass 'compare: what differs'
else
	fail 'compare: what differs' "exit status $status" "$(cat err out)"
fi
cp old.json again.json
kickstand compare --all old.json again.json
if [ "$status" = 0 ] && grep -Eq '^duration_ns +30\.00ms +30\.00ms$' out; then
	pass 'compare: --all'
else
	fail 'compare: --all' "$(cat err)"
fi
echo '{' >broken.json
echo '{ "schema": 7 }' >foreign.json
echo '[]' >none.json
refused 'compare: no JSON' 'broken.json: line ' compare old.json broken.json
refused 'compare: no summary' 'foreign.json: this is no summary' compare foreign.json
refused 'compare: no runs' 'none.json: this is no summary' compare none.json
refused 'compare: no file' 'no.json: cannot be read: No such file' compare no.json
refused 'compare: nothing' 'a file of run --json is missing' compare
plan
