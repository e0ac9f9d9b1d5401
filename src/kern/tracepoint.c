// SPDX-License-Identifier: GPL-2.0-only
/*
 * tracepoint.c - classic tracepoints: ids and formats as tracefs has them, and the
 * records that TRACEPOINT programs get instead of the tracepoint's arguments.
 *
 *	TP(sched_waking, p) ─▶ record_sched_wakeup_template() ─▶ struct
 *	trace_event_raw_sched_wakeup_template { ent, comm, pid, prio, target_cpu }
 *
 * The first eight bytes of a record are the kernel's own (a pointer to registers,
 * which no program may load); they are zero here. What each record holds is that
 * of TP_fast_assign() in include/trace/events/.
 */
#include <bpf/btf.h>
#include <errno.h>
#include <stdio.h>

#include "abi/btf.h"
#include "abi/trace.h"
#include "bpf/prog.h"
#include "kern/ext/ext.h"
#include "kern/hooks_priv.h"
#include "kern/sched.h"

#define FIRST_ID 300
#define PROGS_MAX 64 /* BPF_TRACE_MAX_PROGS */

struct tracepoint_row {
	const char *category, *name, *record_name;
	enum hook_id hook;
	u32 (*record)(void *buf, const u64 *args); /* bytes */
	long nr;				   /* of the system call, -1: all */
};

#define PTR(type, arg) ((type *)(uintptr_t)(arg))

/* sched.h:__trace_sched_switch_state(); TASK_REPORT is the low seven bits */
#define TASK_REPORT 0x7f
#define TASK_REPORT_IDLE (TASK_REPORT + 1)
#define TASK_REPORT_MAX (TASK_REPORT_IDLE << 1)

static long switch_state(bool preempt, unsigned int state, const struct task_struct *p)
{
	unsigned int report = (state | (unsigned int)p->exit_state) & TASK_REPORT;

	if (preempt)
		return TASK_REPORT_MAX;
	if ((state & (TASK_UNINTERRUPTIBLE | TASK_NOLOAD)) == (TASK_UNINTERRUPTIBLE | TASK_NOLOAD))
		return TASK_REPORT_IDLE;
	return report ? 1L << (31 - __builtin_clz(report)) : 0;
}

/* ---- records ---- */

static void put_comm(char *to, const char *comm)
{
	memcpy(to, comm, TASK_COMM_LEN);
}

/* Append a text of less than @max bytes to the record of *@size bytes; its location. */
static u32 put_text(void *buf, u32 *size, const char *text, u32 max)
{
	u32 at = *size, len = (u32)strnlen(text, max - 1) + 1;

	memcpy((char *)buf + at, text, len - 1);
	*size = at + len;
	return TRACE_DATA_LOC(at, len);
}

static u32 put_string(void *buf, u32 *size, const char *comm)
{
	return put_text(buf, size, comm, TASK_COMM_LEN);
}

static u32 record_sched_switch(void *buf, const u64 *a)
{
	struct trace_event_raw_sched_switch *r = buf;
	const struct task_struct *prev = PTR(struct task_struct, a[1]);
	const struct task_struct *next = PTR(struct task_struct, a[2]);

	put_comm(r->prev_comm, prev->comm);
	r->prev_pid = prev->pid;
	r->prev_prio = prev->prio;
	r->prev_state = switch_state(a[0], (unsigned int)a[3], prev);
	put_comm(r->next_comm, next->comm);
	r->next_pid = next->pid;
	r->next_prio = next->prio;
	return sizeof(*r);
}

static u32 record_sched_wakeup_template(void *buf, const u64 *a)
{
	struct trace_event_raw_sched_wakeup_template *r = buf;
	const struct task_struct *p = PTR(struct task_struct, a[0]);

	put_comm(r->comm, p->comm);
	r->pid = p->pid;
	r->prio = p->prio;
	r->target_cpu = task_cpu(p);
	return offsetof(struct trace_event_raw_sched_wakeup_template, __data);
}

static u32 record_migrate_fixed(void *buf, const u64 *a)
{
	struct trace_event_raw_sched_migrate_task___fixed *r = buf;
	const struct task_struct *p = PTR(struct task_struct, a[0]);

	put_comm(r->comm, p->comm);
	r->pid = p->pid;
	r->prio = p->prio;
	r->orig_cpu = task_cpu(p);
	r->dest_cpu = (int)a[1];
	return sizeof(*r);
}

static u32 record_sched_migrate_task(void *buf, const u64 *a)
{
	struct trace_event_raw_sched_migrate_task *r = buf;
	const struct task_struct *p = PTR(struct task_struct, a[0]);
	u32 size = sizeof(*r);

	if (!K->b.trace_comm_dynamic)
		return record_migrate_fixed(buf, a);
	r->__data_loc_comm = put_string(buf, &size, p->comm);
	r->pid = p->pid;
	r->prio = p->prio;
	r->orig_cpu = task_cpu(p);
	r->dest_cpu = (int)a[1];
	return size;
}

static u32 record_fork_fixed(void *buf, const u64 *a)
{
	struct trace_event_raw_sched_process_fork___fixed *r = buf;
	const struct task_struct *parent = PTR(struct task_struct, a[0]);
	const struct task_struct *child = PTR(struct task_struct, a[1]);

	put_comm(r->parent_comm, parent->comm);
	r->parent_pid = parent->pid;
	put_comm(r->child_comm, child->comm);
	r->child_pid = child->pid;
	return sizeof(*r);
}

static u32 record_sched_process_fork(void *buf, const u64 *a)
{
	struct trace_event_raw_sched_process_fork *r = buf;
	const struct task_struct *parent = PTR(struct task_struct, a[0]);
	const struct task_struct *child = PTR(struct task_struct, a[1]);
	u32 size = sizeof(*r);

	if (!K->b.trace_comm_dynamic)
		return record_fork_fixed(buf, a);
	r->__data_loc_parent_comm = put_string(buf, &size, parent->comm);
	r->parent_pid = parent->pid;
	r->__data_loc_child_comm = put_string(buf, &size, child->comm);
	r->child_pid = child->pid;
	return size;
}

static u32 record_sched_process_exec(void *buf, const u64 *a)
{
	struct trace_event_raw_sched_process_exec *r = buf;
	const struct task_struct *p = PTR(struct task_struct, a[0]);
	u32 size = sizeof(*r);

	r->__data_loc_filename = put_string(buf, &size, p->comm);
	r->pid = p->pid;
	r->old_pid = (pid_t)a[1];
	return size;
}

static u32 record_process_fixed(void *buf, const struct task_struct *p)
{
	struct trace_event_raw_sched_process_template___fixed *r = buf;

	put_comm(r->comm, p->comm);
	r->pid = p->pid;
	r->prio = p->prio;
	return sizeof(*r);
}

static u32 record_sched_process_template(void *buf, const u64 *a)
{
	struct trace_event_raw_sched_process_template *r = buf;
	const struct task_struct *p = PTR(struct task_struct, a[0]);
	u32 size = sizeof(*r);

	if (!K->b.trace_comm_dynamic)
		return record_process_fixed(buf, p);
	r->__data_loc_comm = put_string(buf, &size, p->comm);
	r->pid = p->pid;
	r->prio = p->prio;
	return size;
}

static u32 record_sched_process_exit(void *buf, const u64 *a)
{
	struct trace_event_raw_sched_process_exit *r = buf;
	const struct task_struct *p = PTR(struct task_struct, a[0]);

	if (!K->b.trace_comm_dynamic)
		return record_process_fixed(buf, p);
	put_comm(r->comm, p->comm);
	r->pid = p->pid;
	r->prio = p->prio;
	r->group_dead = a[1];
	return sizeof(*r);
}

static u32 record_sched_wake_idle_without_ipi(void *buf, const u64 *a)
{
	struct trace_event_raw_sched_wake_idle_without_ipi *r = buf;

	r->cpu = (int)a[0];
	return sizeof(*r);
}

static u32 record_task_newtask(void *buf, const u64 *a)
{
	struct trace_event_raw_task_newtask *r = buf;
	const struct task_struct *p = PTR(struct task_struct, a[0]);

	r->pid = p->pid;
	put_comm(r->comm, p->comm);
	r->clone_flags = a[1];
	return sizeof(*r);
}

static u32 record_task_rename(void *buf, const u64 *a)
{
	struct trace_event_raw_task_rename *r = buf;
	const struct task_struct *p = PTR(struct task_struct, a[0]);

	r->pid = p->pid;
	put_comm(r->oldcomm, p->comm);
	if (a[1])
		memcpy(r->newcomm, PTR(char, a[1]), strnlen(PTR(char, a[1]), TASK_COMM_LEN - 1));
	return sizeof(*r);
}

/* Also of syscalls/sys_enter_X, whose number is an int at the same place. */
static u32 record_sys_enter(void *buf, const u64 *a)
{
	struct trace_event_raw_sys_enter *r = buf;
	const struct pt_regs *regs = PTR(struct pt_regs, a[0]);

	r->id = (long)a[1];
	r->args[0] = regs->di;
	r->args[1] = regs->si;
	r->args[2] = regs->dx;
	r->args[3] = regs->r10;
	r->args[4] = regs->r8;
	r->args[5] = regs->r9;
	return sizeof(*r);
}

static u32 record_sys_exit(void *buf, const u64 *a)
{
	struct trace_event_raw_sys_exit *r = buf;

	r->id = (long)PTR(struct pt_regs, a[0])->orig_ax;
	r->ret = (long)a[1];
	return sizeof(*r);
}

static u32 record_x86_irq_vector(void *buf, const u64 *a)
{
	struct trace_event_raw_x86_irq_vector *r = buf;

	r->vector = (int)a[0];
	return sizeof(*r);
}

static u32 record_nmi_handler(void *buf, const u64 *a)
{
	struct trace_event_raw_nmi_handler *r = buf;

	r->handler = PTR(void, a[0]);
	r->delta_ns = (s64)a[1];
	r->handled = (int)a[2];
	return sizeof(*r);
}

static u32 record_ipi_send_cpu(void *buf, const u64 *a)
{
	struct trace_event_raw_ipi_send_cpu *r = buf;

	r->cpu = (unsigned int)a[0];
	r->callsite = PTR(void, a[1]);
	r->callback = PTR(void, a[2]);
	return sizeof(*r);
}

static u32 record_hrtimer_start(void *buf, const u64 *a)
{
	struct trace_event_raw_hrtimer_start *r = buf;

	r->hrtimer = PTR(void, a[0]);
	r->mode = (enum hrtimer_mode)a[1];
	r->was_armed = a[2];
	return sizeof(*r);
}

static u32 record_hrtimer_expire_entry(void *buf, const u64 *a)
{
	struct trace_event_raw_hrtimer_expire_entry *r = buf;

	r->hrtimer = PTR(void, a[0]);
	r->now = (s64)now_ns();
	return sizeof(*r);
}

static u32 record_hrtimer_class(void *buf, const u64 *a)
{
	struct trace_event_raw_hrtimer_class *r = buf;

	r->hrtimer = PTR(void, a[0]);
	return sizeof(*r);
}

static u32 record_sched_ext_dump(void *buf, const u64 *a)
{
	struct trace_event_raw_sched_ext_dump *r = buf;
	u32 size = offsetof(struct trace_event_raw_sched_ext_dump, __data);

	r->__data_loc_line = put_text(buf, &size, PTR(char, a[0]), SCX_EXIT_MSG_LEN);
	return size;
}

static u32 record_sched_ext_event(void *buf, const u64 *a)
{
	struct trace_event_raw_sched_ext_event *r = buf;
	u32 size = offsetof(struct trace_event_raw_sched_ext_event, __data);

	r->__data_loc_name = put_text(buf, &size, PTR(char, a[0]), SCX_EVENT_NAME_LEN);
	r->delta = (s64)a[1];
	return size;
}

/* ---- the table ---- */

static const struct tracepoint_row rows[] = {
#define EVENT(category, name, record) \
	{ #category, #name, "trace_event_raw_" #record, HOOK_TP_##name, record_##record, -1 },
#include "kern/tracepoints.def"
#define SYSCALL_EVENT(name, nr)                                                    \
	{ "syscalls",	     "sys_enter_" #name, "trace_event_raw_sys_enter",      \
	  HOOK_TP_sys_enter, record_sys_enter,	 nr },                             \
		{ "syscalls",	    "sys_exit_" #name, "trace_event_raw_sys_exit", \
		  HOOK_TP_sys_exit, record_sys_exit,   nr },
#include "kern/tracepoints.def"
};

static u32 row_id(const struct tracepoint_row *row)
{
	return FIRST_ID + (u32)(row - rows);
}

/* NULL: none, or not in this profile */
static const struct tracepoint_row *row_of(u32 tp_id)
{
	const struct tracepoint_row *row = &rows[tp_id - FIRST_ID];

	if (tp_id < FIRST_ID || tp_id - FIRST_ID >= ARRAY_SIZE(rows))
		return NULL;
	return hook_in_profile(row->hook) ? row : NULL;
}

static long call_nr(const struct tracepoint_row *row, const u64 *args)
{
	return row->hook == HOOK_TP_sys_enter ? (long)args[1] :
						(long)PTR(struct pt_regs, args[0])->orig_ax;
}

u32 tracepoint_record(const struct tracepoint_row *row, void *buf, const u64 *args)
{
	if (row->nr >= 0 && call_nr(row, args) != row->nr)
		return 0;
	return row->record(buf, args);
}

u32 hook_tracepoint_id(const char *category, const char *name)
{
	for (u32 i = 0; i < ARRAY_SIZE(rows); i++)
		if (!strcmp(rows[i].category, category) && !strcmp(rows[i].name, name))
			return row_of(FIRST_ID + i) ? FIRST_ID + i : 0;
	return 0;
}

bool hook_tracepoint_at(u32 i, struct tracepoint_event *ev)
{
	for (u32 k = 0; k < ARRAY_SIZE(rows); k++) {
		const struct tracepoint_row *row = row_of(FIRST_ID + k);

		if (!row || i--)
			continue;
		*ev = (struct tracepoint_event){ row_id(row), row->category, row->name };
		return true;
	}
	return false;
}

/* trace_event_perf.c, bpf_trace.c:perf_event_attach_bpf_prog() */
int hook_attach_tracepoint_to(struct prog *prog, u32 tp_id, u64 cookie, struct attachment **out)
{
	const struct tracepoint_row *row = row_of(tp_id);
	bool has;

	if (!row)
		return -ENOENT;
	if (prog_type(prog) != BPF_PROG_TYPE_TRACEPOINT)
		return -EINVAL;
	if (hook_count(row->hook, HOOK_CLASSIC, row, prog, &has) >= PROGS_MAX)
		return -E2BIG;
	if (has)
		return -EEXIST;
	return hook_link(prog, row->hook, HOOK_CLASSIC, row, cookie, out);
}

int hook_attach_tracepoint(struct prog *prog, u32 tp_id, u64 cookie)
{
	return hook_attach_tracepoint_to(prog, tp_id, cookie, NULL);
}

/* ---- format files ---- */

/* "char comm[16]", "unsigned long args[6]", "pid_t pid" */
static void put_declaration(FILE *f, const struct btf *btf, u32 type_id, const char *name)
{
	const struct btf_type *t = btf__type_by_id(btf, type_id), *elem = t;
	const char *star = "";

	if (btf_is_array(t))
		elem = btf__type_by_id(btf, btf_array(t)->type);
	if (btf_is_ptr(elem)) {
		star = "*";
		elem = btf__type_by_id(btf, elem->type);
	}
	fprintf(f, "%s%s %s%s", btf_is_enum(elem) ? "enum " : "",
		elem->name_off ? btf__name_by_offset(btf, elem->name_off) : "void", star, name);
	if (btf_is_array(t))
		fprintf(f, "[%u]", btf_array(t)->nelems);
}

static bool is_signed(const struct btf *btf, u32 type_id)
{
	const struct btf_type *t = btf__type_by_id(btf, btf__resolve_type(btf, type_id));

	if (btf_is_array(t))
		return is_signed(btf, btf_array(t)->type);
	return btf_is_int(t) && btf_int_encoding(t) & (BTF_INT_SIGNED | BTF_INT_CHAR);
}

static void put_field(FILE *f, const struct btf *btf, const struct btf_type *t, u32 i)
{
	const struct btf_member *m = btf_members(t) + i;

	fputs("\tfield:", f);
	put_declaration(f, btf, m->type, btf__name_by_offset(btf, m->name_off));
	fprintf(f, ";\toffset:%u;\tsize:%lld;\tsigned:%d;\n", btf_member_bit_offset(t, i) / 8,
		(long long)btf__resolve_size(btf, m->type), is_signed(btf, m->type));
}

static const char common_fields[] =
	"\tfield:unsigned short common_type;\toffset:0;\tsize:2;\tsigned:0;\n"
	"\tfield:unsigned char common_flags;\toffset:2;\tsize:1;\tsigned:0;\n"
	"\tfield:unsigned char common_preempt_count;\toffset:3;\tsize:1;\tsigned:0;\n"
	"\tfield:int common_pid;\toffset:4;\tsize:4;\tsigned:1;\n\n";

/* The record's first member is the common one, its last the string data. */
int hook_tracepoint_format(u32 tp_id, FILE *f)
{
	const struct btf *btf = machine->types->btf;
	const struct tracepoint_row *row = row_of(tp_id);
	const char *name = row ? row->record_name : "";
	const struct btf_type *t =
		btf__type_by_id(btf, vmbtf_find(machine->types, name, BTF_KIND_STRUCT));

	if (!row)
		return -ENOENT;
	if (!vmbtf_find(machine->types, name, BTF_KIND_STRUCT))
		t = btf__type_by_id(btf, vmbtf_find(machine->types,
						    "trace_event_raw_sched_process_template",
						    BTF_KIND_STRUCT));
	fprintf(f, "name: %s\nID: %u\nformat:\n%s", row->name, tp_id, common_fields);
	for (u32 i = 1; i + 1 < btf_vlen(t); i++)
		put_field(f, btf, t, i);
	fputs("\nprint fmt: \"\"\n", f);
	return 0;
}
