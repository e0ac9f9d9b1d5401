# SPDX-License-Identifier: GPL-2.0-only
# The example on the old kernel: wakeups, the shared queue, idle kicks. The last 100 events.
"$KICKSTAND" run "$EXAMPLES/shared.bpf.o" --kernel 6.12 --cpus 4 --duration 2ms --quiet --trace t.txt \
	--workload mixed && tail -n 100 t.txt
