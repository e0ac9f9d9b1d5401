# SPDX-License-Identifier: GPL-2.0-only
# Objects of strangers: what they get is a report, the kernel's error or a run, within a
# time; never a signal, an abort or an address of the host's. docs/security.md has the rest.
. "$KICKSTAND_SRC/tests/lib.sh"

hostile=$TEST_OBJECTS/hostile.bpf.o
NOTHING=0 FORGE_MAP=1 HASH_LINKS=2 RING_LENGTH=3 WIDE=4 SPAN=5 ESCAPES=6 WALK=7 BIG_COPY=8

# gets NAME STATUS PATTERN ARGS...: exit status, and a line of standard error ('' is any)
gets() {
	name=$1 want=$2 pattern=$3
	shift 3
	kickstand run "$@" --cpus 3 --duration 20ms --quiet
	if [ "$status" != "$want" ]; then
		fail "$name" "exit status $status, not $want" "$(tail -n 3 err)"
	elif [ -n "$pattern" ] && ! grep -qE -- "$pattern" err; then
		fail "$name" "no '$pattern' in:" "$(tail -n 5 err)"
	else
		pass "$name"
	fi
}

for v in 6.12 7.3; do
	gets "$v: a forged map" 4 'is no map' "$hostile" --kernel $v --set what=$FORGE_MAP
	gets "$v: a ring's headers" 4 'hostile.bpf.c:.*store of 4 bytes to a ring buffer' "$hostile" --kernel $v --set what=$RING_LENGTH
	gets "$v: a wide field" 0 '' "$hostile" --kernel $v --set what=$WIDE
	gets "$v: a long search" 0 '' "$hostile" --kernel $v --set what=$SPAN
	gets "$v: large copies" 0 '' "$hostile" --kernel $v --set what=$BIG_COPY
	gets "$v: a map that its own walk deletes" 0 '' "$hostile" --kernel $v --set what=$WALK \
		--set-map 'outer=[{"key":0,"value":{}}]'
	for what in 1:objects 2:items 3:nodes 4:queues 5:timers; do
		gets "$v: a million ${what#*:}" 0 '' "$TEST_OBJECTS/hostile_chains.bpf.o" --kernel $v --set what=${what%:*}
	done
	gets "$v: a dump without end" 4 'enough' "$TEST_OBJECTS/hostile_chains.bpf.o" --kernel $v --set what=7
	gets "$v: types in types" 0 '' "$TEST_OBJECTS/hostile_types.bpf.o" --kernel $v
	gets "$v: an arena over the machine" 3 "map 'arena'" "$TEST_OBJECTS/hostile_arena.bpf.o" --kernel $v

	kickstand run "$hostile" --kernel $v --set what=$ESCAPES --duration 20ms -v
	name="$v: escape sequences"
	if [ "$status" != 4 ]; then
		fail "$name" "exit status $status"
	elif cat out err | tr -d '\n\t' | LC_ALL=C grep -q '[[:cntrl:]]'; then
		fail "$name" "$(cat out err | LC_ALL=C grep '[[:cntrl:]]' | cat -v)"
	elif grep -q '^# line of ours' err; then
		fail "$name" 'a string began a line of its own'
	else
		pass "$name"
	fi
done

# Control characters in names, traces, summaries and file names come out of no command: C0, DEL,
# and C1 as UTF-8 has it.
bad='' said=0
# quiet FILE...: no control character in them
quiet() {
	for file in "$@"; do
		said=$((said + $(cat "$file" | wc -l)))
		! LC_ALL=C grep -qaP '[\x00-\x08\x0b-\x1f\x7f]|\xc2[\x80-\x9f]' "$file" || bad="$bad $of:$file"
	done
}
# listen ARGS...: to a command, whatever it comes to
listen() {
	of=$1
	kickstand "$@"
	[ "$status" -lt 6 ] || bad="$bad $of:$status"
	quiet out err
}
escape=$(printf 'l\033[31m\302\233\177c')	# as long as lost.bpf.c, in the types of that object
LC_ALL=C sed "s/lost\.bpf\.c/$escape/g" "$TEST_OBJECTS/lost.bpf.o" >escapes.bpf.o
cat >"$escape.json" <<'JSON'
{ "name": "a\u001b[31m\u009b\u007f", "object": "escapes.bpf.o", "cpus": 2, "duration": "1ms", "expect": { "kicks.total": 7 } }
JSON
listen inspect escapes.bpf.o
listen inspect --json escapes.bpf.o
listen run escapes.bpf.o --cpus 2 --duration 300ms --trace clean.txt --json s.json -v
quiet clean.txt s.json
kickstand run "$TEST_OBJECTS/lost.bpf.o" --cpus 2 --duration 300ms --trace raw.txt --json raw.json --quiet
LC_ALL=C sed -i "s/lost_enqueue/$escape/g; s/lost.bpf/$escape/g" raw.txt
LC_ALL=C sed -i 's/"comm": "l/&\xc2\x9b\\u001b\x7f/' raw.json
for trace in clean.txt raw.txt; do
	listen explain $trace
	listen explain --json $trace
	listen report $trace
	listen why $trace
	listen why --json $trace
done
listen compare s.json raw.json
listen compare --json s.json raw.json
listen test -v --junit j.xml --emit r.json "$escape.json"
quiet j.xml r.json
listen test "none$escape"
if [ -z "$bad" ] && [ $said -gt 200 ]; then
	pass "control characters come out of no command: $said lines"
else
	fail 'control characters come out of no command' "$said lines;$bad"
fi

# What a program can load is the same in every run, so what it makes of it is.
first=
for i in 1 2 3 4; do
	kickstand run "$hostile" --set what=$HASH_LINKS --duration 50ms --hash
	hash=$(grep '^trace hash' out)
	first=${first:-$hash}
	[ -n "$hash" ] && [ "$hash" = "$first" ] || break
done
if [ "$i" = 4 ] && [ "$hash" = "$first" ]; then
	pass 'a hash of links'
else
	fail 'a hash of links' "$first" "$hash"
fi

# Every op calls every kind of kfunc; what locks up does so with a report.
bad=
for v in 6.12 7.3; do
	for from in $(seq 1 19); do
		for call in $(seq 0 12); do
			kickstand run "$TEST_OBJECTS/hostile_ops.bpf.o" --kernel $v --cpus 3 --quiet \
				--workload forks --set from="$from" --set call="$call" --duration 12ms
			case $status in
			0 | 3 | 4 | 5) ;;
			*) bad="$bad $v:$from:$call=$status" ;;
			esac
			[ "$v:$call:$status" != 7.3:0:5 ] || bad="$bad $v:$from:$call=lockup"
		done
	done
done
if [ -z "$bad" ]; then pass 'each op, each kfunc'; else fail 'each op, each kfunc' "$bad"; fi

# Four wild bytes anywhere in an object: a line, or a run, and never a signal.
printf '\377\377\377\000' >wild
cp "$TEST_OBJECTS/plain.bpf.o" wild.bpf.o
size=$(wc -c <wild.bpf.o) bad=
for at in $(awk -v n="$size" 'BEGIN { for (i = 64; i < n; i += int(n / 150)) print i - i % 4 }'); do
	cp "$TEST_OBJECTS/plain.bpf.o" wild.bpf.o
	dd if=wild of=wild.bpf.o bs=1 seek="$at" conv=notrunc 2>/dev/null
	for command in inspect 'run --duration 1ms --quiet'; do
		# shellcheck disable=SC2086
		kickstand $command wild.bpf.o
		[ "$status" -lt 124 ] || bad="$bad $at:$status"
	done
done
if [ -z "$bad" ]; then pass 'four wild bytes anywhere'; else fail 'four wild bytes anywhere' "$bad"; fi
plan
