#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# What tasks say of themselves that schedulers decide by: fields.bpf.c counts it.
. "$KICKSTAND_SRC/tests/lib.sh"

# counts NAME VARIABLE TEST ARGS...: after a run with ARGS, [ VARIABLE TEST ] holds
counts() {
	name=$1 variable=$2 want=$3
	shift 3
	kickstand run "$TEST_OBJECTS/fields.bpf.o" --duration 100ms --quiet --dump-map .bss "$@"
	n=$(sed -n "s/.*\"$variable\": *\([0-9]*\).*/\1/p" out)
	# shellcheck disable=SC2086
	if [ "$status" = 0 ] && [ "$n" $want ]; then
		pass "$name"
	else
		fail "$name" "status $status, $variable is '$n', not $want" "$(cat out err)"
	fi
}

for v in 6.12 7.3; do
	set -- --kernel $v --workload forks --check=50
	counts "$v: user tasks have an address space" user_mm '-gt 100' "$@"
	counts "$v: all of them" user_null '-eq 0' "$@"
	counts "$v: kernel threads have none" kthread_mm '-eq 0' "$@"
	counts "$v: and run" kthread_null '-gt 10' "$@"
	counts "$v: what runs has one to use" no_active '-eq 0' "$@"
	counts "$v: a child has its own" child_own '-gt 50' "$@"
	counts "$v: not its parent's" child_shares '-eq 0' "$@"
	counts "$v: arguments take no room" words '-eq 0' "$@"
	counts "$v: sleeps are no I/O" woken_from_io '-eq 0' "$@"
	counts "$v: reads of a device are" woken_from_io '-gt 50' --kernel $v --workload bursty --check=50
	counts "$v: none without" woken_from_io '-eq 0' --kernel $v --workload bursty:io=0s --check=50
done
plan
