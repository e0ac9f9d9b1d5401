/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * tracecmd.h - the event stream as trace-cmd's file (.dat, version 6), for trace-cmd
 * report and KernelShark. sched_switch, sched_wakeup, sched_wakeup_new, sched_waking
 * and sched_migrate_task are the kernel's events with the kernel's formats; the rest of
 * the catalogue are events of the system "kickstand".
 *
 * A .dat file has each CPU's pages in a row behind a head that says where they are. So
 * pages go to a nameless file as they fill, and are put in order at the end: what is
 * kept in memory is a page a CPU and four bytes a page written.
 */
#ifndef KS_TRACE_TRACECMD_H
#define KS_TRACE_TRACECMD_H

#include "trace/trace.h"

/*
 * @comm_dynamic: sched_migrate_task has its comm behind a __data_loc, as since 7.3.
 * 0 or -errno, nothing being left behind. trace_sink_close() ends it.
 */
int trace_tracecmd_create(const char *path, u32 nr_cpus, bool comm_dynamic,
			  struct trace_sink **out);

#endif
