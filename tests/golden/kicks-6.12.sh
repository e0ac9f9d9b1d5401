# SPDX-License-Identifier: GPL-2.0-only
# Kicks of every kind but WAIT on 3 CPUs. The last 100 events.
"$KICKSTAND" run "$TEST_OBJECTS/churn.bpf.o" --kernel 6.12 --cpus 3 --duration 10ms --quiet --trace t.txt &&
	tail -n 100 t.txt
