// SPDX-License-Identifier: GPL-2.0-only
/* explain.c - see explain.h. What is said here about kernels stands in docs/explain.md. */
#include "trace/explain.h"

#include <stdarg.h>
#include <string.h>

#include "abi/profile.h"
#include "trace/explain_words.h"

/* ---- the table ---- */

static void put_marks(const struct kick *k, FILE *out)
{
	const char *sep = "  ! ";

	for (u32 i = 0; i < NR_KICK_SUSPICIONS; i++)
		if (k->suspicions & (1u << i)) {
			fprintf(out, "%s%s", sep, kick_marks[i].mark);
			sep = ", ";
		}
	fputc('\n', out);
}

static struct text latency(const struct kick_lives *l, const struct kick *k)
{
	u64 at = kick_answered_ns(l, k);

	return at == NEVER ? text_of("-") : duration_text(at - k->called_ns);
}

static void put_row(const struct kick_lives *l, const struct trace_reader *r, u32 i, FILE *out)
{
	const struct kick *k = &l->kicks[i];
	const struct kick_delivery *d = k->delivery == NOBODY ? NULL : &l->deliveries[k->delivery];
	struct text how = kick_outcome_text(l, k);

	if (d && d->first != i)
		how = text_of("%.120s (with %u)", how.at, d->first + 1);
	fprintf(out, "%15s %5u %5d  %-20s %6lld  %-12s  %-34s %12s", moment_text(k->called_ns).at,
		i + 1, k->asker, kick_origin_text(r, k).at, k->target, kick_flags_text(k->flags).at,
		how.at, latency(l, k).at);
	put_marks(k, out);
}

/* in the words of the run's summary */
static void put_totals(const struct kick_lives *l, FILE *out)
{
	const struct kick_totals *t = &l->totals;
	const struct hist *h = &t->latency;

	fprintf(out, "kicks: %llu plain, %llu idle, %llu preempt, %llu wait\n", t->plain, t->idle,
		t->preempt, t->wait);
	if (t->own)
		fprintf(out, "       %llu by the kernel for itself\n", t->own);
	fprintf(out, "       %llu reschedules sent, %llu by IPI; %llu came together with others\n",
		t->sent, t->ipis, t->coalesced);
	fprintf(out, "       %llu found the CPU not idle, %llu were dropped\n", t->skipped_idle,
		t->dropped);
	if (h->nr)
		fprintf(out, "       latency p50 %s, p99 %s, max %s\n",
			duration_text(hist_percentile(h, 50)).at,
			duration_text(hist_percentile(h, 99)).at, duration_text(h->max).at);
}

static void put_suspicions(const struct kick_lives *l, FILE *out)
{
	bool any = false;

	for (u32 i = 0; i < NR_KICK_SUSPICIONS; i++) {
		u32 nr = 0;

		for (u32 j = 0; j < l->nr_kicks; j++)
			nr += !!(l->kicks[j].suspicions & (1u << i));
		if (!nr)
			continue;
		fprintf(out, "%s%-30s %5u  %s\n", any ? "" : "\nsuspicious:\n",
			kick_marks[i].heading, nr, kick_marks[i].meaning);
		any = true;
	}
	if (any)
		fputs("explain --kick N tells the story of one.\n", out);
}

void explain_table(const struct kick_lives *l, const struct trace_reader *r, FILE *out)
{
	if (!l->nr_kicks) {
		fputs("There was no kick.\n", out);
		return;
	}
	fprintf(out, "%15s %5s %5s  %-20s %6s  %-12s  %-34s %12s\n", "time", "kick", "cpu", "from",
		"target", "flags", "outcome", "latency");
	for (u32 i = 0; i < l->nr_kicks; i++)
		put_row(l, r, i, out);
	fputc('\n', out);
	put_totals(l, out);
	put_suspicions(l, out);
}

/* ---- the story ---- */

static const char *ordinal(u32 n)
{
	if (n % 100 / 10 == 1)
		return "th";
	return n % 10 == 1 ? "st" : n % 10 == 2 ? "nd" : n % 10 == 3 ? "rd" : "th";
}

static bool spins_in_irq(const struct kick_lives *l)
{
	const struct profile *prof = profile_find(l->about.kernel);

	return prof && prof->b.kick_wait_spins_in_irq;
}

struct story {
	const struct kick_lives *l;
	const struct kick *k;
	u32 n;
	u64 last_ns;
	FILE *out;
};

/* "0.004000789   +311 ns  what happened then" */
static void __printf(3, 4) step(struct story *s, u64 ns, const char *fmt, ...)
{
	bool first = s->last_ns == NEVER;
	va_list ap;

	fprintf(s->out, "%15s %12s  ", moment_text(ns).at,
		first ? "" : text_of("+%s", duration_text(ns - s->last_ns).at).at);
	va_start(ap, fmt);
	vfprintf(s->out, fmt, ap);
	va_end(ap);
	fputc('\n', s->out);
	s->last_ns = ns;
}

static void __printf(2, 3) more(struct story *s, const char *fmt, ...)
{
	va_list ap;

	fprintf(s->out, "%30s", "");
	va_start(ap, fmt);
	vfprintf(s->out, fmt, ap);
	va_end(ap);
	fputc('\n', s->out);
}

static void tell_head(struct story *s, const struct trace_reader *r)
{
	const struct kick *k = s->k;
	const char *line = trace_reader_line(r, k->prog, k->insn);

	fprintf(s->out, "kick %u: CPU %d kicks CPU %lld%s: %s (kernel %s)\n", s->n, k->asker,
		k->target, k->target == k->asker ? ", itself" : "", kick_flags_text(k->flags).at,
		s->l->about.kernel);
	if (k->prog)
		fprintf(s->out, "  from %sprogram %s%s, while CPU %d runs %s\n",
			kick_from_op(k) ? text_of("ops.%s(), ", word_text(FIELD_op, k->op)).at : "",
			kick_prog_text(r, k),
			k->sched ? text_of(", for the scheduler sub-%llu", k->sched).at : "",
			k->asker, kick_task_text(&k->curr).at);
	else
		fprintf(s->out, "  from the kernel itself, which wants another scheduling pass\n");
	if (line)
		fprintf(s->out, "  %s\n", line);
	fputc('\n', s->out);
}

static void tell_drop(struct story *s)
{
	const struct kick *k = s->k;

	if (k->drop == VERDICT_busy) {
		step(s, k->called_ns,
		     "the call finds CPU %lld neither idle nor dispatching: skipped.", k->target);
		more(s, "It has a full scheduling pass before it can idle.");
	} else if (k->drop == VERDICT_bypass) {
		step(s, k->called_ns, "CPU %d, the caller's, is bypassing: dropped without a word.",
		     k->asker);
	} else if (k->drop == VERDICT_nmi) {
		step(s, k->called_ns,
		     "the call comes from an NMI: an error, the scheduler is ejected.");
	} else if (k->drop == VERDICT_no_sched) {
		step(s, k->called_ns,
		     "the program belongs to no scheduler that lives: nothing happens.");
	} else if (k->drop == VERDICT_bad_cpu) {
		step(s, k->called_ns, "there is no CPU %lld: an error, the scheduler is ejected.",
		     k->target);
	} else {
		step(s, k->called_ns, "dropped: %s.", word_text(FIELD_verdict, k->drop));
	}
}

static void tell_lost(struct story *s)
{
	if (!(s->k->suspicions & KICK_LOST_IDLE))
		return;
	step(s, s->k->idled_ns,
	     "CPU %lld goes idle, and nothing was dispatched to it: if this kick", s->k->target);
	more(s, "told of work that was queued before, that work waits for another CPU.");
}

static const char *masks_text(u32 flags)
{
	/* by PREEMPT, WAIT and PREEMPT_LAZY */
	static const char *const masks[] = {
		"cpus_to_kick",
		"cpus_to_kick, cpus_to_preempt",
		"cpus_to_kick, cpus_to_wait",
		"cpus_to_kick, cpus_to_preempt, cpus_to_wait",
		"cpus_to_preempt_lazy",
		"cpus_to_preempt, cpus_to_preempt_lazy",
		"cpus_to_preempt_lazy, cpus_to_wait",
		"cpus_to_preempt, cpus_to_preempt_lazy, cpus_to_wait",
	};

	if (flags & KICK_FLAG_IDLE)
		return "cpus_to_kick_if_idle";
	return masks[flags >> 1 & 7];
}

static void tell_call(struct story *s)
{
	const struct kick *k = s->k;

	step(s, k->called_ns, "the call marks CPU %lld in CPU %d's masks: %s.", k->target, k->asker,
	     masks_text(k->flags));
	if ((k->flags & KICK_FLAG_IDLE) && (k->flags & (KICK_FLAGS_PREEMPT | KICK_FLAG_WAIT)))
		more(s, "PREEMPT and WAIT do not go with IDLE: an error; they are left out.");
	if (k->coalesced)
		more(s,
		     "It was marked already: this kick and the one before are one from here on.");
	else
		more(s, "CPU %d's irq work is queued; it runs when interrupts are on again.",
		     k->asker);
	if (k->nth > 1)
		more(s, "It is the %u%s kick of CPU %lld that CPU %lld has not answered yet.",
		     k->nth, ordinal(k->nth), k->target, k->target);
}

static struct text found_text(const struct kick_delivery *d)
{
	if (!d->curr.pid)
		return text_of("it is idle%s%s", d->polls ? ", polling" : "",
			       d->dispatching ? ", and in its dispatch" : "");
	if (d->class == CLASS_IS_ext)
		return text_of("it runs %s (ext, slice %s)%s", kick_task_text(&d->curr).at,
			       d->slice_ns == ~0ULL ? "without end" : duration_text(d->slice_ns).at,
			       d->dispatching ? ", and dispatches" : "");
	return text_of("it runs %s (%s)", kick_task_text(&d->curr).at,
		       word_text(FIELD_class, d->class));
}

static void tell_undelivered(struct story *s, const struct kick_delivery *d)
{
	if (d->outcome == VERDICT_busy) {
		more(s, "Not idle, so an idle kick ends here.");
		tell_lost(s);
	} else if (d->outcome == VERDICT_offline) {
		more(s, "It is offline: the kick is dropped.");
	} else if (d->outcome == VERDICT_higher_class) {
		more(s,
		     "A class above ext runs there: the kick is dropped. The CPU dispatches anyway");
		more(s, "when it comes back to ext.");
	} else {
		more(s, "Dropped: %s.", word_text(FIELD_verdict, d->outcome));
	}
}

static void tell_preempt(struct story *s, const struct kick_delivery *d)
{
	if (!(d->flags & KICK_FLAGS_PREEMPT))
		return;
	if (d->class == CLASS_IS_ext)
		more(s, d->slice_ns ? "PREEMPT: its slice is set to 0." :
				      "PREEMPT: its slice is 0 already.");
	else
		more(s, "PREEMPT: there is no ext task to take the slice from.");
}

static void tell_wait_asked(struct story *s, const struct kick_delivery *d)
{
	if (!(d->flags & KICK_FLAG_WAIT))
		return;
	if (d->target == d->asker)
		more(s, "WAIT: a CPU does not wait for itself.");
	else if (d->wait)
		more(s, "WAIT: CPU %d notes CPU %d's sequence number.", d->asker, d->target);
	else
		more(s, "WAIT: no ext task runs there, so there is nothing to wait for.");
}

static void tell_resched(struct story *s, const struct kick_delivery *d)
{
	if (d->outcome == VERDICT_already)
		more(s, "It was asked to reschedule before (%s, by CPU %d): no IPI.",
		     moment_text(d->due_ns).at, d->due_by);
	else if (d->outcome == VERDICT_lazy)
		more(s,
		     "It is asked to reschedule at its next tick or return to user mode: no IPI.");
	else if (d->ipi)
		more(s, "It is asked to reschedule, by IPI.");
	else if (d->target == d->asker)
		more(s, "It is this CPU: rescheduling is requested, no IPI.");
	else
		more(s, "It is asked to reschedule; it polls, so it needs no IPI.");
	if (d->dispatching)
		more(s,
		     "But it is in the middle of a pick, and the end of the pick clears the request.");
}

static void tell_delivery(struct story *s, const struct kick_delivery *d)
{
	step(s, d->work_ns, "interrupts are on: CPU %d's kick irq work begins.", d->asker);
	step(s, d->at_ns, "it looks at CPU %d: %s.", d->target, found_text(d).at);
	if (d->nr > 1)
		more(s, "%u kicks of this CPU are delivered as one, the first was kick %u.", d->nr,
		     d->first + 1);
	if ((s->k->flags & KICK_FLAG_IDLE) && !(d->flags & KICK_FLAG_IDLE))
		more(s, "A full kick of the CPU came too and takes this idle kick along.");
	if (!verdict_asks(d->outcome)) {
		tell_undelivered(s, d);
		return;
	}
	tell_preempt(s, d);
	tell_wait_asked(s, d);
	tell_resched(s, d);
}

static void tell_ipi(struct story *s, const struct kick_delivery *d)
{
	step(s, d->ipi_ns, "the IPI arrives.");
}

static void tell_answer(struct story *s, const struct kick_delivery *d)
{
	step(s, d->answer_ns, "CPU %d comes to schedule().", d->target);
	if (s->l->passes[d->pass].end_ns == NEVER)
		more(s, "The trace ends here.");
}

static void tell_pass_end(struct story *s, const struct kick_delivery *d)
{
	const struct kick_pass *p = &s->l->passes[d->pass];
	struct text ran = text_of("ops.dispatch() is not called");

	if (p->dispatches)
		ran = text_of("ops.dispatch() ran%s",
			      p->dispatches == 1 ? "" : text_of(" %u times", p->dispatches).at);
	if (!p->kept)
		step(s, p->end_ns, "%s; %s makes way for %s%s.", ran.at,
		     kick_task_text(&p->prev).at, kick_task_text(&p->next).at,
		     p->next.pid ? text_of(" (%s)", word_text(FIELD_class, p->next_class)).at : "");
	else if (p->next.pid)
		step(s, p->end_ns, "%s; %s goes on.", ran.at, kick_task_text(&p->next).at);
	else
		step(s, p->end_ns, "%s; there is nothing to run: idle again.", ran.at);
}

static void tell_wait_begin(struct story *s, const struct kick_delivery *d)
{
	step(s, d->wait_begin_ns, "CPU %d begins to wait for CPU %d, %s.", d->asker, d->target,
	     spins_in_irq(s->l) ? "in the irq work, interrupts off" :
				  "after its next pick, interrupts on");
	if (spins_in_irq(s->l))
		more(s, "Until CPU %d switches from an ext task to another class.", d->target);
	else
		more(s, "Until CPU %d comes to a pick, puts its task, or waits itself.", d->target);
}

static void tell_wait_end(struct story *s, const struct kick_delivery *d)
{
	step(s, d->wait_end_ns, "CPU %d's number has moved: CPU %d waited %s for it.", d->target,
	     d->asker, duration_text(d->wait_end_ns - d->wait_begin_ns).at);
}

/*
 * The wait and the target's pass go on side by side; the steps are told in order of
 * time. A time that is NEVER is a step that is not there.
 */
static void tell_wait_and_pass(struct story *s, const struct kick_delivery *d)
{
	const struct kick_pass *p = d->pass == NOBODY ? NULL : &s->l->passes[d->pass];
	struct part {
		u64 ns;
		void (*tell)(struct story *s, const struct kick_delivery *d);
	} parts[] = {
		{ d->wait_begin_ns, tell_wait_begin },
		{ p && d->ipi_ns > d->answer_ns ? NEVER : d->ipi_ns, tell_ipi },
		{ d->answer_ns, tell_answer },
		{ p ? p->end_ns : NEVER, tell_pass_end },
		{ d->wait_end_ns, tell_wait_end },
	}, swap;

	for (u32 i = 1; i < ARRAY_SIZE(parts); i++)
		for (u32 j = i; j > 0 && parts[j].ns < parts[j - 1].ns; j--) {
			swap = parts[j];
			parts[j] = parts[j - 1];
			parts[j - 1] = swap;
		}
	for (u32 i = 0; i < ARRAY_SIZE(parts) && parts[i].ns != NEVER; i++)
		parts[i].tell(s, d);
}

/* what did not happen */
static void tell_rest(struct story *s, const struct kick_delivery *d)
{
	bool waits = d->wait_begin_ns != NEVER;

	if (d->wait && !waits && d->target != d->asker)
		more(s, "No wait came of it: CPU %d's number had moved before CPU %d looked.",
		     d->target, d->asker);
	if (d->pass == NOBODY)
		step(s, s->l->end_ns, "the trace ends, and CPU %d has not come to schedule().",
		     d->target);
	if (waits && d->wait_end_ns == NEVER)
		step(s, s->l->end_ns, "CPU %d still waits as the trace ends, for %s.", d->asker,
		     duration_text(s->l->end_ns - d->wait_begin_ns).at);
}

static void tell_sum(struct story *s, const struct kick_delivery *d)
{
	const struct kick_pass *p;

	if (d->pass == NOBODY)
		return;
	p = &s->l->passes[d->pass];
	fprintf(s->out, "\nfrom call to schedule(): %s\n",
		duration_text(d->answer_ns - s->k->called_ns).at);
	fprintf(s->out, "  until the irq work %s, to the target %s, until it schedules %s",
		duration_text(d->work_ns - s->k->called_ns).at,
		duration_text(d->at_ns - d->work_ns).at, duration_text(d->answer_ns - d->at_ns).at);
	if (p->end_ns != NEVER)
		fprintf(s->out, "; the pass took %s", duration_text(p->end_ns - d->answer_ns).at);
	fputc('\n', s->out);
}

static void tell_suspicions(struct story *s)
{
	const char *sep = "\nsuspicious:\n";

	for (u32 i = 0; i < NR_KICK_SUSPICIONS; i++)
		if (s->k->suspicions & (1u << i)) {
			fprintf(s->out, "%s  %s: %s\n", sep, kick_marks[i].mark,
				kick_marks[i].meaning);
			sep = "";
		}
}

void explain_kick(const struct kick_lives *l, const struct trace_reader *r, u32 n, FILE *out)
{
	const struct kick *k = &l->kicks[n - 1];
	const struct kick_delivery *d = k->delivery == NOBODY ? NULL : &l->deliveries[k->delivery];
	struct story s = { .l = l, .k = k, .n = n, .last_ns = NEVER, .out = out };

	tell_head(&s, r);
	if (k->drop != NOBODY) {
		tell_drop(&s);
		tell_lost(&s);
	} else {
		tell_call(&s);
	}
	if (d)
		tell_delivery(&s, d);
	else if (k->queued)
		more(&s, "The trace ends before the irq work runs.");
	if (d && verdict_asks(d->outcome)) {
		tell_wait_and_pass(&s, d);
		tell_rest(&s, d);
		tell_sum(&s, d);
	}
	tell_suspicions(&s);
}
