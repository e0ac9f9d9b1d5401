// SPDX-License-Identifier: GPL-2.0-only
/*
 * dump.c - the debug dump that comes with an error: who raised it, what each
 * CPU does, every runnable task, and what the scheduler's own dump ops add.
 *
 *	  <blank>
 *	CPU 2   : nr_run=1 flags=0x1 cpu_rel=0 ksync=12
 *	          curr=spin[7] class=ext_sched_class
 *	  <blank>
 *	  *R spin[7] *root -4ms
 *	      scx_state/flags=4/0x1 dsq_flags=0x0 ops_state/qseq=0/3
 *	      ...
 *
 * The lines are the kernel's (ext.c:scx_dump_state()), except that the backtrace
 * is the program and source line: the model has no kernel addresses. Interrupts
 * are off; dump_cpu and dump_task run under the dumped CPU's run queue lock.
 */
#include <stdio.h>
#include <string.h>
#include "kern/cpumask.h"
#include "kern/ext/ext.h"
#include "kern/ext/sub.h"

#define TRUNC_MARKER "\n\n~~~~ TRUNCATED ~~~~\n"
#define CPUS_TEXT (NR_CPUS / 4 + NR_CPUS / 32 + 1)

/* ---- seq_buf: text into a bounded buffer, overflow remembered ---- */

struct seq_buf {
	char *buffer;
	size_t size, len; /* len > size: overflowed */
};

static bool seq_overflowed(const struct seq_buf *s)
{
	return s->len > s->size;
}

static size_t seq_used(const struct seq_buf *s)
{
	return min(s->len, s->size);
}

static void seq_putc(struct seq_buf *s, char c)
{
	if (s->len < s->size)
		s->buffer[s->len++] = c;
	else
		s->len = s->size + 1;
}

static void seq_vprintf(struct seq_buf *s, const char *fmt, va_list ap)
{
	size_t room = s->size - seq_used(s), n;

	lockdep_assert_held(&scx.dump_lock);
	if (!room) {
		s->len = s->size + 1;
		return;
	}
	n = (size_t)vsnprintf(s->buffer + s->len, room, fmt, ap);
	s->len = n < room ? s->len + n : s->size + 1;
}

/* A line as the tracepoint sched_ext_dump has it: the buffer is the dump lock's. */
static void __printf(1, 0) trace_line(const char *fmt, va_list ap)
{
	if (!scx.dump.traced)
		scx.dump.traced = kstack_alloc(SCX_EXIT_MSG_LEN);
	vsnprintf(scx.dump.traced, SCX_EXIT_MSG_LEN, fmt, ap);
	TP(sched_ext_dump, P64(scx.dump.traced));
}

static void __printf(1, 2) trace_dump(const char *fmt, ...)
{
	va_list ap;

	if (likely(!machine->hook_attached[HOOK_TP_sched_ext_dump]))
		return;
	va_start(ap, fmt);
	trace_line(fmt, ap);
	va_end(ap);
}

static void dump_newline(struct seq_buf *s)
{
	trace_dump("%s", "");
	if (s->size) /* SysRq-D: only the tracepoint hears of it */
		seq_putc(s, '\n');
}

static void __printf(2, 3) dump_line(struct seq_buf *s, const char *fmt, ...)
{
	va_list ap;

	lockdep_assert_held(&scx.dump_lock);
	if (unlikely(machine->hook_attached[HOOK_TP_sched_ext_dump])) {
		va_start(ap, fmt);
		trace_line(fmt, ap);
		va_end(ap);
	}
	if (!s->size)
		return;
	va_start(ap, fmt);
	seq_vprintf(s, fmt, ap);
	va_end(ap);
	seq_putc(s, '\n');
}

/* "%*pb": hexadecimal, 32 bits a group, the first group as wide as its bits need */
/* Context: any. */
static const char *cpus_text(const struct cpumask *m, char buf[CPUS_TEXT])
{
	int nr = (int)machine->nr_cpu_ids, width = ((nr - 1) % 32 + 4) / 4, at = 0;

	for (int bit = (nr - 1) / 32 * 32; bit >= 0; bit -= 32) {
		u32 word = (u32)(m->bits[bit / 64] >> (bit % 64));

		at += snprintf(buf + at, CPUS_TEXT - at, "%s%0*x", at ? "," : "", width, word);
		width = 8;
	}
	return buf;
}

/* ---- what the dump ops print: collected by line, set off by a prefix ---- */

static void ops_dump_init(struct seq_buf *s, const char *prefix)
{
	lockdep_assert_irqs_off();
	scx.dump.cpu = smp_processor_id() + 1;
	scx.dump.first = true;
	scx.dump.cursor = 0;
	scx.dump.s = s;
	scx.dump.prefix = prefix;
}

/* The buffer may hold several lines; the last one is ended in any case. */
static void ops_dump_flush(void)
{
	struct scx_dump_data *dd = &scx.dump;
	char *line = dd->line;

	lockdep_assert_irqs_off();
	if (!dd->cursor)
		return;
	if (dd->first)
		dump_newline(dd->s);
	dd->first = false;
	while (true) {
		size_t n = strcspn(line, "\n");
		char end = line[n];

		dump_line(dd->s, "%s%.*s", dd->prefix, (int)n, line);
		line += n + 1;
		if (!end || !*line)
			break;
	}
	dd->cursor = 0;
}

static void ops_dump_exit(void)
{
	ops_dump_flush();
	scx.dump.cpu = 0;
}

char *scx_dump_line_room(size_t *room)
{
	struct scx_dump_data *dd = &scx.dump;

	if (smp_processor_id() + 1 != dd->cpu)
		return NULL;
	*room = sizeof(dd->line) - dd->cursor;
	return dd->line + dd->cursor;
}

/* @len as snprintf() returned it */
void scx_dump_line_added(s32 len)
{
	struct scx_dump_data *dd = &scx.dump;

	dd->cursor = min(dd->cursor + (size_t)len, sizeof(dd->line));
	if (dd->cursor && (dd->cursor >= sizeof(dd->line) || dd->line[dd->cursor - 1] == '\n'))
		ops_dump_flush();
}

void scx_dump_line_failed(const char *fmt, u64 data, u32 size, s32 err)
{
	dump_line(scx.dump.s, "%s[!] (\"%s\", %p, %u) failed to format (%d)", scx.dump.prefix, fmt,
		  (void *)(uintptr_t)data, size, err);
}

/* ---- tasks ---- */

/* Context: any. */
static char task_state_to_char(const struct task_struct *p)
{
	switch (p->__state & ~TASK_NEW) {
	case TASK_INTERRUPTIBLE:
		return 'S';
	case TASK_UNINTERRUPTIBLE:
		return 'D';
	case TASK_UNINTERRUPTIBLE | TASK_NOLOAD:
		return 'I';
	case TASK_PARKED:
		return 'P';
	default:
		return 'R';
	}
}

static long jiffies_delta_msecs(u64 at, u64 now)
{
	return (long)(s64)(at - now) * 1000 / (long)machine->hz;
}

static void call_dump_task(struct scx_sched *sch, struct seq_buf *s, struct scx_dump_ctx *dctx,
			   struct rq *rq, struct task_struct *p)
{
	lockdep_assert_rq_held(rq);
	if (!SCX_HAS_OP(sch, dump_task))
		return;
	ops_dump_init(s, "    ");
	SCX_CALL_OP(sch, dump_task, rq, P64(dctx), P64(p));
	ops_dump_exit();
}

static void dump_task_queues(struct seq_buf *s, const struct task_struct *p)
{
	char dsq_id[19] = "(n/a)", cpus[CPUS_TEXT];

	lockdep_assert_rq_held(task_rq(p));
	if (p->scx.dsq)
		snprintf(dsq_id, sizeof(dsq_id), "0x%llx", p->scx.dsq->id);
	if (K->b.dump_slice_weight) {
		dump_line(s, "      sticky/holding_cpu=%d/%d dsq_id=%s", p->scx.sticky_cpu,
			  p->scx.holding_cpu, dsq_id);
		dump_line(s, "      dsq_vtime=%llu slice=%llu weight=%u", p->scx.dsq_vtime,
			  p->scx.slice, p->scx.weight);
	} else {
		dump_line(s, "      sticky/holding_cpu=%d/%d dsq_id=%s dsq_vtime=%llu",
			  p->scx.sticky_cpu, p->scx.holding_cpu, dsq_id, p->scx.dsq_vtime);
	}
	if (K->b.dump_no_mig)
		dump_line(s, "      cpus=%s no_mig=%u", cpus_text(p->cpus_ptr, cpus),
			  p->migration_disabled);
	else
		dump_line(s, "      cpus=%s", cpus_text(p->cpus_ptr, cpus));
}

static void scx_dump_task(struct scx_sched *sch, struct seq_buf *s, struct scx_dump_ctx *dctx,
			  struct rq *rq, struct task_struct *p, char marker)
{
	u32 state_mask = KV(SCX_TASK_STATE_MASK);
	char owner[36] = "", label[32];
	unsigned long opss = p->scx.ops_state.counter;

	lockdep_assert_rq_held(rq);
	if (K->b.dump_sched_names)
		snprintf(owner, sizeof(owner), " %s%s", scx_task_sched(p) == sch ? "*" : "",
			 scx_sched_label(scx_task_sched(p), label));
	dump_newline(s);
	dump_line(s, " %c%c %s[%d]%s %+ldms", marker, task_state_to_char(p), p->comm, p->pid, owner,
		  jiffies_delta_msecs(p->scx.runnable_at, dctx->at_jiffies));
	dump_line(s, "      scx_state/flags=%u/0x%x dsq_flags=0x%x ops_state/qseq=%lu/%lu",
		  (p->scx.flags & state_mask) >> SCX_TASK_STATE_SHIFT, p->scx.flags & ~state_mask,
		  p->scx.dsq_flags, opss & ((1UL << SCX_OPSS_QSEQ_SHIFT) - 1),
		  opss >> SCX_OPSS_QSEQ_SHIFT);
	dump_task_queues(s, p);
	call_dump_task(sch, s, dctx, rq, p);
}

/* SysRq-D dumps every scheduler, each with its own tasks; an error the one, with all */
static bool is_dumped(const struct scx_sched *sch, const struct task_struct *p, bool all)
{
	return all || scx_task_sched(p) == sch;
}

static void dump_tasks(struct scx_sched *sch, struct seq_buf *s, struct scx_dump_ctx *dctx,
		       struct rq *rq, bool all)
{
	struct task_struct *p;

	lockdep_assert_rq_held(rq);
	if (task_on_scx(rq->curr) && is_dumped(sch, rq->curr, all))
		scx_dump_task(sch, s, dctx, rq, rq->curr, '*');
	list_for_each_entry(p, &rq->scx.runnable_list, scx.runnable_node)
		if (is_dumped(sch, p, all))
			scx_dump_task(sch, s, dctx, rq, p, ' ');
}

/* ---- CPUs ---- */

static void dump_mask(struct seq_buf *s, const char *name, const struct cpumask *m)
{
	char buf[CPUS_TEXT];

	if (!cpumask_empty(m))
		dump_line(s, "  %-15s: %s", name, cpus_text(m, buf));
}

static void dump_kicks(struct scx_sched *sch, struct seq_buf *s, struct rq *rq)
{
	struct scx_sched_pcpu *pcpu = &sch->pcpu[cpu_of(rq)];
	bool own = K->b.kick_masks_per_sched;

	lockdep_assert_rq_held(rq);
	dump_mask(s, "cpus_to_kick", own ? &pcpu->cpus_to_kick : &rq->scx.cpus_to_kick);
	dump_mask(s, "idle_to_kick",
		  own ? &pcpu->cpus_to_kick_if_idle : &rq->scx.cpus_to_kick_if_idle);
	dump_mask(s, "cpus_to_preempt", own ? &pcpu->cpus_to_preempt : &rq->scx.cpus_to_preempt);
	if (own)
		dump_mask(s, "preempt_lazy", &pcpu->cpus_to_preempt_lazy);
	dump_mask(s, "cpus_to_wait", own ? &pcpu->cpus_to_wait : &rq->scx.cpus_to_wait);
	if (K->b.dump_cpus_to_sync)
		dump_mask(s, "cpus_to_sync", &rq->scx.cpus_to_sync);
}

/* sub.c:scx_rescue_dump() */
static void dump_rescue(struct seq_buf *s, struct rq *rq)
{
	const struct rq_rescue *r = &host_of(rq)->m->rescue;

	lockdep_assert_rq_held(rq);
	dump_line(s, "          rescue=%u budget=%lldus rescuing=%s[%d]", rq->scx.rescue_dsq.nr,
		  r->budget_ns / (s64)NSEC_PER_USEC, r->curr ? r->curr->comm : "none",
		  r->curr ? r->curr->pid : -1);
}

static void dump_cpu_head(struct scx_sched *sch, struct seq_buf *s, struct rq *rq)
{
	bool pnt = K->b.kick_seq_is_pnt_seq;
	char qseq[40] = "";

	lockdep_assert_rq_held(rq);
	if (K->b.dump_ops_qseq)
		snprintf(qseq, sizeof(qseq), " ops_qseq=%llu", rq->scx.ops_qseq);
	dump_newline(s);
	dump_line(s, "CPU %-4d: nr_run=%u flags=0x%x cpu_rel=%d%s %s=%lu", cpu_of(rq),
		  rq->scx.nr_running, rq->scx.flags, rq->scx.cpu_released, qseq,
		  pnt ? "pnt_seq" : "ksync", pnt ? rq->scx.pnt_seq : rq->scx.kick_sync);
	if (K->b.dump_rescue)
		dump_rescue(s, rq);
	dump_line(s, "          curr=%s[%d] class=%s_sched_class", rq->curr->comm, rq->curr->pid,
		  class_of(rq->curr)->name);
	if (K->b.dump_donor) /* without proxy execution nobody else */
		dump_line(s, "          donor=%s[%d] class=%s_sched_class", rq->curr->comm,
			  rq->curr->pid, class_of(rq->curr)->name);
	dump_kicks(sch, s, rq);
}

static void call_dump_cpu(struct scx_sched *sch, struct seq_buf *s, struct scx_dump_ctx *dctx,
			  struct rq *rq, bool idle)
{
	lockdep_assert_rq_held(rq);
	if (!SCX_HAS_OP(sch, dump_cpu))
		return;
	ops_dump_init(s, "  ");
	SCX_CALL_OP(sch, dump_cpu, rq, P64(dctx), (u64)(s64)scx_cpu_arg(cpu_of(rq)), idle);
	ops_dump_exit();
}

/* rq locked. Whether ops.dump_cpu() has something to say is known afterwards: a part of its own. */
static void dump_rq(struct scx_sched *sch, struct seq_buf *s, struct scx_dump_ctx *dctx,
		    struct rq *rq, bool all)
{
	bool idle = list_empty(&rq->scx.runnable_list) && class_id(rq->curr) == CLASS_IDLE;
	struct seq_buf part = { .buffer = s->buffer ? s->buffer + seq_used(s) : NULL,
				.size = s->size - seq_used(s) };
	size_t used;

	lockdep_assert_rq_held(rq);
	if (idle && !SCX_HAS_OP(sch, dump_cpu))
		return;
	dump_cpu_head(sch, &part, rq);
	used = seq_used(&part);
	call_dump_cpu(sch, &part, dctx, rq, idle);
	if (idle && used == seq_used(&part))
		return;
	if (part.size)
		s->len = seq_overflowed(&part) ? s->size + 1 : s->len + seq_used(&part);
	dump_tasks(sch, s, dctx, rq, all);
}

static void scx_dump_cpu(struct scx_sched *sch, struct seq_buf *s, struct scx_dump_ctx *dctx,
			 s32 cpu, bool all)
{
	struct rq *rq = cpu_rq(cpu);
	unsigned long flags = rq_lock_irqsave(rq);

	lockdep_assert_irqs_off();
	dump_rq(sch, s, dctx, rq, all);
	rq_unlock_irqrestore(rq, flags);
}

/* the CPU that raised the error first, where it is known: truncation must not take it */
static void dump_cpus(struct scx_sched *sch, struct seq_buf *s, struct scx_dump_ctx *dctx,
		      s32 first, bool all)
{
	s32 cpu;

	lockdep_assert_irqs_off();
	dump_newline(s);
	dump_line(s, "CPU states");
	dump_line(s, "----------");
	if (first >= 0)
		scx_dump_cpu(sch, s, dctx, first, all);
	for_each_possible_cpu(cpu) {
		if (cpu != first)
			scx_dump_cpu(sch, s, dctx, cpu, all);
	}
}

/* ---- the whole ---- */

static void dump_events(struct scx_sched *sch, struct seq_buf *s)
{
	struct scx_event_stats events;

	lockdep_assert_irqs_off();
	dump_newline(s);
	dump_line(s, "Event counters");
	dump_line(s, "--------------");
	scx_read_events(sch, &events);
#define EV(name)                            \
	if (scx_has_event("SCX_EV_" #name)) \
		dump_line(s, "%40s: %16lld", "SCX_EV_" #name, events.SCX_EV_##name);
	SCX_EVENTS(EV)
#undef EV
}

static void dump_head(struct scx_sched *sch, struct seq_buf *s, const struct scx_exit_info *ei)
{
	char on[24] = "", label[32];

	lockdep_assert_irqs_off();
	if (K->b.dump_sched_names && sch->level)
		dump_line(s, "%s: %s %s", sch->name, scx_sched_label(sch, label), sch->cgrp_path);
	else if (K->b.dump_sched_names)
		dump_line(s, "%s: root", sch->name);
	if (ei->kind == SCX_EXIT_NONE) {
		dump_line(s, "Debug dump triggered by %s", ei->reason);
		return;
	}
	if (K->b.dump_exit_cpu && ei->exit_cpu >= 0)
		snprintf(on, sizeof(on), " on CPU %d", ei->exit_cpu);
	dump_line(s, "%s[%d] triggered exit kind %d%s:", current->comm, current->pid, ei->kind, on);
	dump_line(s, "  %s (%s)", ei->reason, ei->msg);
	dump_newline(s);
	dump_line(s, "Backtrace:");
	if (sch->exit_where[0])
		dump_line(s, "  %s", sch->exit_where);
}

static void dump_all(struct scx_sched *sch, struct seq_buf *s, const struct scx_exit_info *ei,
		     struct scx_dump_ctx *dctx, bool all)
{
	lockdep_assert_irqs_off();
	dump_head(sch, s, ei);
	if (SCX_HAS_OP(sch, dump)) {
		ops_dump_init(s, "");
		SCX_CALL_OP(sch, dump, NULL, P64(dctx));
		ops_dump_exit();
	}
	dump_cpus(sch, s, dctx, K->b.dump_exit_cpu ? ei->exit_cpu : -1, all);
	if (K->b.dump_events)
		dump_events(sch, s);
}

/* what the dump ops get: guest memory, and so is the reason */
/* Context: any. */
static struct scx_dump_ctx *dump_ctx_create(struct scx_sched *sch, const struct scx_exit_info *ei)
{
	struct scx_dump_ctx *dctx = region_alloc(ZONE_KOBJ, sizeof(*dctx), 0);

	if (!dctx)
		return NULL;
	dctx->kind = ei->kind;
	dctx->exit_code = ei->exit_code;
	if (ei->kind == SCX_EXIT_NONE) /* SysRq-D: the reason is no scheduler's */
		snprintf(sch->exit_reason_buf, sizeof(scx.last_exit.reason), "%s", ei->reason);
	dctx->reason = sch->exit_reason_buf;
	dctx->at_ns = now_ns();
	dctx->at_jiffies = jiffies_now();
	return dctx;
}

/* Context: any. */
void scx_dump_state(struct scx_sched *sch, struct scx_exit_info *ei, size_t len, bool all_tasks)
{
	struct scx_dump_ctx *dctx = dump_ctx_create(sch, ei);
	struct seq_buf s = { .buffer = ei->dump, .size = len };
	unsigned long flags;

	if (!dctx)
		return;
	flags = raw_spin_lock_irqsave(&scx.dump_lock);
	if (!sch->dump_disabled) {
		dump_all(sch, &s, ei, dctx, all_tasks);
		if (seq_overflowed(&s) && len >= sizeof(TRUNC_MARKER))
			memcpy(ei->dump + len - sizeof(TRUNC_MARKER), TRUNC_MARKER,
			       sizeof(TRUNC_MARKER));
	}
	raw_spin_unlock_irqrestore(&scx.dump_lock, flags);
	region_free(ZONE_KOBJ, dctx, sizeof(*dctx));
}
