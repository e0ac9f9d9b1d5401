// SPDX-License-Identifier: GPL-2.0-only
/*
 * cmd_prog.c - programs: loading, test runs, what they are bound to. Facts:
 * kernel/bpf/syscall.c, net/bpf/test_run.c.
 */
#include <errno.h>
#include <limits.h>
#include <string.h>
#include "bpf/map.h"
#include "bpf/object.h"
#include "bpf/prog.h"
#include "kern/loader.h"
#include "kern/machine.h"
#include "kern/sched.h"
#include "kern/task.h"
#include "sys/cmd.h"
#include "sys/door.h"

int cmd_prog_load(union bpf_attr *attr, u32 size)
{
	struct prog *prog;
	int err = prog_load(attr, size, &prog);

	return err ? err : cmd_install(prog_object(prog));
}

/* --- test runs --- */

struct test_run {
	struct prog *prog;
	void *ctx;
	u32 size;
	s32 cpu; /* raw tracepoint: where, -1 for here */
	struct hrtimer ipi;
	struct completion done;
	u32 retval;
	int err;
};

static void test_run_ctx(void *arg)
{
	struct test_run *t = arg;

	t->err = sys_bpf_test_run(t->prog, t->ctx, t->size, &t->retval);
}

/* bpf_prog_test_run_raw_tp(): the context is an array of u64 */
static void run_args(struct test_run *t)
{
	u64 args[PROG_ARGS_MAX] = { 0 };

	if (t->size)
		memcpy(args, t->ctx, t->size);
	t->retval = prog_run_args(t->prog, args, PROG_ARGS_MAX);
}

/* hard irq, as by smp_call_function_single() */
static void run_args_in_irq(struct hrtimer *timer)
{
	struct test_run *t = container_of(timer, struct test_run, ipi);

	run_args(t);
	complete(&t->done);
}

static void test_run_args(void *arg)
{
	struct test_run *t = arg;

	if (t->cpu < 0 || t->cpu == smp_processor_id()) {
		run_args(t);
		return;
	}
	if ((u32)t->cpu >= machine->nr_cpu_ids || !cpu_online(t->cpu)) {
		t->err = -ENXIO;
		return;
	}
	init_completion(&t->done);
	hrtimer_init(&t->ipi, false, run_args_in_irq);
	hrtimer_start(&t->ipi, now_ns(), t->cpu);
	wait_for_completion(&t->done);
}

static int check_syscall_run(const union bpf_attr *attr)
{
	if (attr->test.data_in || attr->test.data_out || attr->test.ctx_out ||
	    attr->test.duration || attr->test.repeat || attr->test.flags || attr->test.batch_size)
		return -EINVAL;
	if (!attr->test.ctx_in != !attr->test.ctx_size_in || attr->test.ctx_size_in > UINT16_MAX)
		return -EINVAL;
	return 0;
}

static int check_raw_tp_run(const union bpf_attr *attr)
{
	if (attr->test.data_in || attr->test.data_out || attr->test.ctx_out ||
	    attr->test.duration || attr->test.repeat || attr->test.batch_size)
		return -EINVAL;
	if (attr->test.ctx_size_in > PROG_ARGS_MAX * sizeof(u64) ||
	    !attr->test.ctx_in != !attr->test.ctx_size_in)
		return -EINVAL;
	return attr->test.cpu && !(attr->test.flags & BPF_F_TEST_RUN_ON_CPU) ? -EINVAL : 0;
}

static int test_run(struct prog *prog, union bpf_attr *attr)
{
	struct test_run t = { prog, PTR(attr->test.ctx_in), attr->test.ctx_size_in, .cpu = -1 };
	void (*run)(void *);
	int err;

	switch (prog_type(prog)) {
	case BPF_PROG_TYPE_SYSCALL:
		err = check_syscall_run(attr);
		run = test_run_ctx;
		break;
	case BPF_PROG_TYPE_RAW_TRACEPOINT:
		err = check_raw_tp_run(attr);
		if (attr->test.flags & BPF_F_TEST_RUN_ON_CPU)
			t.cpu = attr->test.cpu & INT_MAX;
		run = test_run_args;
		break;
	default:
		/* packets, and the kernel's own bpf_fentry_test*() functions: not here */
		return -ENOTSUPP;
	}
	if (!err)
		err = loader_run(run, &t, 0);
	if (err || t.err)
		return err ? err : t.err;
	attr->test.retval = t.retval;
	return 0;
}

/*
 * A test run keeps its program. One that a task was in the middle of when the machine ended
 * does not come back to give it up: those are found here, on the stacks of their tasks.
 */
struct in_flight {
	struct prog *prog;
	struct in_flight *next, **link;
};

static void in_flight_add(struct in_flight *f, struct prog *prog)
{
	*f = (struct in_flight){ prog, sys_state.in_flight, &sys_state.in_flight };
	if (sys_state.in_flight)
		sys_state.in_flight->link = &f->next;
	sys_state.in_flight = f;
}

static void in_flight_end(struct in_flight *f)
{
	*f->link = f->next;
	if (f->next)
		f->next->link = f->link;
	prog_put(f->prog);
}

void test_runs_forget(void)
{
	while (sys_state.in_flight)
		in_flight_end(sys_state.in_flight);
}

int cmd_prog_test_run(union bpf_attr *attr, u32 size)
{
	struct in_flight flight;
	struct prog *prog;
	int err;

	if (!attr->test.ctx_size_in != !attr->test.ctx_in ||
	    !attr->test.ctx_size_out != !attr->test.ctx_out)
		return -EINVAL;
	prog = prog_from_fd(attr->test.prog_fd);
	if (!prog)
		return object_fd_errno(attr->test.prog_fd);
	in_flight_add(&flight, prog);
	err = test_run(prog, attr);
	in_flight_end(&flight);
	return err;
}

/* --- bindings --- */

static int with_prog_and_map(u32 prog_fd, u32 map_fd, int (*fn)(struct prog *, struct map *))
{
	struct prog *prog = prog_from_fd(prog_fd);
	struct map *map = NULL;
	int err;

	if (!prog)
		return object_fd_errno(prog_fd);
	map = map_from_fd(map_fd);
	err = map ? fn(prog, map) : object_fd_errno(map_fd);
	map_put(map);
	prog_put(prog);
	return err;
}

int cmd_prog_bind_map(union bpf_attr *attr, u32 size)
{
	if (attr->prog_bind_map.flags)
		return -EINVAL;
	return with_prog_and_map(attr->prog_bind_map.prog_fd, attr->prog_bind_map.map_fd,
				 prog_bind_map);
}

static int associate(struct prog *prog, struct map *map)
{
	if (prog_type(prog) == BPF_PROG_TYPE_STRUCT_OPS || map->type != BPF_MAP_TYPE_STRUCT_OPS)
		return -EINVAL;
	return prog_set_assoc(prog, map);
}

int cmd_prog_assoc(union bpf_attr *attr, u32 size)
{
	if (attr->prog_assoc_struct_ops.flags)
		return -EINVAL;
	return with_prog_and_map(attr->prog_assoc_struct_ops.prog_fd,
				 attr->prog_assoc_struct_ops.map_fd, associate);
}

int cmd_prog_stream_read(union bpf_attr *attr, u32 size)
{
	struct prog *prog = prog_from_fd(attr->prog_stream_read.prog_fd);
	char *buf = (char *)(uintptr_t)attr->prog_stream_read.stream_buf;
	int ret;

	if (!prog)
		return object_fd_errno(attr->prog_stream_read.prog_fd);
	ret = !buf && attr->prog_stream_read.stream_buf_len ?
		      -EFAULT :
		      prog_stream_read(prog, attr->prog_stream_read.stream_id, buf,
				       attr->prog_stream_read.stream_buf_len);
	prog_put(prog);
	return ret;
}

/* cgroups, sockets, network devices: what PROG_ATTACH attaches to does not exist here */
int cmd_prog_attach(union bpf_attr *attr, u32 size)
{
	door_note("BPF_PROG_ATTACH and BPF_PROG_DETACH of attach type %u are not supported",
		  attr->attach_type);
	return -EINVAL;
}
