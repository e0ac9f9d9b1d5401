# SPDX-License-Identifier: GPL-2.0-only
# The same program on the host's kernel and, by `kickstand exec`, on a machine: what it
# prints must be the same, line by line. The host's kernel is of neither profile; where
# the two differ from each other, a line may be as either has it. What the host's kernel
# lacks is skipped with its reason; tests/diff_reasons.sh makes each of them come.
. "$KICKSTAND_SRC/tests/lib.sh"

if [ ! -f "$KICKSTAND_BUILD/libkickstand-preload.so" ]; then
	skip diff 'built without libkickstand-preload.so (ThreadSanitizer)'
	plan
fi
if [ "$(printf '6.12\n%s\n' "$(uname -r)" | sort -V | head -n 1)" != 6.12 ]; then
	skip diff "the host's kernel, $(uname -r), is older than 6.12"
	plan
fi
if ! why=$("$DIFF_COMMANDS" permitted 2>&1); then
	skip diff "the host's bpf(2) is not permitted here: $why"
	plan
fi
cpus=$(getconf _NPROCESSORS_CONF)

# on_machine PROFILE PROGRAM ARGS...: what it prints to $1.out
on_machine() {
	v=$1
	shift
	kickstand exec --kernel "$v" --cpus "$cpus" --quiet -- "$@"
	mv out "$v.out"
	[ "$status" = 0 ] || {
		fail "$name, $v" "exit status $status" "$(tail -n 5 err)"
		return 1
	}
}

# compare NAME PROGRAM ARGS...
compare() {
	name=$1
	shift
	timeout -k 2 "$case_limit_s" "$@" >host.out 2>host.err
	status=$?
	if [ $status != 0 ]; then
		fail "$name on the host" "exit status $status" "$(tail -n 5 host.err)"
		return
	fi
	on_machine 6.12 "$@" && on_machine 7.3 "$@" || return
	awk -v h=host.out -v a=6.12.out -v b=7.3.out 'BEGIN {
		while ((getline x < h) > 0) {
			n++
			if ((getline y < a) < 1) y = "(nothing)"
			if ((getline z < b) < 1) z = "(nothing)"
			if (x == y || x == z) continue
			print "host: " x
			print "6.12: " y
			print "7.3:  " z
		}
		while ((getline y < a) > 0) print "6.12 alone: " y
		while ((getline z < b) > 0) print "7.3 alone: " z
		if (!n) print "it printed nothing"
	}' >differences
	if [ -s differences ]; then fail "$name" "$(cat differences)"; else
		pass "$name"
		echo "# $name: $(wc -l <host.out) lines"
	fi
}

compare 'bpf(2) commands' "$DIFF_COMMANDS"
for o in "$TEST_OBJECTS"/diff_*.bpf.o; do
	object=${o##*/diff_} object=${object%.bpf.o}
	lacks=$("$DIFF_OBJECTS" --lacks "$o")
	if [ "$lacks" ]; then
		skip "programs: $object" "the host's kernel has $lacks"
	elif [ "$object" = arena ] && ldd "$KICKSTAND" | grep -q libasan; then
		skip "programs: $object" 'AddressSanitizer has the place of its arena (1 << 44)'
	else
		compare "programs: $object" "$DIFF_OBJECTS" "$o"
	fi
done
plan
