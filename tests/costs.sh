# SPDX-License-Identifier: GPL-2.0-only
# What takes the host time is paid in virtual time, within one factor: less than 1 ms of it
# does not take more than a second of the host's. Here the processor's time is measured,
# which others on the machine do not lengthen.
. "$KICKSTAND_SRC/tests/lib.sh"

if ! command -v python3 >/dev/null || ldd "$KICKSTAND" | grep -q libasan; then
	skip 'costs' 'python3 is missing, or a sanitizer takes its own time'
	plan
fi

# spent ARGS...: processor time in ms in $ms, and what the program says: $times, $ns
spent() {
	timeout -k 2 "$case_limit_s" python3 -c '
import re, resource, subprocess, sys
p = subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
r = resource.getrusage(resource.RUSAGE_CHILDREN)
m = re.search(rb"(\d+) times in (\d+) ns", p.stderr)
print(p.returncode, int((r.ru_utime + r.ru_stime) * 1000), *(m.groups() if m else (b"0", b"0")))' \
		"$KICKSTAND" "$@" | tr -d "b'" >spent
	read -r status ms times ns <spent
}

names=$(sed -n '/^enum { NOTHING/,/NR_WHAT/p' "$KICKSTAND_SRC/tests/bpf/costly.bpf.c" | tr -d ' \n\t;{}')
# number_of NAME: in that list
number_of() {
	echo "$names" | tr , '\n' | grep -n "^$1\$" | cut -d: -f1 | awk '{ print $1 - 1 }'
}

nr=$(sed -n '/^enum { NOTHING/,/NR_WHAT/p' "$KICKSTAND_SRC/tests/bpf/costly.bpf.c" | tr -cd , | wc -c)
for v in 6.12 7.3; do
	bad='' tried=0
	for what in $(seq 1 $((nr - 1))); do
		status='' ms=0 times=0 ns=0
		spent run "$TEST_OBJECTS/costly.bpf.o" --kernel $v --cpus 2 --duration 3ms --quiet -v --set what="$what"
		[ "$status" = 4 ] && [ $v = 6.12 ] && continue	# that kernel has it not
		tried=$((tried + 1))
		[ "$status" = 0 ] && [ "$times" -gt 0 ] && [ "$ms" -le $((ns / 1000 + 100)) ] ||
			bad="$bad $what: status $status, $ms ms for $ns ns;"
	done
	if [ -z "$bad" ] && [ $tried -gt 20 ]; then
		pass "$v: the largest arguments: $tried"
	else
		fail "$v: the largest arguments" "$tried tried" "$bad"
	fi
done

# Keys that all meet in one bucket: whoever passes 8192 of them pays for each.
for flood in HASH_FLOOD LRU_FLOOD; do
	status='' times=0 ns=0
	spent run "$TEST_OBJECTS/costly.bpf.o" --cpus 2 --duration 3ms --quiet -v --set what="$(number_of $flood)"
	if [ "$status" = 0 ] && [ "$times" -gt 0 ] && [ $((ns / times)) -gt 40000 ]; then
		pass "$flood: $((ns / times)) ns each"
	else
		fail "$flood" "status $status, $times times in $ns ns"
	fi
done
plan
