/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * progress.h - the line on a terminal that says how far it is:
 *
 *	 42%  4.213 of 10.00s  1.372x  8.12M switches  39.4k kicks  4.217s to go
 *
 * Nothing where standard error is no terminal or standard output is a pipe.
 */
#ifndef KS_CLI_PROGRESS_H
#define KS_CLI_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

struct ks_machine;

struct progress {
	struct ks_machine *machine;
	bool wanted, shown;
	uint64_t begin_ns, shown_ns; /* real time */
};

/* Of a run of @m, by itself from here on; NULL: of several runs, by progress_runs(). */
void progress_begin(struct progress *p, struct ks_machine *m);
/* @done of @of runs are over, @bad of them ended badly */
void progress_runs(struct progress *p, uint64_t done, uint64_t of, uint64_t bad);
/* Before something else is said there. */
void progress_clear(struct progress *p);

#endif
