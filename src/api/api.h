/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * api.h - the library's inside: what a public handle is, and how a failure becomes
 * the one line that the caller shows.
 */
#ifndef KS_API_API_H
#define KS_API_API_H

#include <kickstand.h>
#include <signal.h>
#include "base/types.h"
#include "trace/trace.h"

struct bpf_map;
struct bpf_link;
struct bpf_object;
struct bpf_program;
struct btf;
struct api_task;
struct btf_type;
struct listeners;
struct machine;
struct profile;
struct trace_sink;
struct workload;

/* why a run ends before its time */
enum run_over { RUN_GOES_ON, RUN_EVENT_CAME, RUN_LISTENER_ENDS };

struct ks_machine {
	struct machine *m;
	struct ks_machine_opts opts;
	char *trace_path, *svg_path, *html_path, *options; /* what the options point to */
	char *workload_spec; /* what ks_machine_workload() was given; NULL: nothing */
	u64 seed;
	struct workload *workload;
	bool begun; /* the first run: the workload started, reports count from there */
	struct trace stream;
	struct trace_sink *trace;   /* the file, NULL without */
	struct trace_sink *picture; /* the --svg, NULL without */
	struct trace_sink *page;    /* the --html, NULL without */
	struct ks_object *objects;
	struct ks_object *closed;	/* closed while tasks were inside their programs */
	struct api_task *tasks;		/* of ks_task_add(), the newest first */
	struct listeners *listeners;	/* NULL: nobody listens */
	struct ks_watch *watches;	/* watch.h, the newest first */
	struct schedule_file *schedule; /* schedule.h; NULL: none is set */
	struct assertion *assertions;	/* assertion.h; NULL: nothing is asserted */
	bool running;			/* inside of ks_machine_run() or the like */
	enum run_over over;
	void (*progress)(void *arg, uint64_t done_ns, uint64_t of_ns);
	void *progress_arg;
	volatile sig_atomic_t stop; /* somebody wants the run to end */
	/* virtual time that was left of the last run then; KS_FOREVER; 0: it ran to its end */
	u64 stopped_short_ns;
};

/* bits, so that a call can name those in which it may come */
enum object_state {
	OBJECT_OPEN = 1,
	OBJECT_LOADED = 2,
	OBJECT_ATTACHED = 4,
	OBJECT_BROKEN = 8,
};

struct ks_object {
	struct ks_object *next;
	struct ks_machine *km;
	enum object_state state;
	char *path, *name; /* name: the last component of the path */
	int built_fd;	   /* of a source: what it was built to, whose name is gone; 0: none */
	char sha256[65];   /* of the file, in hexadecimal */
	struct bpf_object *obj;
	struct bpf_map *ops; /* the struct_ops map of the scheduler */
	struct bpf_link *ops_link;
	struct object_sub *subs; /* subs.h: schedulers below it */
	u32 nr_subs;
	struct bpf_link **links;
	u32 nr_links;
	u32 nr_calls;	      /* tasks inside ks_object_call() */
	struct json_t *setup; /* the --setup file; NULL without */
	enum ks_status fault; /* of the last load or attach; KS_OK: none */
	char *fault_text;     /* its line */
};

/* ---- run.c ---- */

/* From here on reports count, and the workload starts. Once; KS_OK. */
int machine_begin(struct ks_machine *km);
/*
 * KS_OK, or what became of the machine, for ks_error(). @since: scx.enable_seq when the
 * run began: an ejection before that has been told.
 */
int machine_verdict(const struct ks_machine *km, u64 since);
/*
 * Did the last scheduler's end (scx.last_exit) come before the first task of the workload was
 * made? All that the workload did was then under another class.
 */
bool machine_exit_was_early(const struct ks_machine *km);
/* @fn(@arg) in a task: on a CPU already, that one; else the loader, and time passes. */
int machine_in_task(struct ks_machine *km, void (*fn)(void *arg), void *arg);

/* ---- listen.c ---- */

/* Let the run end at the next event of @names (all: NULL). KS_USAGE: no such event */
int listen_wait(struct ks_machine *km, const char *names);
void listen_wait_over(struct ks_machine *km);
void listen_finish(struct ks_machine *km);

/* ---- task.c, object.c, map_json.c ---- */

void api_tasks_drop(struct ks_machine *km);
/* Unregister the scheduler, if there is one. From anywhere libbpf may be called. */
void object_disable(struct ks_object *obj);
/* the scheduler alone: those below it go because it does */
void object_unlink_ops(struct ks_object *obj);
/* ks_machine_destroy(): all objects go. The machine has stopped. */
void objects_close(struct ks_machine *km);
/* A map by its name, or by that of its section with or without the dot; NULL */
struct bpf_map *api_find_map(const struct ks_object *obj, const char *name);

/* ---- kernels.c ---- */

/* The profile called @name (NULL: the newest). KS_USAGE: no such */
int api_choose_profile(const char *name, const struct profile **out);

/* ---- error.c ---- */

/* Remember the line for ks_error(); returns @status. */
int api_fail(enum ks_status status, const char *fmt, ...) __printf(2, 3);
void api_log(const struct ks_machine *km, enum ks_level level, const char *fmt, ...) __printf(3, 4);

/* ---- diag.c: libbpf's and the machine's messages ---- */

/* libbpf's lines go to @km's log and are kept from now on */
void diag_begin(struct ks_machine *km);
void diag_clear(void);
void diag_end(void);
void diag_note(const char *line);
/* the first line of the last warning; @otherwise if there was none */
const char *diag_last(const char *otherwise);
/* The cause of a failed open, load or attach (@err: -errno) as one line. */
int diag_fail(const struct ks_object *obj, const char *doing, int err);

/* ---- prepare.c: what every loader does for every object ---- */

int prepare_object(struct ks_object *obj);
/* just before load: sizes that follow from --set and --resize */
int prepare_load(struct ks_object *obj);
/* the struct_ops maps that are schedulers; their number */
u32 prepare_list_ops(const struct bpf_object *obj, struct bpf_map **maps, u32 max);

/* ---- programs.c: which of an object's programs take part ---- */

struct json_t;
/* Does @pattern (of the shell's kind) fit a program? */
bool programs_match(const struct ks_object *obj, const char *pattern);
/* KS_USAGE, with the names that there are */
int programs_none(const struct ks_object *obj, const char *pattern);
/* true, false, "if_possible" or "unattached" for those that @pattern fits; before load */
int programs_choose(struct ks_object *obj, const char *pattern, const struct json_t *v);

/* ---- call.c: programs that bpf(2) runs ---- */

#define API_CTX_MAX 65535 /* bytes of a context: bpf_prog_test_run_syscall() */

/* A loaded program; NULL after a complaint. */
struct bpf_program *call_find(const struct ks_object *obj, const char *name);
int call_run(struct ks_object *obj, struct bpf_program *prog, void *ctx, u32 size, u32 *retval);

/* ---- setup.c: what the --setup file asks for ---- */

int setup_loaded(struct ks_object *obj);
int setup_attached(struct ks_object *obj);
void setup_drop(struct ks_object *obj);

struct json_t;

/* ---- variable.c: globals by name; what stands in them is typed.h's ---- */

struct variable {
	struct bpf_map *map;
	const struct btf *btf;
	u32 type_id;
	u32 offset, size; /* in the map's initial value */
};

/* a global variable or a struct_ops table; false: no such name */
bool variable_find(const struct bpf_object *obj, const char *name, struct variable *v);
/* where its initial value is; NULL if it has none. Moves when something is resized. */
void *variable_data(const struct variable *v);
/* "VAR=VALUE" into the initial value, VAR with ".field" and "[index]". KS_OK or KS_USAGE */
int variable_assign(struct ks_object *obj, const char *assignment);
/* the same with a JSON value */
int variable_store(struct ks_object *obj, const char *path, const struct json_t *value);
/* "VAR=N" */
int variable_resize(struct ks_object *obj, const char *assignment);

#endif
