/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * html_model.h - what the page of --html draws, as records: who ran where from which event on
 * and since which one it had waited, what nested on the CPUs, how long queues were, what tasks
 * came to. The replay and the tally know it as they take the events; here it is written down,
 * so that the page only draws. Events are told by their numbers, from 0 on.
 */
#ifndef KS_TRACE_HTML_MODEL_H
#define KS_TRACE_HTML_MODEL_H

#include <stdio.h>

#include "trace/html_block.h"
#include "trace/intern.h"
#include "trace/kicks.h"
#include "trace/tally.h"

struct html_part; /* of the time: under a scheduler, or after it */

/* A task is told by its number in the page, which is that of its name and pid. */
struct html_model {
	struct html_blocks *blocks;
	struct intern *strings, *tasks;
	struct tally tally; /* by those numbers, in place of pids */
	struct pids begun;  /* of struct begun */
	bool *seen;	    /* by CPU: it has its first slice */
	struct html_table slices, spans, steps, notes;
	u64 slice_event, span_event, step_event, note_event; /* of the last row of each */
	u32 nr_waiting;					     /* as the last step says */
	struct html_part *parts;
	u32 nr_parts;
	u64 part_from_ns;
	struct hist latency; /* of all wakeups */
	bool no_memory;
};

/* its number in the page: "spin-12" */
u32 html_task_number(struct intern *tasks, const char *comm, s64 pid);

/* @b, @strings, @tasks: the page's. 0 or -ENOMEM */
int html_model_init(struct html_model *m, u32 nr_cpus, struct html_blocks *b,
		    struct intern *strings, struct intern *tasks);
void html_model_finish(struct html_model *m);
/* After @rp has taken @r, and the page has it. */
void html_model_event(struct html_model *m, const struct replay *rp, const struct trace_record *r);
/* The trace ends at @end_ns. */
void html_model_end(struct html_model *m, const struct replay *rp, u64 end_ns);
/* The members of the last block: parts, waits that are open, latencies. */
void html_model_json(struct html_model *m, const struct kick_lives *lives, FILE *f);

#endif
