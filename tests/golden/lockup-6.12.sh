# SPDX-License-Identifier: GPL-2.0-only
# A cycle of kicks that wait: 6.12 spins with interrupts off; exit status 5.
"$KICKSTAND" run "$TEST_OBJECTS/faults.bpf.o" --kernel 6.12 --cpus 4 --quiet --set fault=FAULT_CYCLE \
	--workload spin
