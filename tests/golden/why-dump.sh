# SPDX-License-Identifier: GPL-2.0-only
# Debug dumps of each form, told: who waited, in whose queue, beside which CPUs.
for kernel in 6.12 6.17 7.1 7.3; do
	echo "== $kernel"
	"$KICKSTAND" why "$KICKSTAND_SRC/tests/dumps/$kernel.txt"
done
for kernel in 6.12 7.3; do
	echo "== a stall on the machine, kernel $kernel"
	"$KICKSTAND" run "$TEST_OBJECTS/faults.bpf.o" --kernel $kernel --cpus 4 --quiet \
		--set fault=FAULT_STALL --duration 2s --workload spin:tasks=5 2>dump
	"$KICKSTAND" why dump
done
