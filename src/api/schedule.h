/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * schedule.h - schedule files: decisions about a run (engine/schedule.h), and which run it is.
 *
 *	{ "schedule": 1,
 *	  "run": { "object_sha256": "...", "version": "0.1.0", "kernel": "7.3", "seed": 1, ... },
 *	  "decisions": [ { "at": "store", "cpu": 2, "prog": "q_enqueue", "insn": 17, "nth": 3,
 *			   "hold_ns": 40000, "came_ns": 1203441 } ] }
 *
 * A file is refused for another run than its own: what it says would mean something else there.
 */
#ifndef KS_API_SCHEDULE_H
#define KS_API_SCHEDULE_H

#include "engine/schedule.h"

struct json_t;
struct ks_machine;

struct schedule_file {
	struct schedule schedule;
	char *path;
	/* where each came due in the run that the file is of; 0: it is not said */
	u64 came_ns[SCHEDULE_MAX];
};

/* What "run" holds of @km. json_decref() it. */
struct json_t *schedule_run_json(const struct ks_machine *km);
/* One decision; @prog: the program's name, NULL: none */
struct json_t *decision_json(const struct decision *d, const char *prog);
/* The decisions of a file's list. KS_OK, or KS_USAGE with a line that begins with @path. */
int decisions_read(const struct json_t *list, const char *path, struct schedule_file *to);
void schedule_file_free(struct schedule_file *f);

#endif
