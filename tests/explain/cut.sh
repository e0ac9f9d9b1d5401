#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Make 6.12.txt and 7.3.txt anew: sh tests/explain/cut.sh, from the build directory.
set -eu
dir=$(dirname "$0")
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

for kernel in 6.12 7.3; do
	./kickstand run tests/churn.bpf.o --kernel $kernel --cpus 4 --duration 9ms --seed 5 \
		--set waits=1 --trace "$tmp/t.txt" --quiet 2>/dev/null || [ $? = 5 ]
	awk '/^# end/ { print "# end: " n " events"; next }
		/^#/ { print; next }
		/ (kick[_a-z]*|resched|sched_switch|sched_keep|lockup): / ||
		/ irq: vector=reschedule/ || / op_enter: op=dispatch/ { print; n++ }' \
		"$tmp/t.txt" >"$dir/$kernel.txt"
done
