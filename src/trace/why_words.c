// SPDX-License-Identifier: GPL-2.0-only
/* why_words.c - see why_words.h. Only what the stream shows is said. */
#include "trace/why_words.h"

#include <string.h>

/* ---- names ---- */

void set_add(struct why_set *s, u32 cpu)
{
	s->nr += !set_has(s, cpu);
	s->bits[cpu / 64] |= 1ULL << cpu % 64;
}

/* the last CPU of the run that begins with @cpu */
static u32 run_end(const struct why_set *s, u32 cpu)
{
	while (cpu + 1 < READER_CPUS_MAX && set_has(s, cpu + 1))
		cpu++;
	return cpu;
}

struct text set_text(const struct why_set *s)
{
	struct text t = text_of("CPU%s ", s->nr == 1 ? "" : "s");
	const char *sep = "";

	for (u32 cpu = 0; cpu < READER_CPUS_MAX; cpu++) {
		u32 end;

		if (!set_has(s, cpu))
			continue;
		end = run_end(s, cpu);
		if (strlen(t.at) > 60)
			return text_of("%.100s and more (%u)", t.at, s->nr);
		t = end == cpu ? text_of("%.100s%s%u", t.at, sep, cpu) :
				 text_of("%.100s%s%u-%u", t.at, sep, cpu, end);
		sep = ", ";
		cpu = end;
	}
	return t;
}

struct text task_text(const struct replay *rp, s64 pid)
{
	return pid > 0 ? text_of("%s-%lld", replay_comm(rp, pid), pid) :
	       pid     ? text_of("nobody known") :
			 text_of("idle");
}

struct text sched_text(u64 sched)
{
	return sched ? text_of(" of sub-%llu", sched) : (struct text){ "" };
}

struct text queue_text(u64 dsq, u64 sched)
{
	struct text of = sched_text(sched);

	if (dsq_is_local_on(dsq))
		return text_of("CPU %u's local queue", (u32)dsq);
	if (dsq == DSQ_GLOBAL)
		return text_of("the global DSQ%s", of.at);
	if (dsq == DSQ_BYPASS)
		return text_of("the bypass DSQ%s", of.at);
	if (dsq & DSQ_BUILTIN)
		return text_of("a built-in DSQ%s", of.at);
	return text_of("DSQ 0x%llx%s", dsq, of.at);
}

struct text place_text(const struct why_place *p)
{
	switch (p->place) {
	case PLACE_DSQ:
		return queue_text(p->dsq, p->dsq_sched);
	case PLACE_SCHEDULER:
		return text_of("the scheduler's own hands");
	case PLACE_RUNQUEUE:
		return text_of("the %s run queue of CPU %d", word_text(FIELD_class, p->class),
			       p->cpu);
	case PLACE_TAKEN:
		return text_of("the hands of a CPU that had taken it off its queue");
	default:
		return p->cpu >= 0 ? text_of("a queue that is not told, last on CPU %d", p->cpu) :
				     text_of("a place that is not told");
	}
}

const char *put_program(const struct why_story *s, const struct replay_put *put)
{
	const char *name = NULL;

	if (put->prog && s->r)
		name = trace_reader_prog(s->r, put->prog);
	else if (put->prog && trace_state.prog_name)
		name = trace_state.prog_name(put->prog);
	return name;
}

const char *put_line(const struct why_story *s, const struct replay_put *put, char *buf, size_t len)
{
	const char *line;

	if (!put->prog)
		return NULL;
	if (!s->r)
		return trace_state.source_line &&
				       trace_state.source_line(put->prog, put->insn, buf, len) ?
			       buf :
			       NULL;
	line = trace_reader_line(s->r, put->prog, put->insn);
	if (!line)
		return NULL;
	snprintf(buf, len, "%s", line);
	return buf;
}

/* "ops.enqueue() on CPU 3, program lost_enqueue," */
static struct text doer_text(const struct why_story *s, const struct replay_put *put)
{
	const char *program = put_program(s, put);
	struct text where = put->cpu >= 0 ? text_of(" on CPU %d", put->cpu) : text_of("%s", "");

	if (put->how == HOW_CALL && put->op != OP_none)
		return program ? text_of("ops.%s()%s, program %s,", word_text(FIELD_op, put->op),
					 where.at, program) :
				 text_of("ops.%s()%s", word_text(FIELD_op, put->op), where.at);
	if (put->how == HOW_CALL)
		return program ? text_of("program %s%s", program, where.at) :
				 text_of("a program%s", where.at);
	return text_of("the kernel%s", where.at);
}

struct text put_text(const struct why_story *s, const struct why_place *p)
{
	const struct replay_put *put = &p->put;

	if (p->place == PLACE_SCHEDULER)
		return text_of("ops.enqueue() on CPU %d gets it and puts it nowhere", put->cpu);
	if (p->place == PLACE_RUNQUEUE)
		return text_of("it is in %s", place_text(p).at);
	if (p->place == PLACE_TAKEN)
		return text_of("a CPU takes it off its queue");
	if (p->place == PLACE_UNKNOWN)
		return text_of("it is in %s", place_text(p).at);
	if (put->how == HOW_CONSUMED)
		return text_of("CPU %d takes it from %s into its local queue", put->cpu,
			       queue_text(put->from, put->from_sched).at);
	return text_of("%s puts it in %s", doer_text(s, put).at,
		       queue_text(p->dsq, p->dsq_sched).at);
}

/* ---- who could have taken it ---- */

void cpus_within_reach(const struct why_case *c, struct why_set *out)
{
	const struct why_place *p = &c->main;
	s32 only = -1;

	memset(out, 0, sizeof(*out));
	if (p->place == PLACE_DSQ && dsq_is_local_on(p->dsq))
		only = (s32)(u32)p->dsq;
	else if (p->place == PLACE_RUNQUEUE || p->place == PLACE_UNKNOWN)
		only = p->cpu;
	for (u32 i = 0; i < c->nr_cpus; i++)
		if (only >= 0 ? (s32)i == only : c->looks[i].allowed && c->cpu[i].online)
			set_add(out, i);
}

bool kick_concerns(const struct why_story *s, const struct why_set *reach, u32 i)
{
	const struct kick *k = &s->lives->kicks[i];

	return k->called_ns >= s->c->wait.since_ns && k->called_ns <= s->c->end_ns &&
	       k->target >= 0 && k->target < s->c->nr_cpus && set_has(reach, (u32)k->target);
}

/* ---- the conclusion ---- */

struct sums {
	struct why_set reach, idle;    /* could have run it; and idled */
	struct why_set spare, foreign; /* idled, but do not take from there; or may not run it */
	struct why_set looking;
	u64 looks, taken, dispatches, picks, foreign_looks;
	u32 nr_kicks, nr_skipped, nr_dropped, nr_answered;
	const struct kick *lost; /* the last that was skipped just before its CPU idled */
	u32 longest;		 /* CPU that idled longest */
	u64 idle_ns;		 /* it did so for */
};

/* at the place that explains the wait */
static u64 stay_ns(const struct why_case *c)
{
	return c->main.until_ns - c->main.ns;
}

static void sum_cpu(const struct why_case *c, u32 i, struct sums *m)
{
	const struct why_looks *l = &c->looks[i];

	if (!set_has(&m->reach, i)) {
		m->foreign_looks += l->nr;
		if (l->idle_ns > stay_ns(c) / 2 && c->cpu[i].online)
			set_add(l->allowed ? &m->spare : &m->foreign, i);
		return;
	}
	m->looks += l->nr;
	m->taken += l->nr_taken;
	m->dispatches += l->nr_dispatches;
	m->picks += l->nr_picks;
	if (l->nr)
		set_add(&m->looking, i);
	if (!l->idle_ns)
		return;
	set_add(&m->idle, i);
	if (l->longest_ns > m->idle_ns) {
		m->idle_ns = l->longest_ns;
		m->longest = i;
	}
}

static void sum_kicks(const struct why_story *s, struct sums *m)
{
	for (u32 i = 0; s->lives && i < s->lives->nr_kicks; i++) {
		if (!kick_concerns(s, &m->reach, i))
			continue;
		m->nr_kicks++;
		switch (kick_fate(s->lives, &s->lives->kicks[i])) {
		case KICK_SKIPPED:
			m->nr_skipped++;
			if (s->lives->kicks[i].idled_ns != NEVER)
				m->lost = &s->lives->kicks[i];
			break;
		case KICK_DROPPED:
			m->nr_dropped++;
			break;
		case KICK_ANSWERED:
			m->nr_answered++;
			break;
		case KICK_PENDING:
			break;
		}
	}
}

static const char *times(u64 n)
{
	return n == 1 ? "" : "s";
}

static void kicks_say(const struct why_story *s, const struct sums *m, FILE *out)
{
	if (!s->lives)
		return;
	if (!m->nr_kicks) {
		fputs(" No kick of them came.", out);
		return;
	}
	fprintf(out, " %u kick%s of them came", m->nr_kicks, times(m->nr_kicks));
	if (m->nr_skipped)
		fprintf(out, ", %u %s skipped because the CPU was not idle", m->nr_skipped,
			m->nr_skipped == 1 ? "was" : "were");
	if (m->nr_dropped)
		fprintf(out, ", %u %s dropped", m->nr_dropped, m->nr_dropped == 1 ? "was" : "were");
	if (m->nr_answered)
		fprintf(out, ", %u made the CPU schedule", m->nr_answered);
	fputc('.', out);
	if (m->lost)
		fprintf(out,
			" The idle kick at %s found CPU %lld busy, and the CPU idled at %s; one without "
			"SCX_KICK_IDLE would have made it schedule again.",
			moment_text(m->lost->called_ns).at, m->lost->target,
			moment_text(m->lost->idled_ns).at);
}

static void idle_say(const struct why_case *c, const struct sums *m, FILE *out)
{
	if (!m->idle.nr) {
		fputs(" None of the CPUs that could have run it idled.", out);
		return;
	}
	if (m->idle.nr == 1)
		fprintf(out, " Beside it idled CPU %u, which could have run it", m->longest);
	else
		fprintf(out, " Beside it idled %s, which could have run it; longest CPU %u",
			set_text(&m->idle).at, m->longest);
	fprintf(out, ", for %s from %s on.", duration_text(m->idle_ns).at,
		moment_text(c->looks[m->longest].longest_from_ns).at);
}

/* the task that a CPU ran longest meanwhile; NULL: it ran none */
static const struct why_run *run_longest(const struct why_cpu *c)
{
	const struct why_run *best = NULL;

	for (u32 i = 0; i < c->nr_runs; i++)
		if (!best || c->run[i].ns > best->ns)
			best = &c->run[i];
	return best;
}

static bool is_above_ext(u32 class)
{
	return class > CLASS_IS_ext && class < NR_TRACE_CLASSES;
}

/* what kept CPU @cpu, which alone takes from there */
static void owner_say(const struct why_story *s, u32 cpu, FILE *out)
{
	const struct why_cpu *c = &s->c->cpu[cpu];
	const struct why_run *run = run_longest(c);

	if (!run) {
		fprintf(out, " CPU %u ran nobody meanwhile%s.", cpu,
			c->idle_ns ? ": it idled" : "");
		return;
	}
	fprintf(out, " CPU %u ran %s (%s) for %s of the wait", cpu, task_text(s->rp, run->pid).at,
		word_text(FIELD_class, run->class), duration_text(run->ns).at);
	if (c->nr_runs > 1)
		fprintf(out, " and others for %s", duration_text(c->busy_ns - run->ns).at);
	if (c->idle_ns)
		fprintf(out, ", and idled for %s", duration_text(c->idle_ns).at);
	fputc('.', out);
	if (is_above_ext(run->class) && s->c->class == CLASS_IS_ext)
		fprintf(out, " That is a class above sched_ext: no kick takes the CPU from it.");
}

static void nobody_looked(const struct why_story *s, const struct sums *m, FILE *out)
{
	const struct why_case *c = s->c;
	bool ended = c->main.until_ns < c->end_ns || !(c->wait.until_ns == REPLAY_NEVER);

	fprintf(out, "Nobody looked at %s from %s on",
		queue_text(c->main.dsq, c->main.dsq_sched).at, moment_text(c->main.ns).at);
	if (ended)
		fprintf(out, " until the task left it at %s.", moment_text(c->main.until_ns).at);
	else
		fputs(", until the trace ended.", out);
	if (m->dispatches) {
		fprintf(out,
			" ops.dispatch() ran %llu time%s on CPUs that may run it and did not look there.",
			m->dispatches, times(m->dispatches));
		idle_say(c, m, out);
		return;
	}
	idle_say(c, m, out);
	kicks_say(s, m, out);
	if (m->idle.nr && s->lives && !m->nr_kicks)
		fputs(" A kick with SCX_KICK_IDLE after the insert would have made an idle CPU "
		      "schedule, and so call ops.dispatch().",
		      out);
}

static void looked_in_vain(const struct why_story *s, const struct sums *m, FILE *out)
{
	const struct why_case *c = s->c;

	fprintf(out, "%s looked at %s %llu time%s while it was there", set_text(&m->looking).at,
		queue_text(c->main.dsq, c->main.dsq_sched).at, m->looks, times(m->looks));
	if (m->taken)
		fprintf(out, " and took %llu other task%s first", m->taken, times(m->taken));
	fputc('.', out);
	if (c->main.until_ns < c->end_ns || c->ran_on >= 0)
		fprintf(out, " It left the queue at %s.", moment_text(c->main.until_ns).at);
	idle_say(c, m, out);
	if (m->idle.nr)
		kicks_say(s, m, out);
}

static void held_say(const struct why_story *s, const struct sums *m, FILE *out)
{
	const struct why_case *c = s->c;

	fprintf(out,
		"ops.enqueue() on CPU %d took the task and put it in no queue; the scheduler had it "
		"in its own hands for %s",
		c->main.put.cpu, duration_text(c->main.until_ns - c->main.ns).at);
	fputs(c->main.until_ns < c->end_ns || c->ran_on >= 0 ? "." : ", until the trace ended.",
	      out);
	if (m->dispatches)
		fprintf(out, " Meanwhile ops.dispatch() ran %llu time%s on CPUs that may run it.",
			m->dispatches, times(m->dispatches));
	else
		fputs(" Meanwhile ops.dispatch() was not called on any CPU that may run it.", out);
	idle_say(c, m, out);
	if (m->idle.nr && !m->dispatches)
		kicks_say(s, m, out);
}

static void owned_say(const struct why_story *s, const struct sums *m, FILE *out)
{
	const struct why_place *p = &s->c->main;

	fprintf(out, "For %s it was in %s, from which only that CPU takes.",
		duration_text(p->until_ns - p->ns).at, place_text(p).at);
	if (p->cpu >= 0 && p->cpu < (s32)s->c->nr_cpus)
		owner_say(s, (u32)p->cpu, out);
	if (m->spare.nr)
		fprintf(out, " %s idled for more than half of the time; nobody moved it there.",
			set_text(&m->spare).at);
}

static void untold_say(const struct why_story *s, const struct sums *m, FILE *out)
{
	const struct why_place *p = &s->c->main;

	fprintf(out, "The trace does not tell in which queue it was%s.",
		s->c->knows_queues ? "" : ": it has no insert events");
	if (p->cpu < 0 || p->cpu >= (s32)s->c->nr_cpus)
		return;
	fprintf(out, " It was last on CPU %d.", p->cpu);
	owner_say(s, (u32)p->cpu, out);
	if (m->spare.nr)
		fprintf(out, " %s idled for more than half of the time.", set_text(&m->spare).at);
}

static bool affinity_changed(const struct why_case *c)
{
	for (u32 i = 1; i < c->nr_places; i++)
		if (place_changes_cpus(&c->place[i - 1], &c->place[i]))
			return true;
	return false;
}

static void affinity_say(const struct why_story *s, const struct sums *m, FILE *out)
{
	struct why_set allowed = { 0 };

	for (u32 i = 0; i < s->c->nr_cpus; i++)
		if (s->c->looks[i].allowed)
			set_add(&allowed, i);
	if (!s->c->is_whole || allowed.nr == s->c->nr_cpus)
		return;
	fprintf(out, affinity_changed(s->c) ? " There it could use %s only" : " It may use %s only",
		set_text(&allowed).at);
	if (m->foreign.nr)
		fprintf(out, "; %s idled for more than half of the time but cannot run it",
			set_text(&m->foreign).at);
	if (m->foreign_looks)
		fprintf(out, "; other CPUs looked at its queue %llu time%s and passed it over",
			m->foreign_looks, times(m->foreign_looks));
	fputc('.', out);
}

void conclusion_put(const struct why_story *s, FILE *out)
{
	const struct why_case *c = s->c;
	struct sums m = { 0 };

	cpus_within_reach(c, &m.reach);
	for (u32 i = 0; i < c->nr_cpus; i++)
		sum_cpu(c, i, &m);
	sum_kicks(s, &m);
	switch (c->main.place) {
	case PLACE_DSQ:
		if (dsq_is_local_on(c->main.dsq)) {
			owned_say(s, &m, out);
			return;
		}
		(m.looks ? looked_in_vain : nobody_looked)(s, &m, out);
		affinity_say(s, &m, out);
		return;
	case PLACE_SCHEDULER:
		held_say(s, &m, out);
		affinity_say(s, &m, out);
		return;
	case PLACE_RUNQUEUE:
		owned_say(s, &m, out);
		return;
	default:
		untold_say(s, &m, out);
		return;
	}
}

/* ---- what is missing ---- */

const char *missing_text(const struct why_case *c, u32 i)
{
	const char *text[4] = { 0 };
	u32 n = 0;

	if (c->is_whole)
		return NULL;
	if (!c->knows_queues)
		text[n++] = "in which queue a task waits (insert, dsq_leave, consume)";
	if (!c->knows_ops)
		text[n++] = "which callbacks of the scheduler ran (op_enter, op_exit)";
	text[n++] = "which program and line put a task in a queue (insert_call)";
	text[n++] = "which CPUs a task may use (task_cpus)";
	return i < n ? text[i] : NULL;
}
