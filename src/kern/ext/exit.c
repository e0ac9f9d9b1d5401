// SPDX-License-Identifier: GPL-2.0-only
/*
 * exit.c - a scheduler's end is claimed here, once: the first claim's kind and
 * message are what everybody hears of, later ones are dropped. Claiming works in
 * any context, so the rest happens in an irq work (errors: the debug dump) and
 * then on the helper thread (ext/disable.c).
 *
 *	scx_error() ─ claim ─ msg, where ─▶ irq work ─ dump ─▶ disable work
 *
 * The op or kfunc that raised the error goes on as if nothing had happened.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "abi/btf.h"
#include "base/shortage.h"
#include "bpf/prog.h"
#include "kern/account.h"
#include "kern/ext/ext.h"
#include "kern/ext/sub.h"

#define MAX_ERRNO 4095
#define PR_LINE_MAX 2048

/* ---- the kernel's log ---- */

void pr_info(const char *fmt, ...)
{
	char line[PR_LINE_MAX];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	if (machine->console)
		machine->console(line);
}

/* ---- exit info: guest memory, as ops.exit() copies from it ---- */

/* Context: any. */
void scx_free_exit_info(struct scx_sched *sch)
{
	struct scx_exit_info *ei = sch->exit_info;

	if (!ei)
		return;
	region_free(ZONE_KOBJ, ei->bt, SCX_EXIT_BT_LEN * sizeof(*ei->bt));
	region_free(ZONE_KOBJ, ei->msg, SCX_EXIT_MSG_LEN);
	region_free(ZONE_KOBJ, ei->dump, sch->exit_dump_size);
	region_free(ZONE_KOBJ, sch->exit_reason_buf, sizeof(scx.last_exit.reason));
	region_free(ZONE_KOBJ, ei, sizeof(*ei));
	sch->exit_reason_buf = NULL;
	sch->exit_info = NULL;
}

struct scx_exit_info *scx_alloc_exit_info(struct scx_sched *sch)
{
	struct scx_exit_info *ei = region_alloc(ZONE_KOBJ, sizeof(*ei), 0);

	lockdep_assert_mutex_held(&scx.enable_mutex);
	if (!ei)
		return NULL;
	sch->exit_info = ei;
	sch->exit_dump_size = sch->exit_dump_len;
	ei->exit_cpu = -1;
	ei->bt = region_alloc(ZONE_KOBJ, SCX_EXIT_BT_LEN * sizeof(*ei->bt), 0);
	ei->msg = region_alloc(ZONE_KOBJ, SCX_EXIT_MSG_LEN, 0);
	ei->dump = region_alloc(ZONE_KOBJ, sch->exit_dump_size, 0);
	sch->exit_reason_buf = region_alloc(ZONE_KOBJ, sizeof(scx.last_exit.reason), 0);
	ei->reason = sch->exit_reason_buf;
	if (ei->bt && ei->msg && ei->dump && ei->reason)
		return ei;
	scx_free_exit_info(sch);
	return NULL;
}

/* Context: any. */
const char *scx_exit_reason(int kind)
{
	switch (kind) {
	case SCX_EXIT_UNREG:
		return "unregistered from user space";
	case SCX_EXIT_UNREG_BPF:
		return "unregistered from BPF";
	case SCX_EXIT_UNREG_KERN:
		return "unregistered from the main kernel";
	case SCX_EXIT_SYSRQ:
		return "disabled by sysrq-S";
	case SCX_EXIT_PARENT:
		return "parent exiting";
	case SCX_EXIT_PARENT_KILL:
		return "killed by parent scheduler";
	case SCX_EXIT_ERROR:
		return "runtime error";
	case SCX_EXIT_ERROR_BPF:
		return "scx_bpf_error";
	case SCX_EXIT_ERROR_STALL:
		return "runnable task stall";
	case SCX_EXIT_ERROR_REENQ:
		return "reenqueue limit";
	case SCX_EXIT_ERROR_RESCUE:
		return "rescue bandwidth overload";
	default:
		return "<UNKNOWN>";
	}
}

void scx_set_exit_reason(struct scx_sched *sch, int kind)
{
	sch->exit_info->kind = kind;
	snprintf(sch->exit_reason_buf, sizeof(scx.last_exit.reason), "%s", scx_exit_reason(kind));
}

/* ---- claiming ---- */

/* What is below goes too: its dispatches end now, its exit is claimed now or a little later. */
static void claim_subtree(struct scx_sched *sch)
{
	struct scx_sched *pos;

	lockdep_assert_preemption_disabled();
	scx_for_each_descendant_pre(pos, sch)
		pos->aborting = true;
	if (K->b.sub_exits_at_once)
		scx_propagate_exit_irq_workfn(&sch->propagate_exit_irq_work);
	else
		irq_work_queue(&sch->propagate_exit_irq_work);
}

/* Preemption off: between the claim and the irq work nobody else may end @sch. */
bool scx_claim_exit(struct scx_sched *sch, int kind)
{
	lockdep_assert_preemption_disabled();
	if (sch->exit_kind != SCX_EXIT_NONE)
		return false;
	sch->exit_kind = kind;
	sch->exit_claim_ns = now_ns();
	if (K->b.exit_sets_aborting)
		sch->aborting = true;
	if (kind != SCX_EXIT_PARENT && scx_has_subs())
		claim_subtree(sch);
	if (K->b.dispatch_breather && K->b.breather_by_claim)
		scx.breather = true; /* until bypass is on */
	return true;
}

/*
 * For reports: from the claim on, since a run may be over before the disable work is through.
 * A scheduler below the root ends without ending the machine's.
 */
/* Context: any. */
void scx_remember_exit(const struct scx_sched *sch)
{
	const struct scx_exit_info *ei = sch->exit_info;

	if (sch != scx.root)
		return;
	free(scx.last_exit.dump);
	scx.last_exit.valid = true;
	scx.last_exit.claim_ns = sch->exit_claim_ns;
	scx.last_exit.enable_seq = scx.enable_seq;
	scx.last_exit.kind = ei->kind;
	scx.last_exit.code = ei->exit_code;
	snprintf(scx.last_exit.reason, sizeof(scx.last_exit.reason), "%s", ei->reason);
	snprintf(scx.last_exit.msg, sizeof(scx.last_exit.msg), "%s", ei->msg);
	snprintf(scx.last_exit.name, sizeof(scx.last_exit.name), "%s", sch->name);
	scx.last_exit.dump = strndup(ei->dump, sch->exit_dump_size);
	shortage_on(!scx.last_exit.dump, "out of memory for the scheduler's dump");
}

/* The kernel has a stack trace; what matters of it here is the program and its line. */
static void record_where(struct scx_sched *sch)
{
	const struct prog *prog = prog_current();
	char line[384];

	lockdep_assert_preemption_disabled();
	if (!prog)
		return;
	if (!prog_calling_line(prog, prog_current_insn(), line, sizeof(line)))
		snprintf(line, sizeof(line), "instruction %u", prog_current_insn());
	snprintf(sch->exit_where, sizeof(sch->exit_where), "%s: %s", prog_name(prog), line);
}

void scx_finish_exit(struct scx_sched *sch, int kind, s64 code, s32 exit_cpu)
{
	lockdep_assert_preemption_disabled();
	sch->exit_info->exit_code = code;
	sch->exit_info->exit_cpu = exit_cpu;
	if (kind >= SCX_EXIT_ERROR && !in_nmi())
		record_where(sch);
	/* for the dump; the disable work sets them again */
	scx_set_exit_reason(sch, kind);
	scx_trace_of(sch);
	TRACE(scx_exit, kind, code);
	if (!sch->level)
		account_sched_exit();
	scx_remember_exit(sch);
	irq_work_queue(&sch->error_irq_work);
}

/* Context: any. */
bool scx_vexit(struct scx_sched *sch, int kind, s64 code, s32 exit_cpu, const char *fmt, va_list ap)
{
	bool claimed;

	if (!sch) /* where a kfunc needs none */
		return false;
	preempt_disable();
	claimed = scx_claim_exit(sch, kind);
	if (claimed) {
		vsnprintf(sch->exit_info->msg, SCX_EXIT_MSG_LEN, fmt, ap);
		scx_finish_exit(sch, kind, code, exit_cpu);
	}
	preempt_enable();
	return claimed;
}

bool scx_exit_on(struct scx_sched *sch, int kind, s64 code, s32 exit_cpu, const char *fmt, ...)
{
	va_list ap;
	bool ret;

	va_start(ap, fmt);
	ret = scx_vexit(sch, kind, code, exit_cpu, fmt, ap);
	va_end(ap);
	return ret;
}

bool scx_exit(struct scx_sched *sch, int kind, s64 code, const char *fmt, ...)
{
	va_list ap;
	bool ret;

	va_start(ap, fmt);
	ret = scx_vexit(sch, kind, code, smp_processor_id(), fmt, ap);
	va_end(ap);
	return ret;
}

/* Hard irq of the CPU that claimed */
void scx_error_irq_workfn(struct irq_work *w)
{
	struct scx_sched *sch = container_of(w, struct scx_sched, error_irq_work);

	lockdep_assert_irqs_off();
	if (sch->exit_info->kind >= SCX_EXIT_ERROR)
		scx_dump_state(sch, sch->exit_info, sch->exit_dump_size, true);
	scx_remember_exit(sch);
	scx_queue_disable(sch);
}

/* ---- checks of what BPF handed over ---- */

int scx_ops_sanitize_err(struct scx_sched *sch, const char *op, s32 err)
{
	if (err < 0 && err >= -MAX_ERRNO)
		return err;
	scx_error(sch, "ops.%s() returned an invalid errno %d", op, err);
	return -EPROTO;
}

bool scx_cpu_valid(struct scx_sched *sch, s32 cpu, const char *where)
{
	if (likely(cpu_possible(cpu)))
		return true;
	scx_error(sch, "invalid CPU %d%s%s", cpu, where ? " " : "", where ?: "");
	return false;
}

bool scx_has_event(const char *name)
{
	return vmbtf_has_member(machine->types, "scx_event_stats", name);
}

/* The name is in guest memory as long as programs look at it. */
void scx_trace_event(const char *name, s64 delta)
{
	char *shown;

	if (!scx_has_event(name))
		return;
	shown = kstack_alloc(SCX_EVENT_NAME_LEN);
	snprintf(shown, SCX_EVENT_NAME_LEN, "%s", name);
	TP(sched_ext_event, P64(shown), (u64)delta);
	kstack_free(shown, SCX_EVENT_NAME_LEN);
}

void scx_read_events(const struct scx_sched *sch, struct scx_event_stats *events)
{
	memset(events, 0, sizeof(*events));
	for (u32 cpu = 0; sch->pcpu && cpu < machine->nr_cpu_ids; cpu++) {
#define EV(name) events->SCX_EV_##name += sch->pcpu[cpu].event_stats.SCX_EV_##name;
		SCX_EVENTS(EV)
#undef EV
	}
}
