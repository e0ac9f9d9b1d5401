/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * perfetto.h - the event stream as a Perfetto protobuf (.pftrace), for ui.perfetto.dev
 * and trace_processor. Tracks: a CPU (the task that runs, in it irqs and ops, nested),
 * a task (running, runnable, sleeping), a DSQ's length, a CPU's utilisation.
 *
 * Each record is one TrackEvent with the event's name as its category and the fields
 * as debug annotations; what else there is (ends of slices, states, counters) has no
 * category. So a reader of the file has the stream back: tests/pftrace.c does that.
 *
 * Beside them stand context switches and wakeups as ftrace's events, of which Perfetto makes its own
 * tables of scheduling (sched_slice, thread_state), and its CPU lanes.
 *
 * Arrows are flows: wakeups from the waker by way of the runnable task to the CPU that
 * runs it; kicks from who asks by way of the irq work to the target's schedule().
 */
#ifndef KS_TRACE_PERFETTO_H
#define KS_TRACE_PERFETTO_H

#include "trace/trace.h"

/*
 * @about: the machine, in a line. 0 or -errno, nothing being left behind.
 * trace_sink_close() ends it.
 */
int trace_perfetto_create(const char *path, const char *about, u32 nr_cpus,
			  struct trace_sink **out);

#endif
