# SPDX-License-Identifier: GPL-2.0-only
# A queue by virtual time, two hardware threads a core. The last 100 events.
"$KICKSTAND" run "$TEST_OBJECTS/vtime.bpf.o" --kernel 7.3 --topology 1n1l2c2t --duration 5ms --quiet \
	--trace t.txt --workload spin:tasks=9 && tail -n 100 t.txt
