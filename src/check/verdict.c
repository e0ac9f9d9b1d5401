// SPDX-License-Identifier: GPL-2.0-only
/* verdict.c - see verdict.h. The detectors, and what they share. */
#include "check/verdict.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check/detector.h"
#include "kern/account.h"
#include "base/array.h"
#include "trace/value.h"

static const struct detector {
	const char *name;
	bool note;
	void (*begin)(struct judge *v);
	void (*look)(struct judge *v);
	void (*find)(struct judge *v, struct findings *f);
	void (*tell)(struct judge *v, struct finding *at);
} detectors[NR_FINDING_KINDS] = {
	[FINDING_LOCKUP] = { "lockup", .find = lockup_find },
	[FINDING_GUEST_FAULT] = { "guest_fault", .find = guest_fault_find },
	[FINDING_EJECTED] = { "ejected", .find = ejected_find },
	[FINDING_NOT_CREATED] = { "not_created", .find = not_created_find },
	[FINDING_NEVER_RAN] = { "never_ran", .find = never_ran_find, .tell = never_ran_tell },
	[FINDING_STARVATION] = { "starvation", .begin = starvation_begin, .find = starvation_find,
				 .tell = starvation_tell },
	[FINDING_IDLE_BESIDE_WORK] = { "idle_beside_work", .begin = idle_beside_work_begin,
				       .look = idle_beside_work_look,
				       .find = idle_beside_work_find },
	[FINDING_KICK_STORM] = { "kick_storm", .begin = kick_storm_begin, .find = kick_storm_find },
	[FINDING_UNFAIRNESS] = { "unfairness", .find = unfairness_find },
	[FINDING_LEFT] = { "left", .note = true, .find = left_find },
	[FINDING_NO_EFFECT] = { "no_effect", .note = true, .begin = no_effect_begin,
				.find = no_effect_find },
	[FINDING_ZERO_SLICE] = { "zero_slice", .note = true, .begin = zero_slice_begin,
				 .find = zero_slice_find },
};

const char *finding_kind_name(enum finding_kind kind)
{
	return detectors[kind].name;
}

enum finding_kind finding_kind_by_name(const char *name)
{
	u32 kind = 0;

	while (kind < NR_FINDING_KINDS && strcmp(detectors[kind].name, name))
		kind++;
	return kind;
}

bool finding_is_note(enum finding_kind kind)
{
	return detectors[kind].note;
}

/* ---- words ---- */

const char *time_text(u64 ns, char buf[TIME_BYTES])
{
	static const struct {
		u64 ns;
		const char *name;
	} units[] = { { NSEC_PER_SEC, "s" }, { NSEC_PER_MSEC, "ms" }, { NSEC_PER_USEC, "us" } };

	for (u32 i = 0; i < ARRAY_SIZE(units); i++) {
		u64 thousandths = ns / (units[i].ns / 1000);

		if (ns < units[i].ns)
			continue;
		if (!i)
			snprintf(buf, TIME_BYTES, "%llu.%03llu s", thousandths / 1000,
				 thousandths % 1000);
		else if (thousandths >= 100000)
			snprintf(buf, TIME_BYTES, "%llu %s", (thousandths + 500) / 1000,
				 units[i].name);
		else
			snprintf(buf, TIME_BYTES, "%llu.%llu %s", thousandths / 1000,
				 thousandths % 1000 / 100, units[i].name);
		return buf;
	}
	snprintf(buf, TIME_BYTES, "%llu ns", ns);
	return buf;
}

const char *verdict_task_text(const struct task_struct *p, char buf[NAME_BYTES])
{
	snprintf(buf, NAME_BYTES, "%.15s[%d]", p->comm, p->pid);
	trace_make_printable(buf);
	return buf;
}

const char *pid_text(pid_t pid, char buf[NAME_BYTES])
{
	const struct task_struct *p = find_task_by_pid(pid);
	const struct task_line *dead;

	if (p)
		return verdict_task_text(p, buf);
	snprintf(buf, NAME_BYTES, "[%d]", pid);
	list_for_each_entry(dead, &machine->acc.lines, node)
		if (dead->f.pid == pid)
			snprintf(buf, NAME_BYTES, "%.15s[%d]", dead->f.comm, pid);
	trace_make_printable(buf);
	return buf;
}

const char *prog_text(u32 prog)
{
	return prog && trace_state.prog_name ? trace_state.prog_name(prog) : NULL;
}

const char *verdict_place_text(const struct long_wait *w, char buf[PUT_BYTES])
{
	const char *prog = prog_text(w->put.prog);
	char dsq[TRACE_VALUE_MAX] = "";
	bool ours = w->put.at_ns >= w->queued_ns;
	u32 n = 0;

	buf[0] = '\0';
	if (w->has_dsq) {
		trace_value_text(dsq, NULL, FIELD_dsq, w->dsq_id);
		n = (u32)snprintf(buf, PUT_BYTES, " in DSQ %s", dsq);
	} else if (w->open && !ours) {
		n = (u32)snprintf(buf, PUT_BYTES, " in no DSQ");
	}
	if (ours && prog)
		snprintf(buf + n, PUT_BYTES - n, ", where %s() put it on CPU %d", prog, w->put.cpu);
	return buf;
}

bool of_workload(const struct task_struct *p)
{
	return !host_of(p)->m->kthread && !host_of(p)->m->dead && p->pid > 1 &&
	       p->pid != machine->judge->loader;
}

u64 verdict_duration_ns(const struct judge *v)
{
	return ns_since(v->begin_ns);
}

/* ---- looking ---- */

static void verdict_look(struct engine *e)
{
	struct judge *v = machine->judge;

	e->look_ns = e->now_ns + LOOK_NS;
	history_look(&v->history);
	for (u32 i = 0; i < NR_FINDING_KINDS; i++)
		if (detectors[i].look)
			detectors[i].look(v);
}

void verdict_begin(struct judge *v, pid_t loader)
{
	v->loader = loader;
	v->begin_ns = now_ns();
	history_begin(&v->history);
	v->competition = (struct competition){};
	for (u32 i = 0; i < NR_FINDING_KINDS; i++)
		if (detectors[i].begin)
			detectors[i].begin(v);
	v->machine->wait_over = starvation_wait_over;
	v->machine->wait_told_ns = v->starvation_ns;
	v->machine->engine->look = verdict_look;
	v->machine->engine->look_ns = v->begin_ns;
}

/* ---- life ---- */

void verdict_set_starvation(struct judge *v, u64 starvation_ns)
{
	v->starvation_said = starvation_ns;
	v->starvation_ns = starvation_ns ? starvation_ns : STARVATION_DEFAULT_NS;
	if (v->machine->wait_over)
		v->machine->wait_told_ns = v->starvation_ns;
}

struct judge *verdict_create(struct machine *m, u64 starvation_ns)
{
	struct judge *v = calloc(1, sizeof(*v));

	if (!v)
		return NULL;
	v->machine = m;
	verdict_set_starvation(v, starvation_ns);
	v->waits = calloc(LONG_WAITS_MAX, sizeof(*v->waits));
	v->idle.cpu = calloc(m->nr_cpu_ids, sizeof(*v->idle.cpu));
	v->idle.cpu_ns = calloc(m->nr_cpu_ids, sizeof(*v->idle.cpu_ns));
	if (!history_create(&v->history, m->nr_cpu_ids) || !v->waits || !v->idle.cpu ||
	    !v->idle.cpu_ns) {
		verdict_destroy(v);
		return NULL;
	}
	m->judge = v;
	return v;
}

void verdict_destroy(struct judge *v)
{
	if (!v)
		return;
	v->machine->wait_over = NULL;
	v->machine->wait_told_ns = ~0ULL;
	v->machine->engine->look_ns = ~0ULL;
	v->machine->judge = NULL;
	history_destroy(&v->history);
	free(v->waits);
	free(v->idle.cpu);
	free(v->idle.cpu_ns);
	free(v);
}

void verdict_add_workload(struct judge *v, const struct workload *w)
{
	v->workload[!!v->workload[0]] = w;
}

/* ---- the verdict ---- */

struct finding *finding_add(struct judge *v, struct findings *f, enum finding_kind kind)
{
	struct finding *at;

	if (!array_room(&f->at, f->nr, &v->cap))
		return NULL;
	at = &f->at[f->nr++];
	*at = (struct finding){ .kind = kind, .pid = -1, .cpu = -1 };
	return at;
}

/* the longest first; of equals the older task */
static int by_weight(const void *a, const void *b)
{
	const struct finding *x = a, *y = b;

	if (x->duration_ns != y->duration_ns)
		return x->duration_ns < y->duration_ns ? 1 : -1;
	return (x->pid > y->pid) - (x->pid < y->pid);
}

static void find_kind(struct judge *v, struct findings *f, enum finding_kind kind)
{
	u32 from = f->nr;

	detectors[kind].find(v, f);
	if (f->nr == from)
		return;
	f->ok &= detectors[kind].note;
	qsort(f->at + from, f->nr - from, sizeof(*f->at), by_weight);
	if (f->nr - from > FINDINGS_A_KIND) {
		f->more[kind] += f->nr - from - FINDINGS_A_KIND;
		f->nr = from + FINDINGS_A_KIND;
	}
	for (u32 i = from; i < f->nr; i++) {
		if (detectors[kind].tell)
			detectors[kind].tell(v, &f->at[i]);
		trace_make_printable(f->at[i].text);
	}
}

/* What is counted for it is forgotten again: when somebody asks changes nothing of the run. */
void verdict_find(struct judge *v, struct findings *out)
{
	struct competition was = v->competition;

	*out = (struct findings){ .ok = true };
	v->cap = 0;
	v->competition = (struct competition){};
	for (u32 kind = 0; kind < NR_FINDING_KINDS; kind++)
		find_kind(v, out, kind);
	v->competition = was;
}

void findings_finish(struct findings *f)
{
	free(f->at);
}
