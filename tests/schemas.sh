# SPDX-License-Identifier: GPL-2.0-only
# The JSON Schema files fit what is there, and refuse what the readers refuse.
. "$KICKSTAND_SRC/tests/lib.sh"

if ! python3 -c 'import jsonschema' 2>/dev/null; then
	echo '1..0 # SKIP python3-jsonschema is not installed'
	exit
fi

# judged NAME ARGS...: what schemas.py says of all is one case here
judged() {
	name=$1
	shift
	if python3 "$KICKSTAND_SRC/tests/schemas.py" "$KICKSTAND_SRC" "$@" >said 2>&1; then
		pass "$name"
	else
		fail "$name" "$(grep -A 2 -v '^ok' said)"
	fi
}

# summary NAME STATUS ARGS...: a run's summary fits
summary() {
	name=$1 want=$2
	shift 2
	rm -f s.json
	kickstand run "$@" --quiet --json s.json
	if [ "$status" != "$want" ]; then
		fail "$name" "exit status $status" "$(tail -n 3 err)"
	else
		judged "$name" summary s.json
	fi
}

judged 'every file of the repository, and wrong ones'

lost=$TEST_OBJECTS/lost.bpf.o faults=$TEST_OBJECTS/faults.bpf.o shared=$EXAMPLES/shared.bpf.o
for kernel in 6.12 7.3; do
	summary "$kernel: a run with its hash" 0 "$shared" --kernel $kernel --cpus 2 --duration 5ms --hash
	summary "$kernel: findings" 0 "$lost" --kernel $kernel --cpus 4 --duration 200ms
	summary "$kernel: an ejection" 4 "$faults" --kernel $kernel --cpus 2 --duration 20ms \
		--set fault=FAULT_ERROR
	summary "$kernel: an ejection before the workload" 4 "$lost" --kernel $kernel --cpus 3 \
		--duration 50ms --set everybody=1
	summary "$kernel: a guest's fault" 4 "$faults" --kernel $kernel --cpus 2 --duration 20ms \
		--set fault=FAULT_STORE
	summary "$kernel: several seeds" 0 "$shared" --kernel $kernel --cpus 2 --duration 5ms --seeds 1..3
done
summary 'a lockup' 5 "$faults" --kernel 6.12 --cpus 4 --workload spin --set fault=FAULT_CYCLE
summary 'several kernels' 0 "$shared" --kernel 6.12,7.3 --cpus 2 --duration 5ms

# printed KIND NAME STATUS ARGS...: what a command prints as JSON, to be judged by its kind
printed() {
	kind=$1 name=$2 want=$3
	shift 3
	kickstand "$@"
	mkdir -p "$kind"
	cp out "$kind/$name.json"
	[ "$status" = "$want" ] && [ -s out ] || fail "$kind: $name" "exit status $status" "$(tail -n 3 err)"
}

src=$KICKSTAND_SRC/tests
for kernel in 6.12 7.3 7.4; do
	for o in "$EXAMPLES/pair" "$EXAMPLES/central" "$TEST_OBJECTS/lost" "$TEST_OBJECTS/churn"; do
		kickstand run "$o.bpf.o" --kernel $kernel --topology 1n2l2c2t --duration 30ms --quiet --trace t.txt
		printed explain "${o##*/}-$kernel" 0 explain t.txt --json
		printed why "${o##*/}-$kernel" 0 why t.txt --json
	done
done
printed explain one-kick 0 explain t.txt --kick 1 --json
{
	echo '# tracer: nop'
	sed -nE '/: sched_(switch|wakeup|waking|migrate_task):/s/\t.*//p' t.txt
} >ftrace.txt
printed explain ftrace 0 explain ftrace.txt --json
printed why ftrace 0 why ftrace.txt --json
for t in "$src"/why/*.txt "$src"/dumps/*.txt; do
	printed why "of-$(basename "$t" .txt)" 0 why "$t" --json
done
printed kernels all 0 kernels --json
printed kernels two 0 kernels 6.12 7.3 --json
printed kernels object 0 kernels "$lost" --json
printed inspect runs 0 inspect "$shared" --json
printed inspect older 0 inspect "$EXAMPLES/pair.bpf.o" --kernel 6.12 --json
printed inspect missing-kfunc 3 inspect "$TEST_OBJECTS/bad_kfunc.bpf.o" --json
for kind in explain why kernels inspect; do
	judged "$kind: all that was printed" $kind $kind/*.json
done

# words_of LIST: TRACE_OPS(W) W(select_cpu) ... of the trace's words
words_of() {
	sed -n "/^#define TRACE_$1(W)/,/[^\\\\]\$/p" "$KICKSTAND_SRC/src/trace/words.h" | grep -o 'W([a-z_]*)' | sed 's/W(//; s/)//'
}
lacking=
for pair in VERDICTS:explain CLASSES:explain CLASSES:why OPS:why; do
	for word in $(words_of ${pair%:*}); do
		grep -q "\"$word\"" "$KICKSTAND_SRC/schemas/${pair#*:}.schema.json" || lacking="$lacking ${pair#*:}:$word"
	done
done
if [ -z "$lacking" ] && [ "$(words_of OPS | wc -l)" -gt 30 ]; then
	pass 'the schemas have the words of traces'
else
	fail 'the schemas have the words of traces' "$lacking"
fi

# ---- what does not fit ----

kickstand run "$lost" --cpus 2 --duration 100ms --quiet --json s.json
python3 - <<'END'
import json
run = json.load(open("s.json"))
def wrong(name, change):
    other = json.loads(json.dumps(run))
    change(other)
    json.dump(other, open(f"wrong_{name}.json", "w"))
wrong("key", lambda r: r["tasks"][0].update(colour="red"))
wrong("missing", lambda r: r["verdict"].pop("ok"))
wrong("time", lambda r: r.update(duration_ns=1.5))
wrong("kind", lambda r: r["verdict"]["findings"][0].update(kind="hunger"))
wrong("group", lambda r: r["groups"][0].pop("queue_wait_ns"))
json.dump([], open("wrong_empty.json", "w"))
END
judged 'wrong ones are refused' summary --not wrong_*.json

kickstand run "$EXAMPLES/pair.bpf.o" --cpus 4 --duration 10ms --quiet --trace t.txt
for kind in explain why; do
	"$KICKSTAND" $kind t.txt --json >$kind.json
done
"$KICKSTAND" kernels --json >kernels.json
"$KICKSTAND" inspect "$shared" --json >inspect.json
python3 - <<'END'
import json
def wrong(kind, name, change):
    value = json.load(open(f"{kind}.json"))
    change(value)
    json.dump(value, open(f"not_{kind}_{name}.json", "w"))
wrong("explain", "flag", lambda v: v["kicks"][0].update(flags=["HARD"]))
wrong("explain", "mark", lambda v: v["kicks"][0].update(marks=["ODD"]))
wrong("explain", "key", lambda v: v["totals"].pop("own"))
wrong("why", "place", lambda v: v["longest"].update(place="shelf"))
wrong("why", "time", lambda v: v["wait"].update(duration_ns=-1))
wrong("why", "key", lambda v: v["cpus"][0].update(colour="red"))
wrong("why", "dump", lambda v: v.update(origin="dump"))
wrong("kernels", "value", lambda v: v["behaviours"][0].update({"7.3": "yes"}))
wrong("kernels", "name", lambda v: v["types"][0].update(kernels=["newest"]))
wrong("inspect", "state", lambda v: v["kfuncs"][0].update(state="fine"))
wrong("inspect", "key", lambda v: v.pop("runs"))
END
for kind in explain why kernels inspect; do
	judged "$kind: wrong ones are refused" $kind --not not_${kind}_*.json
done
plan
