# SPDX-License-Identifier: GPL-2.0-only
# The same run is the same, byte by byte: twice, traced and not, with the address
# space randomised and not. Another seed is another run.
. "$KICKSTAND_SRC/tests/lib.sh"

# What a run says, in FILE: the summary with the trace's hash, and the JSON.
said() {
	said_in=$1
	shift
	kickstand run "$@" --duration "$duration" --hash --json s.json
	cat "$work/out" s.json "$work/err" >"$said_in"
	[ "$status" = 0 ] && grep -q '^trace hash [0-9a-f]* of [1-9]' "$work/out"
}

# Does it use random numbers? Else all seeds are one.
draws() {
	case $1 in mixed | bursty | forks | churn*) ;; *) return 1 ;; esac
}

# same NAME OBJECT ARGS..., of workload $load
same() {
	name=$1
	shift
	if ! said first "$@"; then
		fail "$name" "exit status $status" "$(cat err)"
	elif ! said again "$@" || ! cmp -s first again; then
		fail "$name: again" "$(diff first again)"
	elif ! said traced "$@" --trace t.txt || ! cmp -s first traced; then
		fail "$name: traced" "$(diff first traced)"
	elif ! draws "$load" && ! draws "$(basename "$1")"; then
		pass "$name"
	elif ! said other "$@" --seed 2 || [ "$(grep '^trace hash' first)" = "$(grep '^trace hash' other)" ]; then
		fail "$name: another seed is the same run"
	else
		pass "$name"
	fi
}

duration=40ms
for object in "$EXAMPLES"/*.bpf.o "$TEST_OBJECTS/vtime.bpf.o" "$TEST_OBJECTS/churn.bpf.o"; do
	for kernel in 6.12 7.3; do
		for where in 1n1l8c1t:mixed 1n2l4c2t:mixed 1n2l4c2t:spin 1n1l8c1t:pingpong 1n2l4c2t:bursty \
			1n2l4c2t:forks; do
			topology=${where%:*} load=${where#*:}
			same "$(basename "$object" .bpf.o) $kernel $topology $load" "$object" \
				--kernel $kernel --topology $topology --workload $load
		done
	done
done

# --cpus 8 is the flat machine; traces of the same run are the same file.
object=$EXAMPLES/shared.bpf.o
said first "$object" --cpus 8 && said again "$object" --topology 1n1l8c1t
if cmp -s first again; then pass '--cpus 8 is 1n1l8c1t'; else fail '--cpus 8 is 1n1l8c1t' "$(diff first again)"; fi
kickstand run "$object" --duration 20ms --quiet --trace a.txt
kickstand run "$object" --duration 20ms --quiet --trace b.txt
if [ -s a.txt ] && cmp -s a.txt b.txt; then
	pass 'traces as text'
else
	fail 'traces as text' "$(diff a.txt b.txt)"
fi

# Two runs above had two address spaces already, if the host randomises; here one has not.
name='without address space randomisation'
if setarch "$(uname -m)" -R true 2>/dev/null; then
	for object in "$EXAMPLES/shared.bpf.o" "$TEST_OBJECTS/churn.bpf.o"; do
		said first "$object"
		timeout -k 2 60 setarch "$(uname -m)" -R "$KICKSTAND" run "$object" --duration $duration --hash \
			--json s.json >out 2>err
		cat out s.json err >again
		if cmp -s first again; then
			pass "$name: $(basename "$object" .bpf.o)"
		else
			fail "$name: $(basename "$object" .bpf.o)" "$(diff first again)"
		fi
	done
else
	skip "$name" 'setarch -R is not allowed here'
fi

# Other surroundings: environment, directory, a terminal's width, time zone, locale.
mkdir elsewhere
said first "$object"
(cd elsewhere && env -i PATH="$PATH" TZ=Asia/Tokyo COLUMNS=40 FILLER="$(seq 1 2000)" LC_ALL=de_DE.UTF-8 \
	"$KICKSTAND" run "$object" --duration $duration --hash --json s.json >out 2>err
	cat out s.json err >../again)
if cmp -s first again; then pass 'other surroundings'; else fail 'other surroundings' "$(diff first again)"; fi

# The matrix of surroundings: sandbox and none, address spaces, environments, places, limits.
# told HOW...: the run's hash, under a command or in a shell that HOW made
told() {
	timeout -k 2 60 "$@" "$KICKSTAND" run "$object" --workload forks --duration 20ms --hash $box --json - --quiet 2>&1 |
		grep '"trace_hash"'
}
for object in "$EXAMPLES/shared.bpf.o" "$TEST_OBJECTS/churn.bpf.o"; do
	name="surroundings: $(basename "$object" .bpf.o)" box='' nr=0
	told env >first
	: >others
	for box in '' --no-sandbox; do
		surroundings >>others
	done
	nr=$(wc -l <others)
	if [ -s first ] && [ "$nr" -ge 32 ] && [ "$(sort -u first others | wc -l)" = 1 ]; then
		pass "$name: $nr"
	else
		fail "$name" "$nr runs" "$(sort first others | uniq -c)"
	fi
done
plan
