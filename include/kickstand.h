/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * kickstand.h - run sched_ext schedulers on simulated machines, in this process.
 *
 *	struct ks_machine_opts opts = { .sz = sizeof(opts), .cpus = 4 };
 *	struct ks_machine *m = ks_machine_create(&opts);
 *	struct ks_object *obj;
 *
 *	if (!m || ks_object_open(m, "scx_simple.bpf.o", NULL, &obj) || ks_object_load(obj) ||
 *	    ks_object_attach(obj) || ks_machine_start(m, "mixed") ||
 *	    ks_machine_run(m, 1000000000))
 *		errx(1, "%s", ks_error());
 *	ks_machine_summary(m, stdout);
 *	ks_machine_destroy(m);		closes its objects
 *
 * One machine at a time in a process: guests see it at fixed addresses. The
 * library is not thread-safe. Calls return an enum ks_status; of one that is not
 * KS_OK, ks_error() has one line that says what, where and what to do.
 */
#ifndef KICKSTAND_H
#define KICKSTAND_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#ifdef __cplusplus
extern "C" {
#endif

/* also the command's exit statuses */
enum ks_status {
	KS_OK = 0,
	KS_FAILED = 1,		/* an expectation of a test */
	KS_USAGE = 2,		/* bad usage, unreadable input */
	KS_LOAD = 3,		/* the object could not be loaded or enabled */
	KS_EJECTED = 4,		/* the scheduler was ejected */
	KS_LOCKUP = 5,		/* the machine locked up */
	KS_INTERRUPTED = 130,	/* ks_machine_stop(); as shells say it of SIGINT */
};

enum ks_level { KS_DEBUG, KS_INFO, KS_WARNING };

struct ks_machine;
struct ks_object;

/* What went wrong last, one line without a newline; never NULL. */
const char *ks_error(void);

struct ks_machine_opts {
	size_t sz;		/* of this structure */
	const char *kernel;	/* "6.12", "7.3"; NULL: the newest */
	const char *topology;	/* "1n2l4c2t"; NULL: flat */
	unsigned int cpus;	/* 0: 8, or as many as @topology says */
	uint64_t seed;		/* any number */
	int partial;		/* leave fair tasks to the fair class */
	/* lines of the machine's console, of libbpf, and warnings; NULL: dropped */
	void (*log)(void *arg, enum ks_level level, const char *line);
	void *log_arg;
	const char *trace;	/* file for the event stream, by its ending; NULL: none */
	int hash;		/* compute the event stream's hash, for comparing runs */
	unsigned int check_every; /* walk the model's invariants every N events; 0: never */
	const char *svg;	/* file for a picture of a window; NULL: none */
	uint64_t svg_from_ns, svg_to_ns; /* the window, in virtual time as in the trace */
	const char *html;	/* file for the trace as a page to look at; NULL: none */
};

/* NULL on failure; *@status, if not NULL, says which kind. */
struct ks_machine *ks_machine_create(const struct ks_machine_opts *opts, enum ks_status *status);
/* Objects of the machine are closed first. NULL is fine. */
void ks_machine_destroy(struct ks_machine *m);

/*
 * ks_machine_workload - what the machine's tasks do from the first ks_machine_run() on
 * @spec: a file of rt-app JSON, or NAME[:key=value,...] of a built-in. Once a machine.
 */
int ks_machine_workload(struct ks_machine *m, const char *spec);
/*
 * ks_machine_run - @duration_ns of virtual time
 * KS_OK; KS_EJECTED when the scheduler left with an error, KS_LOCKUP. The machine
 * goes on with the fair class after an ejection, so the run has its full length.
 */
int ks_machine_run(struct ks_machine *m, uint64_t duration_ns);
/* @progress, unless NULL, is called some twenty times a real second. */
void ks_machine_on_progress(struct ks_machine *m,
			    void (*progress)(void *arg, uint64_t done_ns, uint64_t of_ns),
			    void *arg);
/*
 * ks_machine_stop - end ks_machine_run() soon, before its time
 * It returns KS_INTERRUPTED then, and the reports say so. For signal handlers.
 */
void ks_machine_stop(struct ks_machine *m);
uint64_t ks_machine_now(const struct ks_machine *m);
/* The trace file, if there is one, is complete from here on. */
int ks_machine_finish_trace(struct ks_machine *m);

/* What happened since the first ks_machine_run(): for people, and as JSON (schema 1). */
int ks_machine_summary(struct ks_machine *m, FILE *out);
int ks_machine_json(struct ks_machine *m, FILE *out);
/* What the kernel printed when the scheduler was ejected: kind, reason, message, dump. */
void ks_machine_exit_report(struct ks_machine *m, FILE *out);

struct ks_object_opts {
	size_t sz;		/* of this structure */
	const char *ops;	/* which sched_ext_ops, if there are several; NULL: the only one; "": none */
	const char *kconfig;	/* file of CONFIG_X=y lines that go before the machine's own; NULL: none */
};

/* Read an object and do what every loader does for every object before load. */
int ks_object_open(struct ks_machine *m, const char *path, const struct ks_object_opts *opts,
		   struct ks_object **out);
/* "VAR=VALUE", before load: v=8, a[3]=1, a=1,2,3, s.f=0 */
int ks_object_set(struct ks_object *obj, const char *assignment);
/* "VAR=N", before load: elements of an array that has a data section of its own, or of a map */
int ks_object_resize(struct ks_object *obj, const char *assignment);
/*
 * ks_object_setup - a file that stands in for the scheduler's own loader (docs/loading.md):
 * sizes and globals now, maps and programs by the load, more programs by the attach.
 */
int ks_object_setup(struct ks_object *obj, const char *path);
int ks_object_load(struct ks_object *obj);
/* "NAME=JSON", after load: a list of values, or of {"key": K, "value": V} */
int ks_object_set_map(struct ks_object *obj, const char *assignment);
/* "NAME" or "NAME:CTX", after load: JSON by the argument's type, or bytes in hexadecimal */
int ks_object_run_prog(struct ks_object *obj, const char *call);
/* Attach the other programs, then enable the scheduler. Takes virtual time. */
int ks_object_attach(struct ks_object *obj);
/* Unregister the scheduler. */
int ks_object_detach(struct ks_object *obj);
/* NULL is fine. */
void ks_object_close(struct ks_object *obj);
/* KS_OK or KS_USAGE: is there such a map? */
int ks_object_check_map(struct ks_object *obj, const char *name);
/* Contents of map @name (".bss" or a section's name for globals) as JSON by its BTF types. */
int ks_object_dump_map(struct ks_object *obj, const char *name, FILE *out);
/* What the object needs and what of it is missing; no machine needs to run. */
int ks_object_inspect(struct ks_object *obj, FILE *out);
/* the same as JSON: lists of {"name", "state", "detail", "fatal"} by section */
int ks_object_inspect_json(struct ks_object *obj, FILE *out);

/*
 * ---- scenario files (docs/scenarios.md) ----
 *
 * A scenario brings its machine: none may exist. Each of its kernels is a run.
 */
struct ks_scenario;

struct ks_scenario_opts {
	size_t sz;		/* of this structure */
	const char *objects;	/* folder of the objects; NULL: $KICKSTAND_OBJECTS, the file's own */
	const char *object;	/* run this one instead; NULL: what the file says */
	const char *trace;	/* as in struct ks_machine_opts */
	const uint64_t *seed;	/* instead of the file's; NULL: that */
	FILE *emit;		/* what "emit" asks for, as one JSON object; NULL: nobody wants it */
	void (*log)(void *arg, enum ks_level level, const char *line);
	void *log_arg;
};

/* Read a file; its tasks, actions and expectations are read by each run. */
int ks_scenario_open(const char *path, const struct ks_scenario_opts *opts,
		     struct ks_scenario **out);
void ks_scenario_close(struct ks_scenario *s);
const char *ks_scenario_name(const struct ks_scenario *s);
/* the kernel of run @i; NULL: there is no such run */
const char *ks_scenario_kernel(const struct ks_scenario *s, unsigned int i);
/*
 * ks_scenario_run - one run
 * @report: what failed, as lines of YAML. KS_OK; KS_FAILED: an expectation, or the
 * object could not be loaded; KS_USAGE: the file is wrong, ks_error() says where.
 */
int ks_scenario_run(struct ks_scenario *s, unsigned int i, FILE *report);

/* The profiles and how they differ. */
int ks_kernels(FILE *out);
/* A profile's types: @format "raw" or "c" (a vmlinux.h). @kernel NULL: the newest. */
int ks_btf(const char *kernel, const char *format, FILE *out);
/* The types of a file, raw BTF or an object with a .BTF section, as a vmlinux.h. */
int ks_btf_file(const char *path, FILE *out);

#ifdef __cplusplus
}
#endif

#endif
