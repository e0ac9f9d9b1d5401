# SPDX-License-Identifier: GPL-2.0-only
# What an ejection prints: kind, reason, message, backtrace, debug dump; exit status 4.
"$KICKSTAND" run "$TEST_OBJECTS/faults.bpf.o" --kernel 7.3 --cpus 4 --quiet --set fault=FAULT_ERROR
