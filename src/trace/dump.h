/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * dump.h - reads a sched_ext debug dump as it stands in a bug report: what
 * src/kern/ext/dump.c prints, and real kernels from 6.12 to 7.3, be it from a loader's
 * output, a log, sched_ext_dump trace lines or a mail.
 *
 *	wd[38] triggered exit kind 1026:		who, and which enum scx_exit_kind
 *	  runnable task stall (a[77] failed to ...)	its reason and message
 *	  ...
 *	CPU 1   : nr_run=2 flags=0x3 ...		CPUs that idle are left out
 *	          curr=b[76] class=ext_sched_class
 *	 *R b[76] -712ms				it runs; runnable for so long
 *	      scx_state/flags=3/0x5 ...
 *	  R a[77] -7096ms				it waits
 *
 * Lines are known by what they say, not by their indentation, and what other programs
 * print between them is passed over. A dump that is not whole is refused with the place;
 * one that the kernel itself cut (exit_dump_len) is taken and says so.
 */
#ifndef KS_TRACE_DUMP_H
#define KS_TRACE_DUMP_H

#include <stdio.h>

#include "base/types.h"

struct profile;

#define DUMP_COMM_BYTES 16
#define DUMP_CPUS_MAX 8192
#define DUMP_NR_MASKS 5

struct dump_mask {
	u32 digits; /* hexadecimal digits it was printed with; 0: it was not */
	u64 bits[DUMP_CPUS_MAX / 64];
};

struct dump_lines {
	char **at;
	u32 nr;
};

struct dump_task {
	char comm[DUMP_COMM_BYTES];
	s32 pid;
	u32 cpu;    /* of whose run queue */
	char state; /* R, S, D, ... */
	bool running;
	char sched[40];	 /* "root", "sub1-42"; "": a kernel that has one scheduler */
	s64 runnable_ms; /* since it became runnable, in steps of the kernel's jiffies */
	u32 scx_state, flags, dsq_flags;
	u64 ops_state, qseq;
	s32 sticky_cpu, holding_cpu;
	bool has_dsq, has_vtime, has_slice, has_no_mig;
	u64 dsq, vtime, slice_ns;
	u32 weight, no_mig; /* with slice_ns; as the scheduler sees it, 100: nice 0 */
	struct dump_mask cpus;
	struct dump_lines lines; /* ops.dump_task()'s, and its backtrace */
};

/* of a CPU that has kicked */
enum dump_kick { DUMP_KICK, DUMP_KICK_IDLE, DUMP_KICK_PREEMPT, DUMP_KICK_WAIT, DUMP_KICK_SYNC };

struct dump_cpu {
	u32 cpu;
	u32 nr_run, flags;
	bool released; /* a higher class has it */
	bool has_curr;
	char comm[DUMP_COMM_BYTES], class[16]; /* "ext", "idle", "rt" */
	s32 pid;
	u32 nr_told; /* tasks that follow */
	struct dump_mask kick[DUMP_NR_MASKS];
};

struct dump_counter {
	char name[48];
	s64 value;
};

struct dump {
	u32 nr_dumps;		    /* in the file: this is the last */
	u64 line;		    /* where it begins */
	char scheduler[128];	    /* "": it is not told */
	bool has_exit;		    /* else a look at a scheduler that goes on, by SysRq-D */
	char comm[DUMP_COMM_BYTES]; /* who raised it; "": nobody */
	s32 pid, exit_cpu;	    /* exit_cpu -1: not told */
	u32 kind;		    /* enum scx_exit_kind */
	char reason[128], msg[1024];
	struct dump_lines backtrace;
	struct dump_lines own; /* ops.dump()'s */
	bool truncated;
	struct dump_cpu *cpus;
	struct dump_task *tasks;
	struct dump_counter *counters;
	u32 nr_cpus, nr_tasks, nr_counters;
	/* the machine's CPUs, as far as it can be told: at least */
	u32 cpus_min;
	/* the form, from which the kernel's version can be narrowed down */
	bool has_pnt_seq, has_ops_qseq, has_rescue, has_on_cpu;
	char error[512];
};

/*
 * All of @in is read. 0 or -errno; *@out is set in both cases (to NULL only if there is no
 * memory), since it has the message, which begins with @name.
 */
int dump_read(FILE *in, const char *name, struct dump **out);
void dump_destroy(struct dump *d);
/* Is there a dump in it? @in is wound back to its beginning. */
bool dump_is_in(FILE *in);

/*
 * The kernels that print this form, by the dates of behaviour.def's dump_* rows.
 * @text: NULL, or room for them in words: "6.12 before .117", "6.16 or 6.17", "7.3 or later"
 * Returns the newest known release of the oldest series among them.
 */
const struct profile *dump_kernels(const struct dump *d, char *text, size_t len);
#define DUMP_KERNELS_TEXT_MAX 80
bool dump_mask_has(const struct dump_mask *m, u32 cpu);
/* @cpu is in the dump and does not idle */
const struct dump_cpu *dump_cpu(const struct dump *d, u32 cpu);
bool dump_cpu_is_busy(const struct dump *d, u32 cpu);
/* "0, 2-3" of those below @nr that @has is true of; "none". @buf: 256 bytes are enough for people. */
const char *dump_cpus_text(const struct dump_mask *m, u32 nr, char *buf, size_t len);

#endif
