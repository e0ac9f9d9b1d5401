// SPDX-License-Identifier: GPL-2.0-only
/*
 * kfuncs_exit.c - scx_bpf_exit(), scx_bpf_error(), scx_bpf_dump() in the bstr
 * form that their macros compile to, and the event counters.
 *
 * Formatted is first and the exit claimed with the result, or (exit_claims_first) the other way: a
 * message that cannot be formatted still ends the scheduler, with a substitute.
 */
#include <stdio.h>
#include <string.h>
#include "bpf/callable.h"
#include "bpf/printf.h"
#include "bpf/vm.h"
#include "kern/ext/ext.h"

#define FMT_MAX 1024

/* fmt, data, data__sz as the guest gave them */
struct bstr {
	u64 fmt, data;
	u32 size;
};

/* ext.c:__bstr_format(): what snprintf() returns; every failure is an error of its own */
static s32 bstr_format(struct scx_sched *sch, char *out, size_t room, const struct bstr *b)
{
	u64 words[BPRINTF_ARGS_MAX] = {};
	char fmt[FMT_MAX];
	s32 ret;

	assert_in_prog();
	if (b->size % 8 || b->size > sizeof(words) || (b->size && !b->data)) {
		scx_kf_error(sch, "invalid data=%016llx and data__sz=%u", b->data, b->size);
		return -EINVAL;
	}
	if (b->size && !vm_ptr(b->data, b->size)) {
		scx_kf_error(sch, "failed to read data fields (%d)", -EFAULT);
		return -EFAULT;
	}
	if (b->size)
		memcpy(words, vm_ptr(b->data, b->size), b->size);
	ret = vm_str(b->fmt, fmt, sizeof(fmt));
	if (ret >= 0)
		ret = fmt_bprintf(out, room, fmt, words, b->size / 8);
	if (ret < 0)
		scx_kf_error(sch, "format preparation failed (%d)", ret);
	return ret;
}

static void claim_and_format(struct scx_sched *sch, int kind, s64 code, struct scx_sched *blame,
			     const struct bstr *b)
{
	s32 ret;

	assert_in_prog();
	preempt_disable();
	if (scx_claim_exit(sch, kind)) {
		ret = bstr_format(blame, sch->exit_info->msg, SCX_EXIT_MSG_LEN, b);
		if (ret < 0)
			snprintf(sch->exit_info->msg, SCX_EXIT_MSG_LEN,
				 "exit message formatting failed (%d)", ret);
		scx_finish_exit(sch, kind, code, smp_processor_id());
	}
	preempt_enable();
}

void scx_exit_bstr(struct scx_sched *sch, int kind, s64 code, struct scx_sched *blame, u64 fmt,
		   u64 data, u32 size)
{
	claim_and_format(sch, kind, code, blame, &(struct bstr){ fmt, data, size });
}

static void exit_bstr(struct vm *vm, int kind, s64 code, const struct bstr *b)
{
	struct scx_sched *sch = scx_prog_sched(vm);
	char line[SCX_EXIT_MSG_LEN];

	assert_in_prog();
	if (!sch)
		return;
	if (K->b.exit_claims_first)
		claim_and_format(sch, kind, code, sch, b);
	else if (bstr_format(sch, line, sizeof(line), b) >= 0)
		scx_exit(sch, kind, code, "%s", line);
}

static u64 scx_bpf_exit_bstr(struct vm *vm, const u64 *a)
{
	struct bstr b = { a[1], a[2], (u32)a[3] };

	exit_bstr(vm, SCX_EXIT_UNREG_BPF, (s64)a[0], &b);
	return 0;
}

static u64 scx_bpf_error_bstr(struct vm *vm, const u64 *a)
{
	struct bstr b = { a[0], a[1], (u32)a[2] };

	exit_bstr(vm, SCX_EXIT_ERROR_BPF, 0, &b);
	return 0;
}

/* Lines are put together from several calls; ext/dump.c emits what is complete. */
static u64 scx_bpf_dump_bstr(struct vm *vm, const u64 *a)
{
	struct bstr b = { a[0], a[1], (u32)a[2] };
	struct scx_sched *sch = scx_prog_sched(vm);
	char fmt[FMT_MAX] = "";
	size_t room;
	char *line;
	s32 ret;

	if (!sch)
		return 0;
	line = scx_dump_line_room(&room);
	if (!line) {
		scx_error(sch, "scx_bpf_dump() must only be called from ops.dump() and friends");
		return 0;
	}
	ret = bstr_format(sch, line, room, &b);
	if (ret >= 0) {
		scx_dump_line_added(ret);
	} else {
		vm_str(b.fmt, fmt, sizeof(fmt));
		scx_dump_line_failed(fmt, b.data, b.size, ret);
	}
	return 0;
}

/* The program's struct may be smaller or larger than ours: what both have. */
static u64 scx_bpf_events(struct vm *vm, const u64 *a)
{
	struct scx_sched *sch = scx_prog_sched(vm);
	struct scx_event_stats events = {};
	size_t size = min((size_t)a[1], sizeof(events));
	void *out = size ? vm_wptr(vm, a[0], (u32)size) : NULL;

	if (sch)
		scx_read_events(sch, &events);
	if (out)
		memcpy(out, &events, size);
	return 0;
}

static const struct kfunc exit_kfuncs[] = {
	{ "scx_bpf_exit_bstr", scx_bpf_exit_bstr, KF_IMPLICIT_ARGS, KFB(ANY), scx_kfunc_allow },
	{ "scx_bpf_error_bstr", scx_bpf_error_bstr, KF_IMPLICIT_ARGS, KFB(ANY), scx_kfunc_allow },
	{ "scx_bpf_dump_bstr", scx_bpf_dump_bstr, KF_IMPLICIT_ARGS, KFB(ANY), scx_kfunc_allow },
	{ "scx_bpf_events", scx_bpf_events, KF_IMPLICIT_ARGS, KFB(ANY), scx_kfunc_allow },
};

void scx_exit_kfuncs_register(void)
{
	kfunc_register(exit_kfuncs, ARRAY_SIZE(exit_kfuncs));
}
