// SPDX-License-Identifier: GPL-2.0-only
/*
 * side.c - the same commands to two kernels. The machine's are made with syscall(),
 * which src/sys/interpose.c defines; the host's with the C library's own.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "kickstand.h"
#include "side.h"
#include "bpf/env.h"
#include "bpf/prog.h"
#include "sys/host.h"

static struct ks_machine *machine_of_ours;

static long result(long ret)
{
	return ret < 0 ? -errno : ret;
}

static long bpf_of_host(int cmd, union bpf_attr *attr, u32 size)
{
	return result(HOST(syscall)(__NR_bpf, cmd, attr, size));
}

static long bpf_of_machine(int cmd, union bpf_attr *attr, u32 size)
{
	return result(syscall(__NR_bpf, cmd, attr, size));
}

static int create_map(struct side *side)
{
	union bpf_attr attr = {
		.map_type = BPF_MAP_TYPE_ARRAY,
		.key_size = 4,
		.max_entries = 1,
		.value_size = PROGRAM_MAP_BYTES,
	};

	side->map_fd = side->bpf(BPF_MAP_CREATE, &attr, sizeof(attr));
	return side->map_fd < 0 ? side->map_fd : 0;
}

static int side_open(struct side *side)
{
	side->log = malloc(SIDE_LOG_BYTES);
	return side->log ? create_map(side) : -ENOMEM;
}

int side_open_host(struct side *side)
{
	*side = (struct side){ .name = "the host", .bpf = bpf_of_host, .map_fd = -1 };
	return side_open(side);
}

int side_open_machine(struct side *side)
{
	const struct ks_machine_opts opts = { .sz = sizeof(opts), .cpus = 1, .seed = 1 };

	*side = (struct side){ .name = "the machine", .bpf = bpf_of_machine, .map_fd = -1 };
	machine_of_ours = ks_machine_create(&opts, NULL);
	return machine_of_ours ? side_open(side) : -EIO;
}

void side_close(struct side *side)
{
	if (side->map_fd >= 0)
		close(side->map_fd);
	if (side->bpf == bpf_of_machine) {
		ks_machine_destroy(machine_of_ours);
		machine_of_ours = NULL;
	}
	free(side->log);
	side->log = NULL;
	side->map_fd = -1;
}

int side_load(struct side *side, const struct program *p, bool log)
{
	static struct bpf_insn insn[PROGRAM_INSNS_MAX];
	union bpf_attr attr = {
		.prog_type = BPF_PROG_TYPE_SYSCALL,
		.prog_flags = BPF_F_SLEEPABLE,
		.insns = (uintptr_t)insn,
		.insn_cnt = p->nr,
		.license = (uintptr_t)"GPL",
	};

	memcpy(insn, p->insn, p->nr * sizeof(*insn));
	for (u32 i = 0; i < p->nr; i++)
		if (program_is_wide(p, i) && insn[i].src_reg == BPF_PSEUDO_MAP_VALUE)
			insn[i].imm = side->map_fd;
	if (log) {
		side->log[0] = '\0';
		attr.log_buf = (uintptr_t)side->log;
		attr.log_size = SIDE_LOG_BYTES;
		attr.log_level = 1;
	}
	if (side->bpf == bpf_of_machine)
		((struct bpf_env *)ENV)->interpret = side->interpret;
	return side->bpf(BPF_PROG_LOAD, &attr, sizeof(attr));
}

static int access_map(struct side *side, int cmd, const void *value)
{
	const u32 zero = 0;
	union bpf_attr attr = {
		.map_fd = side->map_fd,
		.key = (uintptr_t)&zero,
		.value = (uintptr_t)value,
	};

	return side->bpf(cmd, &attr, sizeof(attr));
}

static int test_run(struct side *side, int fd, const struct program *p, struct outcome *out)
{
	union bpf_attr attr = {
		.test = { .prog_fd = fd,
			  .ctx_in = (uintptr_t)out->ctx,
			  .ctx_size_in = p->ctx_words * sizeof(*out->ctx) },
	};
	int err = side->bpf(BPF_PROG_TEST_RUN, &attr, sizeof(attr));

	out->retval = attr.test.retval;
	return err;
}

static u64 insns_run(int fd)
{
	struct prog *prog = prog_from_fd(fd);
	u64 nr = prog_insns_run(prog);

	prog_put(prog);
	return nr;
}

int side_run(struct side *side, int fd, const struct program *p, struct outcome *out)
{
	int err;

	memcpy(out->ctx, p->ctx, sizeof(out->ctx));
	err = access_map(side, BPF_MAP_UPDATE_ELEM, p->map);
	if (!err)
		err = test_run(side, fd, p, out);
	if (!err)
		err = access_map(side, BPF_MAP_LOOKUP_ELEM, out->map);
	if (side->bpf == bpf_of_machine)
		side->insns = insns_run(fd);
	close(fd);
	return err;
}
