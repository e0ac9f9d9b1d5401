# SPDX-License-Identifier: GPL-2.0-only
# What a scheduler does wrong is data: a report, the kernel's words, exit status 4
# (5: the machine locked up), and never a crash. bpf/faults.bpf.c has them all.
. "$KICKSTAND_SRC/tests/lib.sh"

faults=$TEST_OBJECTS/faults.bpf.o

# fault_ends NAME STATUS WORKLOAD PATTERN... : each pattern in a line of standard error
fault_ends() {
	name=$1 want=$2 load=$3
	shift 3
	kickstand run "$faults" --kernel "$v" --cpus 4 --quiet --set "fault=FAULT_$name" --json s.json \
		--workload "$load" --duration 2s
	if [ "$status" != "$want" ]; then
		fail "$v $name" "exit status $status, not $want" "$(cat err)"
		return
	fi
	for pattern in "$@"; do
		grep -qE -- "$pattern" err || {
			fail "$v $name" "no '$pattern' in:" "$(cat err)"
			return
		}
	done
	if [ ! -s s.json ]; then
		fail "$v $name" 'no summary was written'
	else
		pass "$v $name"
	fi
	cp s.json last.json
	rm -f s.json
}

# in_json NAME PATTERN: of the run before
in_json() {
	if grep -qE -- "$2" last.json; then
		pass "$v $1"
	else
		fail "$v $1" "no '$2' in:" "$(grep -A 6 '"exit"' last.json)"
	fi
}

for v in 6.12 7.3; do
	fault_ends NONE 0 mixed
	in_json 'NONE: exit kind none' '"kind": "none"'

	fault_ends NO_BPF_PROG 4 mixed 'a task that is none, but .*: most likely BPF_PROG\(\) was forgotten'
	fault_ends STORE 4 mixed "program 'faults_enqueue', instruction [0-9]+" \
		'faults.bpf.c:[0-9]+: .*address = 1;' 'store of 8 bytes to address 0x123450'
	fault_ends LOOP 4 mixed "program 'faults_enqueue', instruction [0-9]+" 'faults.bpf.c:[0-9]+' \
		'more than [0-9]+ instructions'
	fault_ends BPF_LOOP 4 mixed "program 'faults_enqueue'" 'faults.bpf.c:[0-9]+' \
		'more than [0-9]+ instructions'

	fault_ends ERROR 4 mixed 'DEBUG DUMP' 'triggered exit kind 1025' \
		'scx_bpf_error \(enough of this after 21 calls\)' 'CPU states' '^CPU 0 ' \
		"scheduler 'faults' was ejected: scx_bpf_error"
	in_json 'ERROR: exit kind' '"kind": "(error_bpf|SCX_EXIT_ERROR_BPF)"'
	in_json 'ERROR: exit message' '"msg": "enough of this after 21 calls"'

	fault_ends STALL 4 mixed 'triggered exit kind 1026' \
		'runnable task stall \([^ ]+\[[0-9]+\] failed to run for 0\.[5-9][0-9]*s\)'
	in_json 'STALL: exit kind' '"kind": "(error_stall|SCX_EXIT_ERROR_STALL)"'

	fault_ends KICK 4 mixed 'runtime error \(invalid CPU 4711\)' 'faults_enqueue: faults.bpf.c:'
	fault_ends TWICE 4 mixed 'already direct-dispatched'
	fault_ends DSQ 4 mixed 'non-existent DSQ 0x1234'
	fault_ends CPU 4 mixed 'invalid CPU 4711 from ops.select_cpu\(\)'
	kickstand run "$faults" --kernel $v --quiet --set fault=FAULT_EXIT --json s.json
	if [ "$status" = 3 ] && grep -q 'ops.init() failed (-77)' err && [ ! -e s.json ]; then
		pass "$v EXIT: ops.init() fails"
	else
		fail "$v EXIT: ops.init() fails" "exit status $status" "$(cat err)"
	fi
	kickstand run "$faults" --kernel $v --cpus 4 --set fault=FAULT_STORM --json s.json
	if [ "$status" = 3 ] && grep -q 'has still not run to the end' err && [ ! -s out ] && [ ! -e s.json ]; then
		pass "$v STORM: kicks keep the loader from ever running"
	else
		fail "$v STORM: kicks keep the loader from ever running" "exit status $status" "$(cat err)"
	fi
done

# Who ended is said, whatever ended it.
kickstand run "$faults" --set fault=FAULT_STORE --duration 100ms
if grep -q "^scheduler 'faults' ended: guest_fault: " out && ! grep -q 'is enabled' out; then
	pass 'the summary names who ended: a fault'
else
	fail 'the summary names who ended: a fault' "$(head -n 5 out)"
fi

# An end that is decided is one, also where the run is over before it is carried out.
early=0 bad=
for us in 100 200 400 600 800 1000 1500 2000 5000 20000; do
	kickstand run "$faults" --set fault=FAULT_DSQ --cpus 4 --quiet --duration ${us}us --trace t.txt --json s.json
	decided=$(grep -c ' scx_exit: ' t.txt)
	[ "$status:$decided" = 0:0 ] || [ "$status:$decided" = 4:1 ] || bad="$bad $us:$status"
	[ "$status" = 0 ] || grep -q '"msg": "non-existent DSQ 0x1234"' s.json || bad="$bad $us:msg"
	[ "$decided" = 0 ] || grep -q ' sched_enable: state=0' t.txt || early=$((early + 1))
done
if [ -z "$bad" ] && [ $early -gt 0 ]; then
	pass "ejected, and over at once: $early"
else
	fail 'ejected, and over at once' "$bad" "$early are early"
fi

# Every CPU waits for the next one: 6.12 spins with interrupts off, 7.3 does not.
v=6.12
fault_ends CYCLE 5 spin 'locked up at [0-9]+ ns' \
	'CPU [0-9] spins in kick_cpus_irq_workfn.* for CPU [0-9].*: a cycle'
v=7.3
fault_ends CYCLE 0 spin
in_json 'CYCLE: the waits were asked for' '"wait": [1-9]'
# An interrupt that spins, upon a CPU that waits: neither wait is lost, nor a lockup seen.
for load in pingpong mixed; do
	kickstand run "$faults" --kernel $v --set fault=FAULT_CROWD --workload $load --duration 20ms
	if [ "$status" = 0 ] && [ ! -s err ]; then
		pass "$v CROWD: $load"
	else
		fail "$v CROWD: $load" "exit status $status" "$(cat err)"
	fi
done
plan
