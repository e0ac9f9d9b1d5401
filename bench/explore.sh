# SPDX-License-Identifier: GPL-2.0-only
# Runs a second of kickstand explore on one core, 4 CPUs and 50 ms of virtual time each; beside
# it what a run costs by itself, and what recording accesses adds to the interpreter.
set -eu

# line NAME VALUE
line() {
	printf '%-48s %s\n' "$1" "$2"
}

# seconds COMMAND...: processor time that it and its processes take
seconds() {
	python3 - "$@" <<'PY'
import resource, subprocess, sys
subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
r = resource.getrusage(resource.RUSAGE_CHILDREN)
print('%.2f' % (r.ru_utime + r.ru_stime))
PY
}

tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
cd "$tmp"
for name in central shared; do
	object=$EXAMPLES/$name.bpf.o
	"$KICKSTAND" explore "$object" --cpus 4 --duration 50ms --runs 1000 --jobs 1 --json e.json >out || [ $? = 1 ]
	line "explore $name: runs, and runs a second" "$(sed -n 's/\([0-9]*\) runs in .* s, \([0-9]*\) a second.*/\1, \2/p' out)"
	line "explore $name: points of a run" "$(sed -n 's/\([0-9]*\) points.*/\1/p' out)"
	s=$(seconds "$KICKSTAND" explore "$object" --cpus 4 --duration 50ms --runs 1000 --jobs 1)
	line "explore $name: 1000 runs, s of processor time" "$s"
done

# the same run of 5 s without a schedule, and with one that decides nothing
"$KICKSTAND" explore "$EXAMPLES/central.bpf.o" --cpus 4 --duration 5s --runs 1 --jobs 1 --json e.json >out || [ $? = 1 ]
python3 - <<'PY'
import json
run = json.load(open('e.json'))['provenance']
json.dump({'schedule': 1, 'run': run, 'decisions': []}, open('none.json', 'w'))
PY
line 'run central, 5 s: s of processor time' "$(seconds "$KICKSTAND" run "$EXAMPLES/central.bpf.o" --cpus 4 --duration 5s)"
line 'the same with a schedule of no decision' "$(seconds "$KICKSTAND" run "$EXAMPLES/central.bpf.o" --cpus 4 --duration 5s --schedule none.json)"
