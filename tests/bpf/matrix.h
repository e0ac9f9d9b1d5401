/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * matrix.h - the places that can be told to kick, ops first. matrix.bpf.c makes its enum
 * of this list, tests/matrix.py checks that its table knows every one of them.
 */
#ifndef TESTS_MATRIX_H
#define TESTS_MATRIX_H

#define MATRIX_OPS(X) \
	X(select_cpu) X(enqueue) X(dequeue) X(dispatch) X(tick) X(runnable) X(running) \
	X(stopping) X(quiescent) X(yield) X(core_sched_before) X(set_weight) X(set_cpumask) \
	X(update_idle) X(cpu_acquire) X(cpu_release) X(init_task) X(exit_task) X(enable) \
	X(disable) X(dump) X(dump_cpu) X(dump_task) X(cgroup_init) X(cgroup_exit) \
	X(cgroup_prep_move) X(cgroup_move) X(cgroup_cancel_move) X(cgroup_set_weight) \
	X(cgroup_set_bandwidth) X(cgroup_set_idle) X(cpu_online) X(cpu_offline) X(init) X(exit) \
	X(syscall) X(sched_switch) X(fentry) X(fexit) X(fmod_ret) X(iter) X(lsm) X(tracepoint) \
	X(perf_event) X(timer)

#endif
