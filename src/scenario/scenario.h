/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * scenario.h - scenario files from the inside. docs/scenarios.md has the grammar.
 *
 *	file.c		the file, its head: which machine, which kernels
 *	json.c		reading objects by tables of keys, with positions
 *	value.c	globals and map elements by BTF: written and read
 *	match.c	is what was seen what was wanted?
 *	pattern.c	regular expressions, bounded
 *	figures.c	what a path names: figures, globals, maps
 *	several.c	what a pattern or an aggregate of figures names
 *	task.c		the tasks, and what they do when told
 *	action.c	actions: common part, the object's; act_*.c the rest
 *	attach.c	what is loaded and attached
 *	driver.c	the tasks that perform the actions
 *	record.c	the event stream, kept
 *	events.c	sequences of events
 *	expect.c	expectations, and what a failed one prints
 *	verdict.c	which findings are expected
 *	emit.c		what a run leaves for other programs
 *	runs.c		which runs a file is: kernels, machines, workloads, seeds
 *	schedule.c	decisions about a run, and did they come due?
 *	run.c		one run from the machine to the verdict
 *
 * A run is in two passes. What can be wrong with the file is found in the first,
 * with its place; it needs the machine (CPU numbers) and the open object (types),
 * so that both exist by then, but nothing has run.
 */
#ifndef KS_API_SCENARIO_H
#define KS_API_SCENARIO_H

#include <jansson.h>
#include "api/api.h"
#include "api/schedule.h"
#include "api/typed.h"
#include "load/phases.h"
#include "load/thread.h"
#include "trace/value.h"

struct bpf_program;
struct ks_scenario;

/* a path of a value in "map" or "expect", or in the list of "emit" */
struct scn_row {
	struct scn_row *next;
	char path[256];
	const json_t *want; /* NULL: none */
	struct jkey at;
};

/* ---- json.c ---- */

struct scn_key {
	const char *name;
	int (*read)(struct ks_scenario *s, void *to, const json_t *v);
};

/* All of these: 0, or -EINVAL with a line in s->err. */
int scn_fail(struct ks_scenario *s, const char *fmt, ...) __printf(2, 3);
/* Each member of @obj by @keys; one that is not there is refused with the list of those. */
int scn_read_object(struct ks_scenario *s, const json_t *obj, const char *what,
		    const struct scn_key *keys, u32 nr, void *to);
/* The member @name, or NULL. If found, s->ps.at is its place. */
const json_t *scn_find(struct ks_scenario *s, const json_t *obj, const char *name);
const char *scn_string(struct ks_scenario *s, const json_t *v); /* NULL: complained */
int scn_bool(struct ks_scenario *s, const json_t *v, bool *out);
int scn_int(struct ks_scenario *s, const json_t *v, s64 lo, s64 hi, s64 *out);
int scn_time(struct ks_scenario *s, const json_t *v, u64 *ns);
int scn_cpu(struct ks_scenario *s, const json_t *v, s32 *cpu);
/* -ERRNO or a name as "EINVAL" */
int scn_errno(struct ks_scenario *s, const json_t *v, s64 *out);
/* A copy without the positions in the keys: for people. json_decref() it. */
json_t *scn_plain(const json_t *v);
/* zeroed memory that lives as long as the run */
void *scn_alloc(struct ks_scenario *s, size_t size);
char *scn_strdup(struct ks_scenario *s, const char *text);
/* One row a member. */
int scn_read_rows(struct ks_scenario *s, const json_t *obj, const char *what,
		  struct scn_row **rows);

/* ---- value.c ---- */

/* JSON into memory by type. {"pid": COMM} is a task's pid, 0 while it does not exist. */
int scn_store(struct ks_scenario *s, const struct typed_spot *spot, const json_t *v);
/* ".a[3].b" from @spot on; false: not there, and s->err says so */
bool scn_walk(struct ks_scenario *s, struct typed_spot *spot, const char *path);
/* The global that @path begins with; *@rest is what follows its name. false: no such global */
bool scn_global(struct ks_scenario *s, const char *path, struct variable *v,
		struct typed_spot *spot, const char **rest);
/* A global, a map or an element by path, as JSON; NULL, and s->err says why. */
json_t *scn_object_value(struct ks_scenario *s, const char *path);
/* "set" before load, or (@running) of the living object; @dry: only see if it could be done */
int scn_set(struct ks_scenario *s, const json_t *obj, bool running, bool dry);
/* Bytes of a type (0: none is known) of @size from JSON or hexadecimal digits. */
int scn_bytes(struct ks_scenario *s, const struct btf *btf, u32 type_id, u32 size, const json_t *v,
	      u8 *data);

/* ---- match.c ---- */

bool scn_match(const json_t *want, const json_t *seen);
/* does a string of @want say more than itself: ">=2", "1..3", "*"? */
bool scn_match_number(const char *want, bool *matched, s64 seen);
bool scn_match_text(const char *want, const char *seen);
/* pattern.c: why the pattern is not given to the C library; NULL: it may be */
const char *scn_pattern_refused(const char *pattern);
/* when a file is read: could @want, and all that is in it, ever match? 0, or -EINVAL after a complaint */
int scn_check_regex(struct ks_scenario *s, const json_t *want);
int scn_check_number(struct ks_scenario *s, const json_t *want);
/* of the figure that is read: has a number of @want a unit, though it is no time? */
int scn_check_unit(struct ks_scenario *s, const json_t *want);

/* ---- figures.c ---- */

/* JSON summary with the figures that only scenarios have; NULL: no memory */
json_t *scn_summary(struct ks_scenario *s);
/* What @path names in @summary, or a global or map; NULL, and s->err says why. json_decref() it. */
json_t *scn_lookup(struct ks_scenario *s, json_t *summary, const char *path);
/* several.c: of a path with '*' or '?', an object of all that fit; of "max(PATH)", a number */
json_t *scn_lookup_pattern(struct ks_scenario *s, json_t *summary, const char *path);
json_t *scn_lookup_aggregate(struct ks_scenario *s, json_t *summary, const char *text);
bool scn_is_pattern(const char *path);

/* what did not hold */
struct scn_misfit {
	const json_t *seen;
	const char *path; /* of a pattern: the first that does not hold; NULL: it is no pattern */
	u32 nr, nr_bad;	  /* that fit, that do not hold */
};

/* Is @seen, which scn_lookup() found for @r (NULL: nothing), what was wanted? */
bool scn_holds(const struct scn_row *r, const json_t *seen, struct scn_misfit *bad);
/* is the first name of @path one of figures? */
bool scn_is_figure(const char *path);
int scn_check_figure(struct ks_scenario *s, const char *path);
bool scn_figure_is_word(const char *path);

/* ---- task.c ---- */

/* a BPF program that a task or a driver runs by bpf(2) */
struct scn_call {
	struct bpf_program *prog;
	u8 *ctx;
	u32 size;
};

int scn_read_call(struct ks_scenario *s, const json_t *name, const json_t *ctx,
		  struct scn_call *call);
/* From a task: 0 or -errno, and what the program returned */
int scn_call_prog(const struct scn_call *call, u32 *retval);
int scn_read_task(struct ks_scenario *s, const json_t *v, struct thread_spec **out);
int scn_read_tasks(struct ks_scenario *s, const json_t *v);
/* Phases for the tasks @name, which exist or are to exist. */
int scn_read_phases(struct ks_scenario *s, const char *name, const json_t *v, s64 loop,
		    struct thread_spec **out);
/* What could be told of tasks only when all are known. */
int scn_seal_tasks(struct ks_scenario *s);
/* is there such a task in the file? */
bool scn_knows_task(const struct ks_scenario *s, const char *name);
/* The living task called @name after @prev (NULL: the first); NULL: no more. */
struct task_struct *scn_next_task(struct ks_scenario *s, const char *name,
				  const struct task_struct *prev);
extern const struct thread_control scn_control;

/* ---- action.c ---- */

struct scn_action;

struct scn_verb {
	const char *name;
	const char *keys; /* the keys that may stand beside it, separated by blanks */
	int (*read)(struct ks_scenario *s, struct scn_action *a, const json_t *v);
	/* From the driver's task. 0 or -errno. */
	s64 (*run)(struct ks_scenario *s, struct scn_action *a);
};

struct scn_action {
	struct scn_action *next; /* of the same driver, in order */
	const struct scn_verb *verb;
	const json_t *json; /* the whole */
	struct jkey at;
	u32 index; /* in the file */
	u64 time_ns;
	s32 cpu;
	struct scn_row *conditions;
	s64 want_result;
	bool any_result, want_retval;
	/* the verb's */
	const char *name;
	s64 number;
	const json_t *value;
	struct scn_call call;
	struct thread_spec *spec;
	void *data;
	s64 (*task_run)(struct ks_scenario *s, struct scn_action *a, struct task_struct *p);
	/* what came of it */
	bool begun, skipped, done;
	u64 begun_ns, done_ns;
	s64 result;
	u32 retval;
	json_t *sample; /* of an "emit" */
};

extern const struct scn_verb scn_object_verbs[], scn_task_verbs[], scn_system_verbs[];
int scn_read_actions(struct ks_scenario *s, const json_t *v);
/* act_system.c */
int scn_make_cgroups(struct ks_scenario *s, const json_t *v);
/* From the driver's task. */
void scn_perform(struct ks_scenario *s, struct scn_action *a);
bool scn_conditions_hold(struct ks_scenario *s, const struct scn_row *rows);

/* ---- attach.c ---- */

int scn_read_attach(struct ks_scenario *s, const json_t *v);
/* "subs", before the object is opened: "TABLE=/CGROUP" texts, NULL behind the last; NULL: complained */
const char **scn_read_subs(struct ks_scenario *s);
/* Load or not, by patterns. Before load. */
int scn_choose_programs(struct ks_scenario *s, const json_t *v);
int scn_choose_maps(struct ks_scenario *s, const json_t *v);
/* Of a pattern, "scheduler" being the scheduler. 0 or -errno. */
int scn_attach(struct ks_scenario *s, const char *pattern);
int scn_detach(struct ks_scenario *s, const char *pattern);
int scn_attach_first(struct ks_scenario *s);
bool scn_find_map(struct ks_scenario *s, const char *name);
bool scn_knows_program(struct ks_scenario *s, const char *pattern);
struct bpf_program *scn_find_program(struct ks_scenario *s, const char *name);
int scn_keep_link(struct ks_scenario *s, const char *name, struct bpf_link *link, int fd);
void scn_drop_links(struct ks_scenario *s);

/* ---- driver.c ---- */

int scn_read_driver(struct ks_scenario *s, const json_t *v);
void scn_queue_action(struct ks_scenario *s, struct scn_action *a);
/* From a task: the drivers come to life. 0 or -errno */
int scn_start_drivers(struct ks_scenario *s);

/* ---- record.c ---- */

struct scn_recorder {
	struct trace_sink sink;
	struct trace_record *at;
	u64 nr, cap, nr_dropped;
	bool keep_all, full;
	struct trace_names names;
	struct replay *replay; /* follows all of it; NULL: no memory */
};

int scn_record_start(struct ks_scenario *s);
void scn_record_finish(struct ks_scenario *s);
const char *scn_comm(const struct ks_scenario *s, s64 pid);
/* the value of a field as traces print it, a task as its comm */
void scn_field_text(const struct ks_scenario *s, enum trace_field_type type, u64 v,
		    char buf[TRACE_VALUE_MAX]);
/* one line, times counted from the scenario's beginning */
void scn_record_line(const struct ks_scenario *s, const struct trace_record *r, FILE *out);
/* Lines around record @at, each behind @indent. */
void scn_record_around(const struct ks_scenario *s, u64 at, const char *indent, FILE *out);
/* knows the tasks that there are */
struct replay *scn_replay_create(void);
/* a member "why" of a failure: why task @pid waits, lines behind @indent */
void scn_put_why_of(const struct ks_scenario *s, s32 pid, const char *indent, FILE *out);
/* why the task that figure @path is about waits, if it does: lines behind @indent */
void scn_put_why(const struct ks_scenario *s, const char *path, const char *indent, FILE *out);
/* the last lines of what @path is about */
void scn_record_about(struct ks_scenario *s, const char *path, const char *indent, FILE *out);

/* ---- events.c ---- */

struct scn_sequence;
int scn_read_events(struct ks_scenario *s, const json_t *v);
/* Each sequence; failures go to s->report. */
void scn_check_events(struct ks_scenario *s);

/* ---- expect.c ---- */

int scn_read_expect(struct ks_scenario *s, const json_t *v);
void scn_check_expect(struct ks_scenario *s);
/* One failure into the report; @about: which events to show, NULL for none. */
void scn_failure(struct ks_scenario *s, const struct jkey *at, const char *what,
		 const char *expected, const char *seen, const char *about);
void scn_failure_begin(struct ks_scenario *s, const struct jkey *at, const char *what,
		       const char *expected, const char *seen);

/* ---- verdict.c ---- */

/* "any", "ok", or {"ok": false, "kinds": ["starvation"], "starvation": "50ms"} */
int scn_read_verdict(struct ks_scenario *s, const json_t *v);
void scn_check_verdict(struct ks_scenario *s);

/* ---- emit.c ---- */

int scn_read_emit(struct ks_scenario *s, const json_t *v, struct scn_row **rows);
json_t *scn_emit_rows(struct ks_scenario *s, const struct scn_row *rows);
void scn_emit(struct ks_scenario *s, int status);

/* ---- schedule.c ---- */

int scn_read_schedule(struct ks_scenario *s, const json_t *v);
/* Between load and attach: what was read decides from here on. */
void scn_schedule_begin(struct ks_scenario *s);
void scn_check_schedule(struct ks_scenario *s);

/* ---- a scenario ---- */

struct scn_kernel {
	char name[16];
	const char *object; /* NULL: the scenario's */
};

/* "cpus" or "topology", or one of a list of them */
struct scn_machine {
	u32 cpus; /* 0: the topology says */
	const char *topology;
};

/* what a run is made of: runs.c counts them through, the kernel changing last */
struct scn_run {
	const struct scn_kernel *kernel;
	struct scn_machine machine;
	const char *workload; /* NULL: none */
	u64 seed;
};

struct scn_link {
	struct scn_link *next;
	char *name;
	struct bpf_link *link;
	int fd; /* of a perf event, or -1 */
};

struct scn_verdict {
	bool any; /* nothing is asked */
	bool ok_said, ok;
	u32 kinds; /* a bit for each enum finding_kind that must be found */
	struct jkey at;
};

struct scn_expect {
	const json_t *exit_kind;
	struct scn_row *exit_rows; /* code, reason, msg */
	struct scn_row *figures, *values;
	bool exit_said, lockup;
	const json_t *load; /* that loading fails, and how; NULL: it must not */
	struct jkey exit_at, lockup_at, load_at;
	struct scn_sequence *sequences;
	struct scn_verdict verdict;
};

struct ks_scenario {
	struct ks_scenario_opts opts;
	struct parse ps; /* file, place, message */
	char err[1024];
	json_t *root;
	char *path;

	/* the head */
	char name[256];
	struct scn_kernel *kernels;
	u32 nr_kernels;
	struct ks_machine_opts machine;
	struct scn_machine *machines;
	const char **workloads;
	u64 *seeds;		       /* of a list; NULL: seed_first... */
	u32 nr_machines, nr_workloads; /* 0: one, as it is by default */
	u64 seed_first, nr_seeds;
	bool seed_said;
	bool idle_polls;
	u64 duration_ns;
	const char *object, *ops;
	const json_t *costs, *set, *resize, *programs, *maps, *attach, *cgroups, *tasks, *at,
		*expect, *emit, *driver, *subs, *schedule, *assertions;
	struct jkey object_at, workload_at, costs_at, set_at, resize_at, programs_at, maps_at,
		attach_at, cgroups_at, tasks_at, at_at, expect_at, emit_at, driver_at, subs_at,
		schedule_at, assertions_at;

	/* a run */
	struct scn_run now;
	const char *kernel;
	struct ks_machine *km;
	struct ks_object *obj;
	bool loaded;
	int load_status, load_errno;
	struct workload *w; /* the tasks */
	struct scn_driver *drivers;
	u32 driver_policy, driver_priority;
	struct scn_action **actions; /* in the file's order */
	u32 nr_actions;
	u64 last_time_ns; /* of an action, for "+5ms" */
	const char **attach_patterns;
	u32 nr_attach_patterns;
	struct scn_link *links;
	struct scn_expect want;
	struct scn_row *emit_rows;
	struct scn_recorder rec;
	u64 begin_ns; /* virtual time of the scenario's 0 */
	bool begun;
	bool over;	      /* it is taken down: actions that come late are not done */
	int start_err;	      /* of making the tasks: -errno */
	char task_error[512]; /* a program run by a task failed: what and how */
	u32 nr_failures;
	/* the first of them; "": there is none */
	char failed_what[256], failed_wanted[256], failed_seen[512];
	struct schedule_file *decided; /* NULL: nothing is */
	bool parted_passes;	       /* a decision that does not come due is no failure */
	bool explored; /* who starves and who idles is judged elsewhere: src/explore */
	FILE *report;
	void *allocs;
};

/*
 * ---- run.c: a run in parts; ks_scenario_run() is all of them ----
 *
 *	scn_prepare(), scn_load(), scn_go(), scn_finish()
 */

/* The machine is made, the file read. KS_OK, or KS_USAGE and nothing is left to finish. */
int scn_prepare(struct ks_scenario *s, unsigned int i, FILE *report);
/* KS_OK; another status: there is nothing to go on with, and s->nr_failures says if that is wanted */
int scn_load(struct ks_scenario *s);
/* All of the run, with what fails in @report. */
void scn_go(struct ks_scenario *s, FILE *report);
void scn_finish(struct ks_scenario *s);

/* ---- file.c ---- */

/* Read and check the head. */
int scn_read_head(struct ks_scenario *s);
/* runs.c: members of the head, one or a list of them, and what comes of them together */
int scn_head_cpus(struct ks_scenario *s, void *to, const json_t *v);
int scn_head_topology(struct ks_scenario *s, void *to, const json_t *v);
int scn_head_workload(struct ks_scenario *s, void *to, const json_t *v);
int scn_head_seed(struct ks_scenario *s, void *to, const json_t *v);
int scn_head_seeds(struct ks_scenario *s, void *to, const json_t *v);
int scn_runs_check(struct ks_scenario *s);
void scn_runs_finish(struct ks_scenario *s);
/* Run @i; false: there is none */
bool scn_run_get(const struct ks_scenario *s, u64 i, struct scn_run *run);
/* Where the object of @kernel is; malloc'ed; NULL: complained */
char *scn_object_path(struct ks_scenario *s, const struct scn_kernel *k);

#endif
