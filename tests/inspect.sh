#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# `kickstand inspect`: what it says of objects that can run and of those that cannot.
. "$KICKSTAND_SRC/tests/lib.sh"

# says NAME STATUS TEXT ARGS...: inspect ARGS exits with STATUS and prints a line with TEXT
says() {
	name=$1 want=$2 text=$3
	shift 3
	kickstand inspect "$@"
	if [ "$status" = "$want" ] && grep -qF -- "$text" out; then
		pass "$name"
	else
		fail "$name" "status $status, '$text' is not in:" "$(cat out err)"
	fi
}

plain=$TEST_OBJECTS/plain.bpf.o
says 'an object that runs' 0 'can run' "$plain"
says 'its callbacks' 0 'ops        ' "$TEST_OBJECTS/vtime.bpf.o"
says 'its kfuncs' 0 'scx_bpf_create_dsq' "$TEST_OBJECTS/vtime.bpf.o"
says 'a kfunc of the other kernel' 0 'absent on 6.12: ' "$TEST_OBJECTS/vtime.bpf.o" --kernel 6.12
says 'a kfunc that nobody has' 3 'not modelled: ' "$TEST_OBJECTS/bad_kfunc.bpf.o"
says 'and that it is needed' 3 'NEEDED' "$TEST_OBJECTS/bad_kfunc.bpf.o"
says 'a field that nobody has' 0 'not modelled: ' "$TEST_OBJECTS/bad_field.bpf.o"
says 'what a loader sets' 0 'limit=0' "$TEST_OBJECTS/setup.bpf.o"
says 'what a loader fills' 0 '--set-map  ' "$TEST_OBJECTS/setup.bpf.o"
says 'what a loader runs' 0 '--run-prog fill' "$TEST_OBJECTS/setup.bpf.o"
says 'JSON' 0 '"runs": true' "$plain" --json

widest=$("$KICKSTAND" inspect "$plain" | awk '{ if (length > n) n = length } END { print n }')
if [ "$widest" -le 100 ]; then pass 'fits a screen'; else fail 'fits a screen' "$widest columns"; fi
plan
