/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * phases.h - the grammar that rt-app files and scenario files share: a thread's
 * scheduling properties and the events of its phases. Durations are integers in
 * microseconds in the former, strings with a unit in the latter.
 */
#ifndef KS_LOAD_PHASES_H
#define KS_LOAD_PHASES_H

#include "kern/pipe.h"
#include "kern/sched.h"
#include "load/jtext.h"
#include "load/sync.h"
#include "load/workload.h"

#define DURATION_NS_MAX (1000000000ULL * NSEC_PER_SEC) /* 31 years; sums stay far from 2^64 */

enum resource_kind { RES_MUTEX, RES_COND, RES_BARRIER, RES_TIMER, RES_SUSPEND, RES_SEM, RES_PIPE };

struct timer_ref {
	bool started;
	u64 next_ns;
};

/* what threads share by name; a name of one kind says nothing of the others */
struct resource {
	struct resource *next;
	char *name;
	enum resource_kind kind;
	struct umutex mutex;
	struct ucond cond;
	struct ubarrier barrier;
	struct timer_ref timer;
	struct usem sem;
	struct pipe pipe;
};

struct parse {
	const char *file; /* NULL: a part of somebody else's file */
	bool rtapp;
	struct workload *w;
	struct thread_spec *spec; /* the thread being read, NULL outside */
	struct jkey at;		  /* the key being read */
	char *err;
	size_t len;
};

/* One line into @ps->err: where, which thread, what. -EINVAL. */
int parse_fail(struct parse *ps, const char *fmt, ...) __printf(2, 3);
/* is the key that is read one for people ("_comment")? */
bool parse_comment(const struct parse *ps);
/* "unknown key ...; allowed: ..." */
int parse_unknown(struct parse *ps, const char *where, const char *allowed);
int parse_int(struct parse *ps, const json_t *v, s64 lo, s64 hi, s64 *out);
int parse_duration(struct parse *ps, const json_t *v, u64 *ns);
/* Copied, owned by the workload; NULL after a complaint. */
char *parse_string(struct parse *ps, const json_t *v);
int parse_policy(struct parse *ps, const json_t *v, u32 *policy);

/* properties while they are read; what is not set comes from elsewhere in the end */
struct raw_props {
	bool policy_set, priority_set, nice_set, runtime_set, deadline_set, period_set;
	bool reset_on_fork;
	u32 policy;
	s64 priority, nice;
	u64 runtime_ns, deadline_ns, period_ns; /* dl-runtime, dl-deadline, dl-period */
	struct jkey priority_at;
};

/* What "loop", "policy", "cpus", ... and the events of an object go into. */
struct members {
	struct raw_props raw;
	struct cookie **cookie; /* NULL: a phase, which has none */
	struct cpumask **cpus;
	struct cgroup **cgrp;
	s64 *loop;
	struct phase *phase; /* gets the events */
	u32 events_max;
};

/*
 * One member of a thread or phase object. 0, -ENOENT if it is neither property nor
 * event, -EINVAL after a complaint.
 */
int parse_member(struct parse *ps, struct members *m, const json_t *v);
/* The member that is read, if it is one of SCHED_DEADLINE's, into @raw. As parse_member(). */
int parse_dl_member(struct parse *ps, struct raw_props *raw, const json_t *v);
/* The cookie of that name in *@out; 0, or -EINVAL after a complaint: this machine has none. */
int parse_cookie(struct parse *ps, const json_t *v, struct cookie **out);
/* rt-app's defaults: the period is the deadline or the runtime, the deadline the period */
void props_finish_dl(const struct raw_props *raw, struct sched_props *props);
/* names that parse_member() takes, for messages */
const char *member_names(bool rtapp);
/* Settle policy and priority. @policy: in force before, in force after. */
int props_finish(struct parse *ps, const struct raw_props *raw, struct sched_props *props,
		 u32 *policy);
/* The phases of @ps->spec; an object in rt-app, an array in scenarios. */
int parse_phases(struct parse *ps, const json_t *v, u32 policy);
/* "priority" of a thread without one: 10 in the real-time classes */
#define RT_PRIORITY_DEFAULT 10

/* spec.c: the members of a thread object into @ps->spec. @policy: in force if it says none. */
int parse_thread(struct parse *ps, const json_t *v, u32 policy);

#endif
