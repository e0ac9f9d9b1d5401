# SPDX-License-Identifier: GPL-2.0-only
# Many machines, each drawn from its number: scheduler, kernel, topology, workload,
# seed, length. The model's invariants are checked between events. Any of our bugs
# ends in a line "replay with: ...".
#
#	sh tests/swarm.sh			the first 50, for `make check`
#	SWARM_SECONDS=600 sh tests/swarm.sh	as many as fit, from a new start each
#	SWARM_FIRST=1234 ...			from that number on
#	SWARM_LIST=1 ...			only print their command lines
. "$KICKSTAND_SRC/tests/lib.sh"

nr=${SWARM_CASES:-50} first=${SWARM_FIRST:-1} end=
if [ -n "${SWARM_SECONDS-}" ]; then
	end=$(($(date +%s) + SWARM_SECONDS)) nr=1000000000
	first=${SWARM_FIRST:-$(date +%s)}
	echo "# from SWARM_FIRST=$first"
fi

# objects with their options, a line each: OBJECT KERNELS OPTIONS
objects() {
	all=$("$KICKSTAND" kernels | awk '{ printf "%s%s", sep, $1; sep = "," }')
	for o in "$EXAMPLES"/*.bpf.o; do
		echo "$o $all"
	done
	for o in plain vtime churn churn churn moves moves moves; do
		echo "$TEST_OBJECTS/$o.bpf.o $all"
	done
	echo "$TEST_OBJECTS/churn.bpf.o 7.3 --set waits=true"
	[ -n "$end" ] || return 0	# what was built beside decides nothing in make check
	grep -v '^#' "$KICKSTAND_SRC/tests/kernel-schedulers.txt" | while read -r kernels name options; do
		for v in $(echo "$kernels" | tr , ' '); do
			o=$KICKSTAND_BUILD/kernel-schedulers/$v/$name.bpf.o
			[ ! -f "$o" ] || echo "$o $v $options"
		done
	done
}

workloads() {
	printf '%s\n' mixed mixed mixed:hogs=0 mixed:nice=0,sleepers=40 spin spin:tasks=3 spin:tasks=50 \
		pingpong pingpong:pairs=30 bursty bursty:workers=40,think=0s bursty:messages=2,io=0s \
		forks forks:forkers=8,rate=3000,life=50us storm storm:workers=30,interval=200us \
		storm:hotplug=1 storm:hotplug=1,movers=4,interval=300us
	for w in "$EXAMPLES_SRC"/workloads/*.json; do
		[ ! -f "$w" ] || echo "$w"
	done
}
EXAMPLES_SRC=$KICKSTAND_SRC/examples
objects >objects
workloads >workloads
printf '%s\n' 1n1l1c1t 1n1l2c1t 1n1l3c1t 1n1l4c2t 1n2l4c1t 2n2l2c2t 4n1l3c1t 1n1l8c1t 2n1l16c1t >topologies

# The number's random numbers: draw FILE sets $drawn to one of its lines.
draw() {
	state=$(((state * 1103515245 + 12345) % 2147483648))
	lines=$(wc -l <"$1")
	drawn=$(sed -n "$((state / 65536 % lines + 1))p" "$1")
}

nr_cpus() {
	echo "$1" | tr -c '0-9\n' ' ' | { read -r a b c d; echo $((a * b * c * d)); }
}

# The command line of machine $1, into $case.
draw_case() {
	state=$1	# neighbours have nothing in common
	for _ in 1 2 3; do
		state=$(((state * 48271 + 12345) % 2147483647))
		state=$((state * state % 2147483647))
	done
	draw objects
	set -- "$1" $drawn
	seed=$1 object=$2 kernels=$3
	shift 3
	options=$*
	draw topologies
	topology=$drawn n=$(nr_cpus "$drawn")
	options=$(echo "$options" | sed "s/\$n/$n/g")
	draw workloads
	load=$drawn
	echo "$kernels" | tr , '\n' >kernels
	draw kernels
	kernel=$drawn
	printf '%s\n' 30ms 80ms 200ms >durations
	draw durations
	case="run $object --kernel $kernel --topology $topology --workload $load --seed $seed --duration $drawn $options"
	printf '%s\n' '' '' '' --partial >extra
	draw extra
	case="$case $drawn"
	printf '%s\n' '' '' --interp >backends
	draw backends
	case="$case $drawn --check=$((1 + n * n / 16))"
}

i=$first ran=0
while [ $i -lt $((first + nr)) ] && { [ -z "$end" ] || [ "$(date +%s)" -lt "$end" ]; }; do
	draw_case $i
	if [ -n "${SWARM_LIST-}" ]; then
		echo "$case"
		i=$((i + 1))
		continue
	fi
	# shellcheck disable=SC2086
	kickstand $case --quiet
	if [ "$status" = 0 ]; then
		pass "machine $i"
	elif [ "$status" = 2 ] && grep -q 'outside\|CPUs' err; then
		skip "machine $i" "$(head -n 1 err)"
	elif [ "$status" = 3 ] && grep -q 'init from non-central CPU' err; then
		# scx_central's loader pins itself; 6.12's helper thread does not follow it
		skip "machine $i" "$(tail -n 1 err)"
	else
		fail "machine $i" "exit status $status" "$(grep '^kickstand: ' err || tail -n 3 err)"
		echo "# replay with: $KICKSTAND $case"
	fi
	i=$((i + 1))
done
[ -n "${SWARM_LIST-}" ] || plan
