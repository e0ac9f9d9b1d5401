/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * kickstand.h - run sched_ext schedulers on simulated machines, in this process.
 *
 *	struct ks_machine_opts opts = { .sz = sizeof(opts), .cpus = 4 };
 *	struct ks_machine *m = ks_machine_create(&opts, NULL);
 *	struct ks_object *obj;
 *
 *	if (!m || ks_object_open(m, "scx_simple.bpf.o", NULL, &obj) || ks_object_load(obj) ||
 *	    ks_object_attach(obj) || ks_machine_workload(m, "mixed") ||
 *	    ks_machine_run(m, 1000000000))
 *		errx(1, "%s", ks_error());
 *	ks_machine_summary(m, stdout);
 *	ks_machine_destroy(m);		closes its objects
 *
 * libkickstand(3) says more, examples/embed/ is a whole program.
 *
 * Rules that hold for all calls:
 *
 * - One machine at a time in a process: guests see it at fixed addresses. The
 *   library is not thread-safe.
 * - Calls return an enum ks_status; of one that is not KS_OK, ks_error() has one line
 *   that says what, where and what to do. A call that is refused changed nothing.
 * - Times are virtual, in nanoseconds since the machine booted; lengths of time too.
 * - Structures of options, and those that a call fills, begin with @sz, which the
 *   caller sets to their size: a program that was compiled with a smaller one works
 *   with a newer library. What is zero is not said.
 * - Strings and arrays in options are copied, callbacks' @arg apart.
 * - Calls are made outside of a run. "From a task's function" says of a call that
 *   struct ks_task_opts' next() may make it too, "from a listener" that a function
 *   given to ks_machine_listen() may. Others are refused there.
 */
#ifndef KICKSTAND_H
#define KICKSTAND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#ifdef __cplusplus
extern "C" {
#endif

/* also the command's exit statuses */
enum ks_status {
	KS_OK = 0,
	KS_FAILED = 1,	      /* an expectation of a test, or what was waited for, is not met */
	KS_USAGE = 2,	      /* bad usage, unreadable input */
	KS_LOAD = 3,	      /* the object could not be loaded or enabled */
	KS_EJECTED = 4,	      /* the scheduler was ejected */
	KS_LOCKUP = 5,	      /* the machine locked up */
	KS_INTERRUPTED = 130, /* ks_machine_stop(); as shells say it of SIGINT */
};

enum ks_level { KS_DEBUG, KS_INFO, KS_WARNING };

struct ks_machine;
struct ks_object;

/* What went wrong last, one line without a newline; never NULL. Valid until the next call. */
const char *ks_error(void);

/*
 * Programs run as native code where the host lets pages become executable: by mprotect() with
 * PROT_READ | PROT_EXEC in this range alone, never of a page that is writable then. A process
 * that forbids it, by seccomp for instance, has its programs interpreted.
 */
#define KS_NATIVE_BASE 0x1c0000000000ULL
#define KS_NATIVE_SIZE (1ULL << 30)

/* ---- a machine ---- */

struct ks_machine_opts {
	size_t sz;	      /* of this structure */
	const char *kernel;   /* "6.12", "6.18.15"; NULL: the newest that is released */
	const char *topology; /* "1n2l4c2t"; NULL: flat */
	unsigned int cpus;    /* 0: 8, or as many as @topology says */
	uint64_t seed;	      /* any number */
	int partial;	      /* leave fair tasks to the fair class */
	/* lines of the machine's console, of libbpf, and warnings; NULL: dropped */
	void (*log)(void *arg, enum ks_level level, const char *line);
	void *log_arg;
	const char *trace;		 /* file for the event stream, by its ending; NULL: none */
	int hash;			 /* compute the event stream's hash, for comparing runs */
	unsigned int check_every;	 /* walk the model's invariants every N events; 0: never */
	const char *svg;		 /* file for a picture of a window; NULL: none */
	uint64_t svg_from_ns, svg_to_ns; /* the window, in virtual time as in the trace */
	const char *html;		 /* file for the trace as a page to look at; NULL: none */
	/*
	 * For how long a runnable task may wait before the verdict calls it starved; 0: half a
	 * second, or two rounds of those that it shares its CPUs with.
	 */
	uint64_t starvation_ns;
	/* what else decided the run, as its caller says it, for the provenance; NULL: nothing */
	const char *options;
	/*
	 * Bytes that maps, their elements, objects and arena pages may take, by what is asked
	 * for; what is more is refused as by a kernel without memory. 0: 4 GiB
	 */
	uint64_t max_memory;
	/* "none", "voluntary", "full" or "lazy", if the kernel has it; NULL: as it boots */
	const char *preempt;
	/* "1-3,6": CPUs whose tick may stop while a task runs, not CPU 0; NULL: none */
	const char *nohz_full;
	/* programs are interpreted, not run as native code: slower, and the same in all else */
	int interpret;
	/* "live": the kernel's own threads run; "none": they are silent; NULL: live */
	const char *kthreads;
	unsigned int hz; /* ticks a second: 100, 250, 300 or 1000; 0: as the kernel was built */
};

/* NULL on failure; *@status, if not NULL, says which kind. */
struct ks_machine *ks_machine_create(const struct ks_machine_opts *opts, enum ks_status *status);
/*
 * Its objects are closed. It stops where it is, as by the switch: a scheduler that is still
 * attached is not unregistered (ks_object_detach() does that), and no function of yours is
 * called. NULL is fine.
 */
void ks_machine_destroy(struct ks_machine *m);

/*
 * ks_machine_workload - what the machine's tasks do from the first run on
 * @spec: a file of rt-app JSON, or NAME[:key=value,...] of a built-in. Once a machine,
 * before its first run and before its first ks_task_add().
 */
int ks_machine_workload(struct ks_machine *m, const char *spec);
/* Virtual time now, in ns. From anywhere. */
uint64_t ks_machine_now(const struct ks_machine *m);
/*
 * ks_machine_hotplug - a CPU is unplugged or comes back, as by its "online" file
 * Takes virtual time. From a task's function.
 */
int ks_machine_hotplug(struct ks_machine *m, unsigned int cpu, int online);

/* ---- running ---- */

#define KS_FOREVER UINT64_MAX /* a length of time without an end */

/*
 * ks_machine_run - @duration_ns of virtual time
 * KS_OK; KS_EJECTED when the scheduler left with an error, KS_LOCKUP. The machine
 * goes on with the fair class after an ejection, so the run has its full length.
 * KS_OK also when a listener ended it. KS_USAGE when the trace cannot be written any
 * longer: the run ends there and then.
 */
int ks_machine_run(struct ks_machine *m, uint64_t duration_ns);

struct ks_until {
	size_t sz;	    /* of this structure */
	uint64_t ns;	    /* at most that long from now; KS_FOREVER: as long as it takes */
	const char *events; /* names as for ks_machine_listen(); NULL: every event */
	/* NULL: the first event will do; else true ends the run. Asked after each of the
	 * events, outside of the run: it may call whatever does not run the machine. */
	int (*condition)(void *arg, struct ks_machine *m);
	void *arg;
};

/*
 * ks_machine_run_until - run to the next event of a kind, or until a condition holds
 * The condition is first asked before anything runs. KS_FAILED: @ns passed and it did not
 * come to that. Others as ks_machine_run(). The run ends where time next passes after the
 * event: what happens in the same instant has happened too. Stopping changes nothing: the
 * machine goes on as if it had not been stopped.
 */
int ks_machine_run_until(struct ks_machine *m, const struct ks_until *until);
/*
 * ks_machine_stop - end the run soon, before its time; if there is none, the next one
 * It returns KS_INTERRUPTED then, and the reports say so. For signal handlers; from anywhere.
 */
void ks_machine_stop(struct ks_machine *m);
/* @progress, unless NULL, is called every 10 ms of virtual time, while the run stands still. */
void ks_machine_on_progress(struct ks_machine *m,
			    void (*progress)(void *arg, uint64_t done_ns, uint64_t of_ns),
			    void *arg);

/* ---- tasks ---- */

enum ks_policy { /* the kernel's numbers, SCHED_* */
		 KS_NORMAL = 0,
		 KS_FIFO = 1,
		 KS_RR = 2,
		 KS_BATCH = 3,
		 KS_IDLE = 5,
		 KS_EXT = 7,
};

enum ks_action {
	KS_RUN,	  /* compute for ns of CPU time */
	KS_SLEEP, /* for ns of virtual time; 0: a system call that does not sleep */
	KS_WAIT,  /* until ks_task_wake(); one that came before counts, once */
	KS_YIELD, /* sched_yield() */
	KS_EXIT,
};

struct ks_step {
	enum ks_action action;
	uint64_t ns; /* of KS_RUN (KS_FOREVER: until it is killed) and KS_SLEEP */
};

struct ks_task_opts {
	size_t sz;	       /* of this structure */
	const char *comm;      /* 1 to 15 bytes */
	enum ks_policy policy; /* a partial scheduler has EXT, others all but FIFO and RR */
	int nice;	       /* -20 to 19; 0 with FIFO and RR */
	int rt_priority;       /* 1 to 99 with FIFO and RR, else 0 */
	const char *cpus;      /* "0-3,7"; NULL: all */
	/* what it does: a list, so many times over (0: for ever), after which it exits... */
	const struct ks_step *steps;
	unsigned int nr_steps, rounds;
	/* ...or a function that is asked for each next step. It is called as the task, on a
	 * stack of 256 KiB, and must return: no longjmp() out of it, no exception. */
	struct ks_step (*next)(void *arg, int pid);
	void *arg;
};

/*
 * ks_task_add - a new process, child of the one that loads schedulers
 * It is forked as on Linux: ops.init_task and ops.enqueue are called, and virtual time
 * passes. @pid, unless NULL, is set before it first runs. From a task's function: its child.
 */
int ks_task_add(struct ks_machine *m, const struct ks_task_opts *opts, int *pid);
/* End the KS_WAIT of one that was added so. From a task's function: that one is the waker. */
int ks_task_wake(struct ks_machine *m, int pid);
/*
 * System calls on any task that is no kernel thread; @cpus as above. From a task's
 * function, where killing the task itself does not return.
 */
int ks_task_set_cpus(struct ks_machine *m, int pid, const char *cpus);
int ks_task_set_nice(struct ks_machine *m, int pid, int nice);
int ks_task_kill(struct ks_machine *m, int pid);

/* ---- looking ---- */

/* From anywhere, all of these. Figures count from the first run or ks_task_add(). */

struct ks_cpu {
	size_t sz; /* of this structure */
	int online;
	int core, llc, node; /* machine-wide numbers */
	int pid;	     /* of the task there; 0: the idle task */
	char comm[16];
	const char *task_class;	 /* "ext", "fair", "rt", "stop", "idle"; static */
	unsigned int nr_running; /* runnable tasks of its run queue, the running one included */
	uint64_t busy_ns, idle_ns, switches, kicked;
};

/* CPUs of the machine, numbered from 0; 0 if @m is none. */
unsigned int ks_machine_nr_cpus(const struct ks_machine *m);
int ks_machine_cpu(const struct ks_machine *m, unsigned int cpu, struct ks_cpu *out);

struct ks_task {
	size_t sz; /* of this structure */
	int pid;
	char comm[16];
	char state;		/* R runs, Q is queued, S sleeps, D sleeps uninterruptibly */
	int cpu;		/* where it is or was last */
	const char *task_class; /* as above */
	int nice;
	int kthread; /* the kernel's own */
	uint64_t runtime_ns;
	uint64_t wait_ns; /* runnable and not running, the wait that goes on now with it */
	uint64_t wakeups, switches, migrations;
	uint64_t waiting_ns; /* the wait that goes on now, so far; 0: it does not wait */
	/* from a wakeup, or its creation, until it ran; and every stay in a queue, those after
	 * a preemption too. One that goes on counts as long as it is. */
	uint64_t latency_p50_ns, latency_p99_ns, latency_max_ns;
	uint64_t queue_wait_p50_ns, queue_wait_p99_ns, queue_wait_max_ns;
};

/* The living task after @pid in order of creation, -1: the first. KS_FAILED: no more. */
int ks_task_next(const struct ks_machine *m, int pid, struct ks_task *out);
/* KS_USAGE: there is no such living task. */
int ks_task_get(const struct ks_machine *m, int pid, struct ks_task *out);

struct ks_kicks {
	size_t sz;			     /* of this structure */
	uint64_t plain, idle, preempt, wait; /* calls by flag; one with two counts in both */
	uint64_t sent;			     /* reschedules asked for */
	uint64_t ipis;			     /* of these, by interrupt */
	uint64_t skipped_idle;		     /* idle kicks of a busy CPU */
	uint64_t coalesced;		     /* the target was marked or due already */
	uint64_t dropped;		     /* bypass, offline, a higher class, no scheduler */
	/* from the call to the target's schedule() */
	uint64_t latency_p50_ns, latency_p99_ns, latency_max_ns;
	uint64_t calls; /* of all flags, each one once; the kernel's own too */
};

/* of all kicks since the machine booted */
int ks_machine_kicks(const struct ks_machine *m, struct ks_kicks *out);

/* ---- events ---- */

/* What happened; docs/events.md has the catalogue. Valid during the call, with all it points to. */
struct ks_event {
	uint64_t time_ns;
	int cpu; /* -1: on none */
	int pid; /* of the task that ran there; 0 the idle task, -1 none */
	const char *comm;
	const char *name; /* "kick" */
	unsigned int nr_fields;
	const char *const *fields; /* their names: "n", "cpu", "flags", ... */
	const uint64_t *values;	   /* negative ones are sign-extended */
};

/* The value of a field; 0 if the event has none of that name. */
uint64_t ks_event_value(const struct ks_event *ev, const char *field);
/*
 * ks_event_text - the same as traces print it: "PREEMPT|WAIT", "dispatch", "spin-12"
 * "" if there is none of that name. Valid as long as the event.
 */
const char *ks_event_text(const struct ks_event *ev, const char *field);

/*
 * ks_machine_listen - @fn is called for each event from now on, in order
 * @names: "kick kick_answer"; with * and ? for any letters, "kick*"; NULL: all
 * @fn: it changes nothing; true ends the run, as soon as time passes on that CPU
 *
 * There may be several; each gets an event in the order in which they came. They stay
 * as long as the machine.
 */
int ks_machine_listen(struct ks_machine *m, const char *names,
		      int (*fn)(void *arg, const struct ks_event *ev), void *arg);

/*
 * ---- watching: what kickstand top shows ----
 *
 * A watch follows the events of a machine: who runs, who waits where since when, what tasks
 * came to, what ops cost. It changes nothing of the run. The calls of a watch may be made from
 * anywhere; KS_USAGE also when there was no memory to follow the events, since what it says is
 * then not complete any longer.
 */
struct ks_watch;

#define KS_WATCH_EVENTS 1024 /* the last ones, which it keeps */
#define KS_WATCH_TEXT_MAX 400

/*
 * ks_machine_watch - watch from here on
 * NULL: ks_error(). It stays as long as the machine, and goes with it. Figures of tasks, CPUs
 * and ops count from here on; they begin anew when a scheduler ends, and when one comes after
 * that, as the summary's do.
 */
struct ks_watch *ks_machine_watch(struct ks_machine *m);
/* Figures count from now on: after ks_machine_run(m, 0) they are the summary's. */
int ks_watch_restart(struct ks_watch *w);

/* by the time run, the time waited, the longest wait after a wakeup: the largest first; by pid */
enum ks_watch_order { KS_BY_RUN, KS_BY_WAIT, KS_BY_LATENCY, KS_BY_PID };

struct ks_watch_state {
	size_t sz; /* of this structure */
	uint64_t now_ns;
	/* rates are of the last 10 to 20 ms of virtual time, or of the time since the last
	 * look but one, if that is longer */
	uint64_t switches_per_s, kicks_per_s;
	unsigned int bypass_depth;
	int exited; /* the root's scheduler left, at exit_ns */
	uint64_t exit_ns;
	/* how many there are to ask for below; of events: so many there were, and the last
	 * KS_WATCH_EVENTS of them are kept */
	unsigned int nr_ops, nr_dsqs, nr_tasks;
	uint64_t nr_events;
};

/* ks_watch_look - a picture of now: what the calls below are about, until the next look */
int ks_watch_look(struct ks_watch *w, enum ks_watch_order by, struct ks_watch_state *out);

struct ks_watch_cpu {
	size_t sz; /* of this structure */
	int online;
	int core, llc, node; /* machine-wide numbers */
	int pid;	     /* of the task there; 0: none */
	char comm[16];
	const char *task_class;	 /* "ext", "fair", ...; "": not known; static */
	unsigned int busy_milli; /* thousandths of the time that rates are of */
	unsigned int queued;	 /* tasks on its local DSQ */
	int resched;		 /* it was asked to schedule, and has not come to it */
	int waits_for;		 /* the CPU that a kick with SCX_KICK_WAIT waits for; -1: none */
	uint64_t switches, kicked;
};

/* KS_USAGE: the machine has no such CPU. */
int ks_watch_cpu(struct ks_watch *w, unsigned int cpu, struct ks_watch_cpu *out);

struct ks_watch_op {
	size_t sz;	  /* of this structure */
	const char *name; /* "dispatch"; static */
	/* whose: "root", "sub-2"; "" as long as there has been no other than the root */
	char sched[32];
	uint64_t calls, calls_per_s;
	/* how many of the calls were timed (one that slept and came back elsewhere was not), and the
	 * mean of what one took, with what it called: of the time that rates are of, or of all if
	 * none ended there */
	uint64_t timed, cost_ns;
};

/* The callbacks that were called, the most called first: @i below nr_ops, else KS_FAILED. */
int ks_watch_op(struct ks_watch *w, unsigned int i, struct ks_watch_op *out);

struct ks_watch_dsq {
	size_t sz; /* of this structure */
	uint64_t id;
	char name[96];	 /* as traces print it, its scheduler before it as above: "sub-2 0x7" */
	unsigned int nr; /* tasks there */
	int oldest_pid;	 /* who has been there longest; -1: it is empty */
	char oldest_comm[16];
	uint64_t oldest_ns; /* for how long */
};

/*
 * Global, bypass and user DSQs that ever had a task, those that have one first: @i below
 * nr_dsqs, else KS_FAILED.
 */
int ks_watch_dsq(struct ks_watch *w, unsigned int i, struct ks_watch_dsq *out);

struct ks_watch_task {
	size_t sz; /* of this structure */
	int pid;
	char comm[16];
	char state;		/* R runs, Q waits, S sleeps */
	int cpu;		/* where it is or was last; -1: no event said */
	const char *task_class; /* as above */
	char dsq[96];		/* the name of that on which it waits; "": on none */
	/* what goes on now counts as long as it is */
	uint64_t run_ns, wait_ns, wakeups;
	uint64_t latency_ns, latency_max_ns; /* from a wakeup to running: the mean, the longest */
};

/* Those that live, in the order of the look: @i below nr_tasks, else KS_FAILED. */
int ks_watch_task(struct ks_watch *w, unsigned int i, struct ks_watch_task *out);

struct ks_watch_event {
	size_t sz; /* of this structure */
	uint64_t time_ns;
	int cpu, pid; /* as in struct ks_event */
	char comm[16];
	const char *name;	      /* "kick"; static */
	char text[KS_WATCH_TEXT_MAX]; /* its fields, as in a text trace: "n=1 cpu=2 flags=IDLE" */
};

/* Event number @n, from 0: one of the last KS_WATCH_EVENTS below nr_events, else KS_FAILED. */
int ks_watch_event(struct ks_watch *w, uint64_t n, struct ks_watch_event *out);

/*
 * ---- interleavings (docs/explore.md) ----
 *
 * A schedule holds CPUs, interrupts and timers at points of a run that it names: another order
 * of the same run, and always the same one.
 */

/*
 * ks_machine_schedule - what a schedule file decides is decided from here on
 * Between the load and the attach of its object, once a machine. KS_USAGE: it cannot be read, or
 * is of another object, version or options.
 */
int ks_machine_schedule(struct ks_machine *m, const char *path);
/* How long the run of a schedule file is, in virtual time; 0: it does not say. KS_OK or KS_USAGE */
int ks_schedule_duration(const char *path, uint64_t *ns);
/*
 * After a run: KS_OK, all decisions came due, or there is no schedule. KS_USAGE: one did not, or
 * at another time than in the run that the file is of; ks_error() says where they parted.
 */
int ks_machine_schedule_came(struct ks_machine *m);

/*
 * ks_object_assert - what must hold of a loaded object's globals whenever no program runs
 * @expression: "nr_queued >= 0 && mode != 3": C's operators, globals with ".field" and "[3]".
 * Several may be asserted. KS_USAGE: it cannot be read, or there is no such global.
 */
int ks_object_assert(struct ks_object *obj, const char *expression);
/* Has all of it held so far? KS_OK; KS_FAILED: ks_error() says what did not, when, with which values */
int ks_machine_asserted(struct ks_machine *m);

struct ks_explore_progress {
	size_t sz; /* of this structure */
	uint64_t runs, behaviours, findings;
	uint64_t real_ns; /* since the campaign began, of the host's clock */
};

struct ks_explore_opts {
	size_t sz;	      /* of this structure */
	uint64_t duration_ns; /* of each run, in virtual time */
	uint64_t runs;	      /* so many, about; 0: no limit */
	uint64_t budget_ns;   /* for so long, of the host's clock; 0: no limit */
	unsigned int jobs;    /* processes at a time; 0: as many as CPUs here */
	uint64_t seed;	      /* of what is tried */
	const char *strategy; /* one of docs/explore.md; NULL: all in turn */
	const char *out;      /* folder for schedules; NULL: where we are */
	FILE *json;	      /* the findings as JSON; NULL: nobody wants it */
	/*
	 * In the process of each run, before its object is attached: what is left to do; KS_OK.
	 * @obj: NULL for a scenario without one
	 */
	int (*begin)(void *arg, struct ks_object *obj);
	/* In this one, after each batch of runs. */
	void (*progress)(void *arg, const struct ks_explore_progress *p);
	void *arg;
	const volatile int *stop; /* not 0: the campaign ends after this batch; NULL: it does not */
	/*
	 * With @out: the run as a scenario file without its object, a JSON object. What is found is
	 * kept as a scenario, too, where that shows it. NULL: it cannot be said as one
	 */
	const char *scenario;
	/* what may happen around: "hotplug,alloc", "all" (docs/explore.md); NULL: nothing */
	const char *faults;
};

/*
 * ks_explore - search the interleavings of a run for one that ends badly (docs/explore.md)
 * @obj: loaded, not attached. Each run is a process that begins as a copy of this one; what they
 * do is not seen here, and @obj is of no use afterwards but to be closed.
 * @out: the report
 *
 * KS_OK: nothing was found; KS_FAILED: something was; KS_USAGE, KS_LOAD: ks_error() says why.
 */
int ks_explore(struct ks_object *obj, const struct ks_explore_opts *opts, FILE *out);

/* ---- reports ---- */

/* What happened since the first run: for people, and as JSON (schema 1). */
int ks_machine_summary(struct ks_machine *m, FILE *out);
int ks_machine_json(struct ks_machine *m, FILE *out);
/* A thing that the verdict found (docs/verdict.md). Valid during the call, with all it points to. */
struct ks_finding {
	size_t sz;	  /* of this structure */
	const char *kind; /* "starvation", "idle_beside_work", ... */
	int note;	  /* a thing to know, and no harm by itself */
	int pid;	  /* of the task; -1: it is about none */
	char comm[16];
	int cpu; /* -1: about none */
	int has_dsq;
	uint64_t dsq; /* the queue, if it is known */
	uint64_t since_ns, duration_ns;
	const char *text; /* all of it in one line */
};

/*
 * ks_machine_verdict - who starved, which CPUs idled beside work, what was never created
 * @fn: called for each finding, the worst of its kind first; true ends that. NULL: nobody asks
 *
 * KS_OK: there is nothing but notes. KS_FAILED: there is, and ks_error() says of which kinds.
 * KS_USAGE before the first run. From a task's function, too.
 */
int ks_machine_verdict(struct ks_machine *m, int (*fn)(void *arg, const struct ks_finding *finding),
		       void *arg);
/* What the kernel printed when the scheduler was ejected: kind, reason, message, dump. */
void ks_machine_exit_report(struct ks_machine *m, FILE *out);
/* The trace file, if there is one, is complete from here on. */
int ks_machine_finish_trace(struct ks_machine *m);

/* ---- sources ---- */

struct ks_build_opts {
	size_t sz;	    /* of this structure */
	const char *kernel; /* whose types: "6.12", "7.3"; NULL: the machine's, or the newest */
	/* folders of headers that come before ours: also a tree of the kernel, or of scx */
	const char *const *includes;
	unsigned int nr_includes;
	const char *const *flags; /* more words for clang: "-DX=1" */
	unsigned int nr_flags;
	const char *clang;   /* NULL: $CLANG, or the first of PATH that is new enough */
	const char *depfile; /* file for what it was made of, as a rule of make; NULL: none */
	/* what clang prints, a line at a time (KS_WARNING), and its commands (KS_DEBUG); NULL:
	 * to standard error, without the commands */
	void (*log)(void *arg, enum ks_level level, const char *line);
	void *log_arg;
};

/*
 * ks_build - compile schedulers' sources to one object, linked if there are several
 * With the machine's vmlinux.h, libbpf's headers and scx/common.bpf.h. KS_USAGE: something
 * does not compile, or there is no clang; the object is left as it was. Needs no machine.
 * From outside of a run.
 */
int ks_build(const char *const *sources, unsigned int nr, const char *output,
	     const struct ks_build_opts *opts);

/*
 * ks_build_temporary - compile @path to an object in a folder of its own, by ks_build()
 * For whoever opens one source many times, or gives up rights before. *@out: until
 * ks_built_drop(); NULL, with KS_OK, if @path is no source: it is used as it is.
 * opts->depfile is not read.
 */
struct ks_built;
int ks_build_temporary(const char *path, const struct ks_build_opts *opts, struct ks_built **out);
const char *ks_built_object(const struct ks_built *built);
/* The folder goes, and what is in it. NULL is fine. */
void ks_built_drop(struct ks_built *built);

/*
 * ks_data_dir - where what is installed with the library lies: "include", "templates"
 * Near the library or the program, then below the prefix of the build. @path of @size bytes,
 * PATH_MAX for any. KS_USAGE: there is none.
 */
int ks_data_dir(const char *below, char *path, size_t size);

/*
 * ks_loader_check - can a scheduler's own loader be run by `kickstand exec`?
 * @name: as execvp(3) takes it. @bare, of @size bytes, PATH_MAX for any: "", the library is
 * preloaded into it; else its path, since it can only be mapped into a program that has the
 * library. KS_USAGE: it can do neither, and would make its system calls to the host;
 * ks_error() says why. Looks at files, runs nothing.
 */
int ks_loader_check(const char *name, char *bare, size_t size);

/* ---- objects ---- */

/*
 * A machine may have several: a scheduler, and others opened with ops "" that trace it.
 *
 *	open ──▶ choose, set, resize, setup ──▶ load ──▶ set_map, run_prog, call ──▶ attach ⇄ detach
 */

struct ks_object_opts {
	size_t sz;	 /* of this structure */
	const char *ops; /* which sched_ext_ops, if there are several; NULL: the only one; "": none */
	const char *
		kconfig; /* file of CONFIG_X=y lines that go before the machine's own; NULL: none */
	const struct ks_build_opts *build; /* how a source is built; NULL: all defaults */
	const char *const *
		subs; /* "TABLE=/CGROUP[:PROGRAM,...]": sched_ext_ops that are attached below, to cgroups,
				    in order; the last is NULL. NULL: none */
};

/*
 * Read an object and do what every loader does for every object before load. A source (a name
 * that ends in .c) is built first, by ks_build(), for as long as the object is open.
 */
int ks_object_open(struct ks_machine *m, const char *path, const struct ks_object_opts *opts,
		   struct ks_object **out);
/* "VAR=VALUE", before load: v=8, a[3]=1, a=1,2,3, s.f=0 */
int ks_object_set(struct ks_object *obj, const char *assignment);
/* "VAR=N", before load: elements of an array that has a data section of its own, or of a map */
int ks_object_resize(struct ks_object *obj, const char *assignment);
/*
 * ks_object_choose - "PATTERN=CHOICE", before load: which programs take part
 * The pattern is of the shell's kind. Choices: true, false (it is not loaded), if_possible
 * (loaded where the kernel has what its section names), unattached (loaded, and left to
 * whoever attaches it). The last choice for a program counts.
 */
int ks_object_choose(struct ks_object *obj, const char *choice);
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
/*
 * ks_object_call - run a SYSCALL program, as bpf(BPF_PROG_TEST_RUN) does
 * @ctx: @size bytes that the program is given and may change; NULL and 0: none
 * @retval: what it returned; NULL: nobody asks
 *
 * After load. Takes virtual time. It runs on a CPU of the kernel's choice; from a
 * task's function: as that task, on its CPU.
 */
int ks_object_call(struct ks_object *obj, const char *prog, void *ctx, size_t size,
		   uint32_t *retval);
/* Attach the other programs, then enable the scheduler. Takes virtual time. */
int ks_object_attach(struct ks_object *obj);
/* The way back: the scheduler is unregistered, the programs are detached. */
int ks_object_detach(struct ks_object *obj);
/*
 * NULL is fine. An attached scheduler is unregistered first, which takes virtual time. A
 * program that a task is inside of stays until the machine is destroyed.
 */
void ks_object_close(struct ks_object *obj);
/* KS_OK or KS_USAGE: is there such a map? */
int ks_object_check_map(struct ks_object *obj, const char *name);
/* Contents of map @name (".bss" or a section's name for globals) as JSON by its BTF types. */
int ks_object_dump_map(struct ks_object *obj, const char *name, FILE *out);
/*
 * ks_object_global - where a global variable is, and how large (@size may be NULL)
 * Before load its initial value, which moves when something is resized; from then on
 * the variable itself, as long as the object: what the program sees is what stands there.
 * Constants (.rodata) cannot be written after load. NULL: there is no such variable.
 */
void *ks_object_global(struct ks_object *obj, const char *name, size_t *size);
/*
 * ks_object_map_fd - the descriptor of map @name, after load; -1: ks_error() says why
 * It stays the object's. bpf(2) takes it, so a libbpf of the program's own does
 * (libkickstand(3): "A libbpf of your own").
 */
int ks_object_map_fd(struct ks_object *obj, const char *name);
/*
 * Elements of a map by the bytes of the key and of the value, after load. Sizes must be
 * the map's; a per-CPU value is one for each CPU, each padded to 8 bytes. KS_FAILED: there
 * is no such element. From a task's function.
 */
int ks_map_lookup(struct ks_object *obj, const char *map, const void *key, size_t key_size,
		  void *value, size_t value_size);
int ks_map_update(struct ks_object *obj, const char *map, const void *key, size_t key_size,
		  const void *value, size_t value_size);
int ks_map_delete(struct ks_object *obj, const char *map, const void *key, size_t key_size);
/*
 * ks_object_inspect - what the object needs, and what of it is missing
 * One that is not loaded yet is loaded first, since only that tells whether it can be. The
 * status, and ks_error(), are those of the last load or attach; the report is written in
 * any case.
 */
int ks_object_inspect(struct ks_object *obj, FILE *out);
/* the same as JSON: lists of {"name", "state", "detail", "fatal"} by section */
int ks_object_inspect_json(struct ks_object *obj, FILE *out);

/*
 * ---- scenario files (docs/scenarios.md) ----
 *
 * A scenario brings its machine: none may exist. Each of its kernels is a run, on each of its
 * machines, with each of its workloads and seeds.
 */
struct ks_scenario;

struct ks_scenario_opts {
	size_t sz;	      /* of this structure */
	const char *objects;  /* folder of the objects; NULL: $KICKSTAND_OBJECTS, the file's own */
	const char *object;   /* run this one instead; NULL: what the file says */
	const char *trace;    /* as in struct ks_machine_opts */
	const uint64_t *seed; /* instead of the file's; NULL: that */
	FILE *emit;	      /* what "emit" asks for, as one JSON object; NULL: nobody wants it */
	void (*log)(void *arg, enum ks_level level, const char *line);
	void *log_arg;
	const struct ks_build_opts *build; /* as in struct ks_object_opts */
	const char *preempt; /* as in struct ks_machine_opts, instead of the file's; NULL: that */
	const char *const *
		object_dirs; /* folders of the objects after @objects, NULL behind the last; NULL: none */
	uint64_t nr_seeds; /* runs for each seed from *@seed on, instead of the file's; 0: one */
	const char *html;  /* as in struct ks_machine_opts */
	bool no_scheduler; /* leave the object out: the same tasks under the kernel's own classes */
};

/* Read a file; its tasks, actions and expectations are read by each run. */
int ks_scenario_open(const char *path, const struct ks_scenario_opts *opts,
		     struct ks_scenario **out);
void ks_scenario_close(struct ks_scenario *s);
const char *ks_scenario_name(const struct ks_scenario *s);
/* the kernel of run @i; NULL: there is no such run */
const char *ks_scenario_kernel(const struct ks_scenario *s, unsigned int i);
/*
 * "NAME (kernel 7.3)", and what else tells run @i from the others: free() it. NULL: there is no
 * such run, or no memory.
 */
char *ks_scenario_run_name(const struct ks_scenario *s, unsigned int i);
/*
 * Is the file a scenario by what it looks like, or JSON of something else? true if it cannot be
 * read: ks_scenario_open() says why.
 */
int ks_scenario_known(const char *path);
/*
 * The source that the object of run @i is built from, for ks_build_temporary(): free() it.
 * NULL: there is no such run, its object is no source, or there is no memory.
 */
char *ks_scenario_source(struct ks_scenario *s, unsigned int i);
/*
 * ks_scenario_run - one run
 * @report: what failed, as lines of YAML. KS_OK; KS_FAILED: an expectation, or the
 * object could not be loaded; KS_USAGE: the file is wrong, ks_error() says where.
 */
int ks_scenario_run(struct ks_scenario *s, unsigned int i, FILE *report);
/*
 * ks_explore_scenario - ks_explore() of run @i: what is found are expectations that do not hold
 * @opts: the duration is the scenario's. Returns what ks_explore() does. Findings are written as
 * scenarios with their schedule in them.
 */
int ks_explore_scenario(struct ks_scenario *s, unsigned int i, const struct ks_explore_opts *opts,
			FILE *out);

/*
 * ---- traces and debug dumps (docs/traces.md, docs/dumps.md) ----
 *
 * They need no machine and touch none; outside of a run. Files are paths, "-" is standard
 * input: text traces (.txt), those of a real kernel's trace_pipe or trace-cmd report too. @opts
 * NULL: nothing is said. KS_OK, or KS_USAGE: the file cannot be read, is none, or has not what
 * was asked for; nothing has been printed then. Whether @out could be written, ferror() tells.
 */

struct ks_explain_opts {
	size_t sz;	   /* of this structure */
	unsigned int kick; /* the story of that one, from 1; 0: all, a line each */
	int json;	   /* for programs */
};

/*
 * ks_explain - what became of the kicks of a trace
 * Without any, and unless @json or @kick is set: why the task that waited longest did.
 */
int ks_explain(const char *trace, const struct ks_explain_opts *opts, FILE *out);

struct ks_why_opts {
	size_t sz;	       /* of this structure */
	const char *task;      /* a pid, a name, or both as in "hog-1-17"; NULL: the worst wait */
	const uint64_t *at_ns; /* the wait at that moment of virtual time; NULL: the longest */
	int json;	       /* for programs */
};

/* Why a task waited, from a trace or from a sched_ext debug dump; of a dump @at_ns is NULL. */
int ks_why(const char *path, const struct ks_why_opts *opts, FILE *out);

struct ks_report_opts {
	size_t sz;	  /* of this structure */
	int summary;	  /* without the line for each time a task was on a CPU */
	const char *html; /* no tables: a page of the trace, into this file; NULL: none */
	const char *svg;  /* no tables: a picture of the window, into this file; NULL: none */
	uint64_t svg_from_ns, svg_to_ns; /* the window, in virtual time; from < to */
	unsigned int svg_kick; /* in place of the window: around that kick, from 1; 0: none */
	const char *svg_cpus;  /* lanes of these only, as in "0-3,8"; NULL: of all */
};

/*
 * ks_report - who ran when, and who waited how long, in a trace
 * @out: the tables; NULL is fine with @html or @svg, of which there may be one
 */
int ks_report(const char *trace, const struct ks_report_opts *opts, FILE *out);
/*
 * ks_import - a scenario for ks_scenario_open() from a sched_ext debug dump
 * @notes: what the dump does not know, a line each; NULL: nobody asks
 */
int ks_import(const char *dump, FILE *notes, FILE *out);

/* ---- profiles ---- */

/* The profiles, a line each */
int ks_kernels(FILE *out);
/* ... and each fact that differs between any, with the kernels of each value; as JSON (schema 1) */
int ks_kernels_facts(FILE *out);
int ks_kernels_json(FILE *out);
/* What differs between two, for people or, with @json, as the same JSON with these two in it */
int ks_kernels_differ(const char *a, const char *b, bool json, FILE *out);
/* ... between all, of what an object uses; @obj open, not loaded */
int ks_object_kernels(struct ks_object *obj, bool json, FILE *out);
/* name of profile @i, oldest first; NULL: there are no more */
const char *ks_kernel_name(unsigned int i);
/*
 * ks_kernel_find - the profile that a name stands for
 * @name: "6.12", "v6.18.15"; NULL: the default
 * @exact: out, false if it is a release of a known series without a profile of its own,
 * which gets that of the release before it; where the series has none older, it is itself, by
 * the dates of what changed, and has its own name; NULL: nobody asks
 * Its name; NULL: there is none, ks_error() lists the known.
 */
const char *ks_kernel_find(const char *name, bool *exact);
/* A profile's types: @format "raw" or "c" (a vmlinux.h). @kernel NULL: the newest. */
int ks_btf(const char *kernel, const char *format, FILE *out);
/* The types of a file, raw BTF or an object with a .BTF section, as a vmlinux.h. */
int ks_btf_file(const char *path, FILE *out);

#ifdef __cplusplus
}
#endif

#endif
