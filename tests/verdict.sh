# SPDX-License-Identifier: GPL-2.0-only
# The verdict in the summary, in JSON and in the exit status; the provenance wherever a run
# says what it was; what compare says of runs that do not fit. Which findings there are is in
# scenarios/verdict/.
. "$KICKSTAND_SRC/tests/lib.sh"

lost=$TEST_OBJECTS/lost.bpf.o
good=$EXAMPLES/shared.bpf.o

# says NAME STATUS PATTERN FILE [PATTERN FILE...]
says() {
	name=$1 want=$2
	shift 2
	[ "$status" = "$want" ] || {
		fail "$name" "exit status $status, not $want" "$(cat err)"
		return
	}
	while [ $# -gt 0 ]; do
		grep -qE -- "$1" "$2" || {
			fail "$name" "'$1' is not in $2:" "$(cat "$2")"
			return
		}
		shift 2
	done
	pass "$name"
}

# ---- findings by kind ----

KICKSTAND_OBJECTS=$TEST_OBJECTS
export KICKSTAND_OBJECTS
scenarios_hold "$KICKSTAND_SRC"/tests/scenarios/verdict/*.json

# ---- a run ----

kickstand run "$lost" --cpus 4 --json lost.json
mv out lost.txt
says 'a lost task: it is named, with queue, program and idle CPUs' 0 \
	'^verdict: not ok$' lost.txt \
	'^  starvation: [a-z]+-[0-9]+\[[0-9]+\] has been waiting for (99[0-9]|1000) ms since .* in DSQ 0x7, where lost_enqueue\(\) put it on CPU [0-9]: CPU.* idled [0-9]+ % of it, CPUs? .* ran hog-' lost.txt \
	'^  idle_beside_work: CPU.* idled beside work for [0-9.]+ % of all CPU time; longest CPU' lost.txt
says 'a lost task: JSON' 0 '"ok": false' lost.json '"kind": "starvation"' lost.json \
	'"dsq": "0x7"' lost.json '"kind": "idle_beside_work"' lost.json
kickstand run "$lost" --cpus 4 --quiet --strict
says '--strict: exit status 1 and a line' 1 '^kickstand: the verdict is not ok: .*starvation.*idle_beside_work' err
kickstand run "$lost" --cpus 4 --seeds 1..2 --quiet --strict --jobs 1
says '--strict: with seeds' 1 '^seed 2: kickstand: the verdict is not ok' err
kickstand run "$lost" --cpus 4 --kernel 6.12 --strict --quiet
says '--strict: Linux 6.12' 1 'starvation' err
kickstand run "$lost" --cpus 2 --duration 60s --quiet --strict --json gone.json
says 'an ejected run is not ok, and its status is 4' 4 '"ok": false' gone.json '"kind": "ejected"' gone.json \
	"scheduler 'lost' was ejected at 4[56]\.[0-9]+ s: runnable task stall" gone.json
kickstand run "$good" --strict --json good.json
says '--strict: a run in order' 0 '^verdict: ok$' out '"findings": \[\]' good.json
kickstand run "$good" --cpus 2 --workload spin:tasks=6 --starvation 5ms --strict
says '--starvation: what is said counts' 1 'starvation: spin-' out 'verdict is not ok: starvation' err
if [ -f "$KICKSTAND_BUILD/libkickstand-preload.so" ]; then
	kickstand exec --strict --quiet -- "$LOADER" "$good"
	says 'exec: --strict of a run in order' 0
	kickstand exec --strict --quiet -- "$LOADER" "$lost"
	says 'exec: --strict' 1 'verdict is not ok: .*starvation' err
	kickstand exec --strict --quiet -- true
	says 'exec: --strict, and nothing is judged' 2 'no scheduler, so nothing was judged' err
else
	skip 'exec: --strict' 'built without libkickstand-preload.so (ThreadSanitizer)'
fi

# ---- it changes nothing ----

kickstand run "$good" --cpus 4 --duration 50ms --hash --json h1.json --quiet
kickstand run "$good" --cpus 4 --duration 50ms --hash --json h2.json --quiet --starvation 1ms
if [ "$(grep trace_hash h1.json)" = "$(grep trace_hash h2.json)" ]; then
	pass 'the hash is the same, whatever is judged'
else
	fail 'the hash is the same, whatever is judged' "$(grep trace_hash h1.json h2.json)"
fi

# ---- a scenario ----

cat >lost.json5 <<'EOF'
{"object": "judged.bpf.o", "cpus": 2, "duration": "700ms", "set": {"wrong": "WRONG_KEPT"},
 "tasks": [{"comm": "kept", "policy": "ext", "phases": [{"run": "forever"}]}], "expect": {EXPECT}}
EOF
# expects NAME STATUS EXPECT PATTERN
expects() {
	sed "s/EXPECT/$3/" lost.json5 >s.json
	kickstand test s.json
	cat out err >both
	says "scenario: $1" "$2" "$4" both
}
expects 'starvation fails it' 1 '' "seen: 'starvation: kept\["
expects 'any' 0 '"verdict": "any"' '^ok'
expects 'ok' 1 '"verdict": "ok"' "expected: 'ok'"
expects 'a kind that is found' 0 '"verdict": {"kinds": ["starvation"]}' '^ok'
expects 'another kind, and starvation' 1 '"verdict": {"kinds": ["kick_storm"]}' "expected: 'kick_storm'"
expects 'ok is not' 0 '"verdict": {"ok": false}' '^ok'
expects 'a kind that there is not' 2 '"verdict": {"kinds": ["starvatoin"]}' "no kind 'starvatoin'.*did you mean 'starvation'"
expects 'no kinds' 2 '"verdict": {"kinds": []}' "'kinds' must be a list"
expects 'a word that there is not' 2 '"verdict": "good"' '"any", "ok" or an object'
expects 'a threshold without a unit' 2 '"verdict": {"starvation": "5"}' 'starvation'
expects 'a key that there is not' 2 '"verdict": {"all": 1}' "unknown key 'all'"

# ---- provenance ----

sum=$(sha256sum "$good" | cut -d' ' -f1)
kickstand run "$good" --cpus 2 --duration 5ms --workload spin --set kick=0 --json p.json --trace p.txt \
	--html p.html --svg p.svg --window 1ms..3ms
mv out p.out
says 'provenance: summary' 0 '^kickstand [0-9.]+, object shared.bpf.o, workload spin, topology 1n1l2c1t, --duration 5ms --set kick=0$' p.out
says 'provenance: JSON' 0 '"object": "shared.bpf.o"' p.json "\"object_sha256\": \"$sum\"" p.json \
	'"scheduler": "shared"' p.json '"workload": "spin"' p.json '"topology": "1n1l2c1t"' p.json \
	'"options": "--duration 5ms --set kick=0"' p.json '"version": "[0-9.]+"' p.json
says 'provenance: text trace' 0 '^# run object shared.bpf.o$' p.txt "^# run object_sha256 $sum\$" p.txt \
	'^# run workload spin$' p.txt '^# run options --duration 5ms --set kick=0$' p.txt
python3 "$KICKSTAND_SRC/tests/html_data.py" p.html meta run | tr -d ' \n' >page.run
says 'provenance: page' 0 '\["object","shared.bpf.o"\].*\["scheduler","shared"\],\["workload","spin"\]' page.run
says 'provenance: picture' 0 '<title>.*object shared.bpf.o.*workload spin.*</title>' p.svg
kickstand explain p.txt
says 'provenance: a trace with it is read' 0 . out
cp p.txt q.txt
echo '# run' >>q.txt
sed -i 's/^# run object .*/# run /' q.txt
kickstand explain q.txt
says 'provenance: a line without a key' 2 "'# run KEY VALUE' is due" err

# ---- compare ----

kickstand run "$good" --cpus 2 --duration 5ms --workload spin --json same.json --quiet
kickstand run "$good" --cpus 4 --duration 10ms --json other.json --quiet
kickstand compare p.json same.json
says 'compare: an option is what is compared' 0 '^provenance.options .*--set kick=0' out
[ -s err ] && fail 'compare: and no warning' "$(cat err)" || pass 'compare: and no warning'
kickstand compare p.json other.json
says 'compare: what does not fit is named' 0 \
	'^kickstand: warning: p.json and other.json are not comparable: other workload \(spin, mixed\), topology \(1n1l2c1t, 1n1l4c1t\), cpus \(2, 4\), duration_ns' err

plan
