// SPDX-License-Identifier: GPL-2.0-only
/*
 * helpers_task.c - who and where: time, CPU, current task, cgroup, attachment.
 */
#include <errno.h>
#include <string.h>
#include "bpf/env.h"
#include "bpf/helpers.h"
#include "bpf/objalloc.h"
#include "bpf/prog.h"

static u64 ktime_get_ns(struct vm *vm, const u64 *a)
{
	return ENV->ktime_ns();
}

static u64 get_smp_processor_id(struct vm *vm, const u64 *a)
{
	return ENV->cpu();
}

static u64 get_numa_node_id(struct vm *vm, const u64 *a)
{
	return ENV->numa_node();
}

static u64 get_prandom_u32(struct vm *vm, const u64 *a)
{
	return ENV->prandom_u32();
}

static u64 jiffies64(struct vm *vm, const u64 *a)
{
	return ENV->jiffies();
}

/* --- current --- */

static u64 get_current_pid_tgid(struct vm *vm, const u64 *a)
{
	return (u64)ENV->current_tgid() << 32 | ENV->current_pid();
}

static u64 get_current_uid_gid(struct vm *vm, const u64 *a)
{
	return 0; /* root */
}

static u64 get_current_comm(struct vm *vm, const u64 *a)
{
	const char *comm = ENV->current_comm();
	char *buf = arg_write(vm, a[0], a[1]);

	if (!buf)
		return 0;
	memset(buf, 0, a[1]);
	if (!comm)
		return ret_errno(-EINVAL);
	if (a[1])
		memcpy(buf, comm, min(strlen(comm), (size_t)(u32)a[1] - 1));
	return 0;
}

static u64 get_current_task(struct vm *vm, const u64 *a)
{
	return ENV->current_addr();
}

static u64 get_current_cgroup_id(struct vm *vm, const u64 *a)
{
	return ENV->current_cgroup_id();
}

static u64 get_current_ancestor_cgroup_id(struct vm *vm, const u64 *a)
{
	return ENV->cgroup_ancestor_id(a[0]);
}

/* --- per-CPU data: objects of bpf_percpu_obj_new(), or kernel variables --- */

static u64 percpu_addr(u64 base, u32 cpu)
{
	u64 addr = obj_percpu_ptr(base, cpu);

	return addr ? addr : ENV->percpu_addr(base, cpu);
}

static u64 per_cpu_ptr(struct vm *vm, const u64 *a)
{
	return (u32)a[1] < ENV->nr_cpus ? percpu_addr(a[0], a[1]) : 0;
}

static u64 this_cpu_ptr(struct vm *vm, const u64 *a)
{
	return percpu_addr(a[0], ENV->cpu());
}

/* --- where the program is attached --- */

static u64 get_func_ip(struct vm *vm, const u64 *a)
{
	return ENV->func_ip(vm, a[0]);
}

static u64 get_attach_cookie(struct vm *vm, const u64 *a)
{
	return ENV->attach_cookie(vm, a[0]);
}

/* --- the arguments of a traced function, whose types the program does not know --- */

/* bpf_prog_has_trampoline() */
static bool has_trampoline(const struct prog *prog)
{
	switch (prog_expected_attach_type(prog)) {
	case BPF_TRACE_FENTRY:
	case BPF_TRACE_FEXIT:
	case BPF_MODIFY_RETURN:
		return prog_type(prog) == BPF_PROG_TYPE_TRACING;
	default:
		return false;
	}
}

static int allow_trampoline(const struct helper *h, const struct prog *prog)
{
	return has_trampoline(prog) ? 0 : -EACCES;
}

static bool has_result(const struct vm *vm)
{
	return prog_expected_attach_type(vm->prog) != BPF_TRACE_FENTRY;
}

static u64 get_func_arg_cnt(struct vm *vm, const u64 *a)
{
	return vm->nr_args - 1; /* the frame has room for the result, at the entry too */
}

static u64 get_word(struct vm *vm, u64 ctx, u64 n, u64 to)
{
	const u8 *args = arg_read(vm, ctx, vm->nr_args * sizeof(u64));
	u64 *value = args ? vm_obj(vm, to, sizeof(*value)) : NULL;

	if (value)
		memcpy(value, args + n * sizeof(*value), sizeof(*value));
	return 0;
}

/* context, number, where to */
static u64 get_func_arg(struct vm *vm, const u64 *a)
{
	return (u32)a[1] < get_func_arg_cnt(vm, a) ? get_word(vm, a[0], (u32)a[1], a[2]) :
						     ret_errno(-EINVAL);
}

/* context, where to */
static u64 get_func_ret(struct vm *vm, const u64 *a)
{
	return has_result(vm) ? get_word(vm, a[0], get_func_arg_cnt(vm, a), a[1]) :
				ret_errno(-EOPNOTSUPP);
}

static const struct helper helpers[] = {
	HELPER(ktime_get_ns, ktime_get_ns),
	HELPER(ktime_get_boot_ns, ktime_get_ns),
	HELPER(ktime_get_coarse_ns, ktime_get_ns),
	HELPER(ktime_get_tai_ns, ktime_get_ns),
	HELPER(get_smp_processor_id, get_smp_processor_id),
	HELPER(get_numa_node_id, get_numa_node_id),
	HELPER(get_prandom_u32, get_prandom_u32),
	HELPER(jiffies64, jiffies64),
	HELPER(get_current_pid_tgid, get_current_pid_tgid),
	HELPER(get_current_uid_gid, get_current_uid_gid),
	HELPER(get_current_comm, get_current_comm),
	HELPER(get_current_task, get_current_task),
	HELPER(get_current_task_btf, get_current_task),
	HELPER(get_current_cgroup_id, get_current_cgroup_id),
	HELPER(get_current_ancestor_cgroup_id, get_current_ancestor_cgroup_id),
	HELPER(per_cpu_ptr, per_cpu_ptr),
	HELPER(this_cpu_ptr, this_cpu_ptr),
	HELPER(get_func_ip, get_func_ip),
	{ BPF_FUNC_get_func_arg, "bpf_get_func_arg", get_func_arg, allow_trampoline },
	{ BPF_FUNC_get_func_ret, "bpf_get_func_ret", get_func_ret, allow_trampoline },
	{ BPF_FUNC_get_func_arg_cnt, "bpf_get_func_arg_cnt", get_func_arg_cnt, allow_trampoline },
	HELPER(get_attach_cookie, get_attach_cookie),
};

void helpers_task_init(void)
{
	helper_register(helpers, ARRAY_SIZE(helpers));
}
