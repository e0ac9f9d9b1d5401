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

# ---- what is no summary ----

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
plan
