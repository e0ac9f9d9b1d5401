// SPDX-License-Identifier: GPL-2.0-only
/*
 * fuzz_prog.c - programs that do whatever they like (guest.h), given to PROG_LOAD and run.
 *
 *	r6 = context   r7 = a map's value   r8 = a map   r9 = a number
 *
 * What such a program does when it runs is its own affair: a fault is data, and ends the
 * machine's run, never the host's process.
 */
#include <bpf/bpf.h>
#include <sys/syscall.h>
#include "bpf/prog.h"
#include "guest.h"
#include "kern/machine.h"

#define RUN_INSNS_MAX 100000 /* of one invocation: an endless loop need not be long */
#define RUN_NS 1000000

static bool syscall_prog;

/* What main begins with; functions get whatever the caller had. */
static void put_start(void)
{
	put_sum(6, 1, 0);
	put_map_value(7, GUEST_VALUES);
	put_map(8, GUEST_ARENA); /* casts need one */
	put_mov(9, 8);
	put_mov(0, 0);
}

static int load(void)
{
	LIBBPF_OPTS(bpf_prog_load_opts, o);

	if (syscall_prog)
		o.prog_flags = BPF_F_SLEEPABLE;
	return bpf_prog_load(syscall_prog ? BPF_PROG_TYPE_SYSCALL : BPF_PROG_TYPE_RAW_TRACEPOINT,
			     "fuzz", "GPL", guest.insns, guest.nr, &o);
}

static const struct callees *callees(void)
{
	static struct callees of[2][2]; /* by kernel, by type */
	struct callees *c = &of[K->b.kfunc_context_at_load][syscall_prog];

	if (!c->nr)
		find_callees(c, load);
	return c;
}

static void run(int fd)
{
	u64 ctx[PROG_ARGS_MAX] = { 1, 2, 3, 4 };
	LIBBPF_OPTS(bpf_test_run_opts, o, .ctx_in = ctx, .ctx_size_in = 64);
	u32 key = 1;

	bpf_map_update_elem(guest_map_fds[GUEST_PROGS], &key, &fd,
			    0); /* itself, to be tail called */
	bpf_prog_test_run_opts(fd, &o);
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	struct input in = { data, data + size };
	u8 pick = input_u8(&in);
	struct ks_machine *m = fuzz_machine(pick);
	int fd;

	machine->env.insns_max = RUN_INSNS_MAX;
	syscall_prog = !(pick & 0x80);
	guest_maps_make();
	guest.callees = callees();
	guest_generate(&in, put_start);
	fd = load();
	if (fd >= 0) {
		run(fd);
		ks_machine_run(m, RUN_NS); /* timers, work */
		close(fd);
	}
	guest_maps_drop();
	ks_machine_destroy(m);
	return 0;
}
