// SPDX-License-Identifier: GPL-2.0-only
/*
 * dispatch.c - verdicts: where a scheduler says that a task shall go.
 *
 * Said in ops.select_cpu() or ops.enqueue(), about the task of that op, a verdict
 * is kept in the task and carried out when the op has returned ("direct
 * dispatch"). Said in ops.dispatch(), about any task, it goes into the CPU's
 * buffer, which is flushed after the op:
 *
 *	enqueue(p):  insert(p, LOCAL)  ─▶ p->scx.ddsp_*          ─▶ direct_dispatch()
 *	dispatch():  insert(q, DSQ 1)  ─▶ dsp_buf[{q, qseq, 1}]  ─▶ finish_dispatch()
 */
#include "bpf/prog.h"
#include "kern/ext/dsq.h"

static struct scx_sched_pcpu *this_pcpu(struct scx_sched *sch)
{
	return &sch->pcpu[smp_processor_id()];
}

void clear_direct_dispatch(struct task_struct *p)
{
	p->scx.ddsp_dsq_id = SCX_DSQ_INVALID;
	p->scx.ddsp_enq_flags = 0;
}

/* ---- saying it ---- */

/* Context: any. */
bool scx_vet_enq_flags(struct scx_sched *sch, u64 dsq_id, u64 *enq_flags)
{
	bool is_local = dsq_id == SCX_DSQ_LOCAL || dsq_id_is_local_on(dsq_id);

	if (*enq_flags & __SCX_ENQ_INTERNAL_MASK) {
		scx_error(sch, "invalid enq_flags 0x%llx", *enq_flags);
		return false;
	}
	if (!K->b.enq_immed)
		return true;
	if ((*enq_flags & SCX_ENQ_IMMED) && !is_local) {
		scx_error(sch, "SCX_ENQ_IMMED on a non-local DSQ 0x%llx", dsq_id);
		return false;
	}
	if ((sch->flags & SCX_OPS_ALWAYS_ENQ_IMMED) && is_local)
		*enq_flags |= SCX_ENQ_IMMED;
	if ((*enq_flags & SCX_ENQ_RESCUE) && !is_local) {
		scx_error(sch, "SCX_ENQ_RESCUE on a non-local DSQ 0x%llx", dsq_id);
		return false;
	}
	return true;
}

/* The marker is spoilt first, so that a second verdict in the same op is found out. */
static bool direct_dispatch_task_ok(struct scx_sched *sch, struct task_struct *p)
{
	struct scx_sched_pcpu *pcpu = this_pcpu(sch);
	struct task_struct *ddsp_task = pcpu->direct_dispatch_task;

	lockdep_assert_irqs_off();
	pcpu->direct_dispatch_task = DIRECT_DISPATCH_USED;
	if (likely(p == ddsp_task))
		return true;
	if (ddsp_task == DIRECT_DISPATCH_USED)
		scx_error(sch, "%s[%d] already direct-dispatched", p->comm, p->pid);
	else
		scx_error(sch, "scheduling for %s[%d] but trying to direct-dispatch %s[%d]",
			  ddsp_task->comm, ddsp_task->pid, p->comm, p->pid);
	return false;
}

static void mark_direct_dispatch(struct scx_sched *sch, struct task_struct *p,
				 const struct scx_dsp_buf_ent *v)
{
	lockdep_assert_irqs_off();
	if (!direct_dispatch_task_ok(sch, p))
		return;
	p->scx.ddsp_slice = v->slice;
	p->scx.ddsp_vtime = v->vtime;
	p->scx.ddsp_dsq_id = v->dsq_id;
	p->scx.ddsp_enq_flags = v->enq_flags;
}

/* qseq is what the task's state says now: 0 if the scheduler does not have it. */
static void buffer_verdict(struct scx_sched *sch, struct scx_dsp_buf_ent *v)
{
	struct scx_sched_pcpu *pcpu = this_pcpu(sch);

	if (pcpu->dsp_cursor >= sch->dispatch_max_batch) {
		scx_error(sch, "dispatch buffer overflow");
		return;
	}
	v->qseq = opss_read(v->task) & SCX_OPSS_QSEQ_MASK;
	host_of(pcpu)->dsp_buf[pcpu->dsp_cursor++] = *v;
}

/* slice_written_at_call: at once, whoever has the task; else the values are carried along */
static void write_slice_vtime(struct task_struct *p, u64 slice, const u64 *vtime)
{
	p->scx.slice = slice ? slice : p->scx.slice ? p->scx.slice : 1;
	if (vtime)
		p->scx.dsq_vtime = *vtime;
}

static void note_put(struct task_struct *p, u64 dsq_id)
{
	const struct scx_op_ctx *ctx = scx_op_ctx();
	const struct prog *prog = prog_current();

	lockdep_assert_irqs_off();
	host_of(p)->m->put = (struct task_put){ now_ns(), dsq_id, smp_processor_id(),
						ctx ? ctx->op : SCX_OP_NONE,
						prog ? prog_id(prog) : 0 };
}

void scx_tell_insert_call(const struct task_struct *p, u64 dsq_id, u64 enq_flags)
{
	const struct scx_op_ctx *ctx = scx_op_ctx();
	const struct prog *prog = prog_current();

	TRACE(insert_call, p->pid, dsq_id, enq_flags, ctx ? ctx->op : SCX_OP_NONE,
	      prog ? prog_id(prog) : 0, prog ? prog_current_insn() : 0);
}

/* Context: any. */
bool scx_dsq_insert(struct scx_sched *sch, struct task_struct *p, u64 dsq_id, u64 slice,
		    const u64 *vtime, u64 enq_flags)
{
	struct scx_dsp_buf_ent v = {
		.task = p,
		.dsq_id = dsq_id,
		.slice = slice,
		.vtime = vtime ? *vtime : 0,
	};

	if (!scx_kf_allowed(sch, SCX_KF_ENQUEUE | SCX_KF_DISPATCH))
		return false;
	if (!p) {
		scx_error(sch, "called with NULL task");
		return false;
	}
	if (!scx_task_on_sched(sch, p)) {
		scx_add_event(sch, INSERT_NOT_OWNED, 1);
		return false;
	}
	if (!scx_vet_enq_flags(sch, dsq_id, &enq_flags))
		return false;
	if (K->b.slice_written_at_call)
		write_slice_vtime(p, slice, vtime);
	note_put(p, dsq_id);
	v.enq_flags = enq_flags | (vtime ? SCX_ENQ_DSQ_PRIQ : 0);
	scx_trace_insert_call(p, dsq_id, v.enq_flags);
	if (this_pcpu(sch)->direct_dispatch_task)
		mark_direct_dispatch(sch, p, &v);
	else
		buffer_verdict(sch, &v);
	return true;
}

u32 scx_dispatch_nr_slots(struct scx_sched *sch)
{
	return sch->dispatch_max_batch - this_pcpu(sch)->dsp_cursor;
}

void scx_dispatch_cancel(struct scx_sched *sch)
{
	struct scx_sched_pcpu *pcpu = this_pcpu(sch);

	if (pcpu->dsp_cursor)
		pcpu->dsp_cursor--;
	else
		scx_error(sch, "dispatch buffer underflow");
}

/* ---- carrying it out at once ---- */

static u64 apply_flag(void)
{
	return K->b.slice_written_at_call ? 0 : SCX_ENQ_APPLY_SLICE;
}

/*
 * ext.c:direct_dispatch(). The run queue's lock is pinned here, so another CPU's
 * local DSQ has to wait until it can be dropped.
 */
static void defer_direct_dispatch(struct rq *rq, struct task_struct *p)
{
	opss_set(p, SCX_OPSS_NONE);
	bug_on(p->scx.dsq || !list_empty(&p->scx.dsq_list.node), "%s[%d] is on a DSQ already",
	       p->comm, p->pid);
	list_add_tail(&p->scx.dsq_list.node, &rq->scx.ddsp_deferred_locals);
	scx_schedule_deferred(rq);
}

void scx_direct_dispatch(struct scx_sched *sch, struct rq *rq, struct task_struct *p, u64 enq_flags)
{
	struct scx_dispatch_q *dsq;
	u64 slice = p->scx.ddsp_slice, vtime = p->scx.ddsp_vtime;

	lockdep_assert_rq_held(rq);
	touch_core_sched_dispatch(sch, rq, p);
	dsq = find_dsq_for_dispatch(sch, rq, p->scx.ddsp_dsq_id, p, task_cpu(p));
	p->scx.ddsp_enq_flags |= enq_flags;
	if (dsq_is_local(dsq) && dsq != &rq->scx.local_dsq) {
		defer_direct_dispatch(rq, p);
		return;
	}
	enq_flags = p->scx.ddsp_enq_flags;
	clear_direct_dispatch(p);
	scx_dispatch_enqueue(sch, rq, dsq, p, slice, vtime,
			     enq_flags | apply_flag() | SCX_ENQ_CLEAR_OPSS);
}

/* The lock may be dropped for each of them: always take the first that is left. */
void scx_process_ddsp_deferred_locals(struct rq *rq)
{
	struct list_head *list = &rq->scx.ddsp_deferred_locals;
	struct task_struct *p;

	lockdep_assert_rq_held(rq);
	while ((p = list_first_entry_or_null(list, struct task_struct, scx.dsq_list.node))) {
		struct scx_sched *sch = scx_task_sched(p);
		u64 dsq_id = p->scx.ddsp_dsq_id, enq_flags = p->scx.ddsp_enq_flags;
		struct scx_dispatch_q *dsq;

		list_del_init(&p->scx.dsq_list.node);
		clear_direct_dispatch(p);
		dsq = find_dsq_for_dispatch(sch, rq, dsq_id, p, task_cpu(p));
		if (dsq_is_local(dsq))
			dispatch_to_local_dsq(sch, rq, dsq, p, p->scx.ddsp_slice, p->scx.ddsp_vtime,
					      enq_flags);
	}
}
