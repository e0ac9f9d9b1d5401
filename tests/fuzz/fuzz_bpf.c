// SPDX-License-Identifier: GPL-2.0-only
/*
 * fuzz_bpf.c - bpf(2) and its companions as any process may call them, one after the
 * other, with attributes from the input.
 *
 * The caller's memory is one block at a fixed place; what is a pointer in an attribute
 * is led into it, what is a descriptor picks one of those that calls gave. A pointer
 * that leads nowhere is not tried: it is the caller's own process that it hurts. For
 * the same reason lengths are cut to what the block can hold.
 *
 *	command  attribute's bytes	bpf(2)
 *	MEMORY   offset, bytes		into the block
 *	RUN, CLOSE, MMAP, PERF, READ	what else a loader does
 */
#include <errno.h>
#include <linux/bpf.h>
#include <linux/perf_event.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include "bpf/prog_priv.h"
#include "fuzz.h"
#include "kern/machine.h"

#define BLOCK ((u8 *)0x10000000UL)
#define BLOCK_BYTES (128UL << 20)
#define BLOCK_SEEN 0x10000 /* where pointers lead */
#define LENGTH_MAX 0x10000
#define COUNT_MAX 256
#define FDS_MAX 16
#define STEPS_MAX 200
#define RUN_INSNS_MAX 100000

enum step { MEMORY = 200, RUN, CLOSE, MMAP, PERF, READ, EPOLL };

static int fds[FDS_MAX];
static u32 nr_fds;
static struct ks_machine *km;

/* ---- the parts of attributes ---- */

enum part_kind { FD, PTR, LENGTH, COUNT };

struct part {
	u8 cmd, kind;
	u8 off;
};

#define P(cmd, kind, field) { cmd, kind, offsetof(union bpf_attr, field) }
#define ELEM(cmd) P(cmd, FD, map_fd), P(cmd, PTR, key), P(cmd, PTR, value)
#define BATCH(cmd)                                                                           \
	P(cmd, FD, batch.map_fd), P(cmd, PTR, batch.in_batch), P(cmd, PTR, batch.out_batch), \
		P(cmd, PTR, batch.keys), P(cmd, PTR, batch.values), P(cmd, COUNT, batch.count)

static const struct part parts[] = {
	P(BPF_MAP_CREATE, FD, inner_map_fd),
	P(BPF_MAP_CREATE, FD, btf_fd),
	P(BPF_MAP_CREATE, FD, value_type_btf_obj_fd),
	P(BPF_MAP_CREATE, PTR, excl_prog_hash),
	P(BPF_MAP_CREATE, LENGTH, excl_prog_hash_size),
	ELEM(BPF_MAP_LOOKUP_ELEM),
	ELEM(BPF_MAP_UPDATE_ELEM),
	ELEM(BPF_MAP_DELETE_ELEM),
	ELEM(BPF_MAP_GET_NEXT_KEY),
	ELEM(BPF_MAP_LOOKUP_AND_DELETE_ELEM),
	ELEM(BPF_MAP_FREEZE),
	BATCH(BPF_MAP_LOOKUP_BATCH),
	BATCH(BPF_MAP_LOOKUP_AND_DELETE_BATCH),
	BATCH(BPF_MAP_UPDATE_BATCH),
	BATCH(BPF_MAP_DELETE_BATCH),
	P(BPF_PROG_LOAD, PTR, insns),
	P(BPF_PROG_LOAD, LENGTH, insn_cnt),
	P(BPF_PROG_LOAD, PTR, license),
	P(BPF_PROG_LOAD, PTR, log_buf),
	P(BPF_PROG_LOAD, LENGTH, log_size),
	P(BPF_PROG_LOAD, FD, prog_btf_fd),
	P(BPF_PROG_LOAD, PTR, func_info),
	P(BPF_PROG_LOAD, COUNT, func_info_cnt),
	P(BPF_PROG_LOAD, PTR, line_info),
	P(BPF_PROG_LOAD, COUNT, line_info_cnt),
	P(BPF_PROG_LOAD, LENGTH, func_info_rec_size),
	P(BPF_PROG_LOAD, LENGTH, line_info_rec_size),
	P(BPF_PROG_LOAD, FD, attach_prog_fd),
	P(BPF_PROG_LOAD, PTR, fd_array),
	P(BPF_PROG_LOAD, COUNT, fd_array_cnt),
	P(BPF_PROG_LOAD, PTR, core_relos),
	P(BPF_PROG_LOAD, COUNT, core_relo_cnt),
	P(BPF_PROG_LOAD, PTR, signature),
	P(BPF_PROG_LOAD, LENGTH, signature_size),
	P(BPF_OBJ_PIN, PTR, pathname),
	P(BPF_OBJ_PIN, FD, bpf_fd),
	P(BPF_OBJ_GET, PTR, pathname),
	P(BPF_PROG_ATTACH, FD, target_fd),
	P(BPF_PROG_ATTACH, FD, attach_bpf_fd),
	P(BPF_PROG_TEST_RUN, FD, test.prog_fd),
	P(BPF_PROG_TEST_RUN, PTR, test.ctx_in),
	P(BPF_PROG_TEST_RUN, PTR, test.ctx_out),
	P(BPF_PROG_TEST_RUN, PTR, test.data_in),
	P(BPF_PROG_TEST_RUN, PTR, test.data_out),
	P(BPF_OBJ_GET_INFO_BY_FD, FD, info.bpf_fd),
	P(BPF_OBJ_GET_INFO_BY_FD, PTR, info.info),
	P(BPF_RAW_TRACEPOINT_OPEN, PTR, raw_tracepoint.name),
	P(BPF_RAW_TRACEPOINT_OPEN, FD, raw_tracepoint.prog_fd),
	P(BPF_BTF_LOAD, PTR, btf),
	P(BPF_BTF_LOAD, PTR, btf_log_buf),
	P(BPF_BTF_LOAD, LENGTH, btf_size),
	P(BPF_BTF_LOAD, LENGTH, btf_log_size),
	P(BPF_TASK_FD_QUERY, PTR, task_fd_query.buf),
	P(BPF_LINK_CREATE, FD, link_create.prog_fd),
	P(BPF_LINK_CREATE, FD, link_create.target_fd),
	P(BPF_LINK_UPDATE, FD, link_update.link_fd),
	P(BPF_LINK_UPDATE, FD, link_update.new_prog_fd),
	P(BPF_LINK_UPDATE, FD, link_update.old_prog_fd),
	P(BPF_LINK_DETACH, FD, link_detach.link_fd),
	P(BPF_ITER_CREATE, FD, iter_create.link_fd),
	P(BPF_PROG_BIND_MAP, FD, prog_bind_map.prog_fd),
	P(BPF_PROG_BIND_MAP, FD, prog_bind_map.map_fd),
	P(BPF_PROG_ASSOC_STRUCT_OPS, FD, prog_assoc_struct_ops.map_fd),
	P(BPF_PROG_ASSOC_STRUCT_OPS, FD, prog_assoc_struct_ops.prog_fd),
};

static int pick_fd(u32 n)
{
	return n < FDS_MAX && n < nr_fds ? fds[n] : -1;
}

/* 0 stays NULL. */
static u64 lead(u64 ptr)
{
	return ptr ? (u64)(uintptr_t)BLOCK + ptr % BLOCK_SEEN : 0;
}

static void lead_part(u8 *attr, const struct part *p)
{
	u32 n;
	u64 ptr;

	memcpy(&n, attr + p->off, sizeof(n));
	memcpy(&ptr, attr + p->off, sizeof(ptr));
	if (p->kind == FD)
		n = n ? pick_fd(n - 1) : 0;
	else if (p->kind == LENGTH)
		n %= LENGTH_MAX;
	else
		n %= COUNT_MAX;
	ptr = lead(ptr);
	memcpy(attr + p->off, p->kind == PTR ? (void *)&ptr : &n, p->kind == PTR ? 8 : 4);
}

/* The unions where the layout depends on a type. */
static void lead_link(union bpf_attr *attr)
{
	if (attr->link_create.attach_type == BPF_TRACE_ITER) {
		attr->link_create.iter_info = lead(attr->link_create.iter_info);
		attr->link_create.iter_info_len %= LENGTH_MAX;
	} else if (attr->link_create.attach_type == BPF_TRACE_KPROBE_MULTI) {
		attr->link_create.kprobe_multi.cnt %= COUNT_MAX;
		attr->link_create.kprobe_multi.syms = 0;
		attr->link_create.kprobe_multi.addrs = lead(attr->link_create.kprobe_multi.addrs);
		attr->link_create.kprobe_multi.cookies =
			lead(attr->link_create.kprobe_multi.cookies);
	}
}

/* Information has pointers of its own, which the caller put there. */
static void lead_info(union bpf_attr *attr)
{
	u64 *word = (u64 *)(uintptr_t)(attr->info.info & ~7ULL);

	attr->info.info_len %= 512;
	attr->info.info = (uintptr_t)word;
	for (u32 i = 0; word && i < 64; i++)
		word[i] = lead(word[i]);
}

static void lead_attr(u32 cmd, union bpf_attr *attr)
{
	for (u32 i = 0; i < ARRAY_SIZE(parts); i++)
		if (parts[i].cmd == cmd)
			lead_part((u8 *)attr, &parts[i]);
	if (cmd == BPF_LINK_CREATE)
		lead_link(attr);
	if (cmd == BPF_OBJ_GET_INFO_BY_FD)
		lead_info(attr);
	/* the block has no room for the elements of larger ones */
	if (cmd == BPF_MAP_CREATE && attr->key_size < INT32_MAX)
		attr->key_size %= LENGTH_MAX;
	if (cmd == BPF_MAP_CREATE && attr->value_size < INT32_MAX)
		attr->value_size %= LENGTH_MAX;
}

/* ---- steps ---- */

static void keep_fd(int fd)
{
	if (fd < 0)
		return;
	if (nr_fds == FDS_MAX)
		close(fd);
	else
		fds[nr_fds++] = fd;
}

static bool gives_fd(u32 cmd)
{
	switch (cmd) {
	case BPF_MAP_CREATE:
	case BPF_PROG_LOAD:
	case BPF_BTF_LOAD:
	case BPF_OBJ_GET:
	case BPF_RAW_TRACEPOINT_OPEN:
	case BPF_LINK_CREATE:
	case BPF_ITER_CREATE:
	case BPF_PROG_GET_FD_BY_ID:
	case BPF_MAP_GET_FD_BY_ID:
	case BPF_BTF_GET_FD_BY_ID:
	case BPF_LINK_GET_FD_BY_ID:
	case BPF_ENABLE_STATS:
	case BPF_TOKEN_CREATE:
		return true;
	default:
		return false;
	}
}

/* @size, or less: half a pointer leads nowhere */
static u32 cut_size(u32 cmd, u32 size)
{
	for (u32 i = 0; i < ARRAY_SIZE(parts); i++)
		if (parts[i].cmd == cmd && parts[i].kind == PTR && parts[i].off < size &&
		    size < parts[i].off + sizeof(u64))
			return parts[i].off;
	return size;
}

static void step_bpf(struct input *in, u32 cmd)
{
	union bpf_attr attr;
	u32 size = input_u8(in) % (sizeof(attr) + 1);
	long ret;

	memset(&attr, 0, sizeof(attr));
	input_take(in, &attr, size);
	lead_attr(cmd, &attr);
	size = cut_size(cmd, size);
	ret = syscall(__NR_bpf, cmd, &attr, size);
	if (gives_fd(cmd))
		keep_fd(ret);
}

static void step_memory(struct input *in)
{
	u32 off = input_u16(in), n = input_u8(in);

	input_take(in, BLOCK + off, n);
}

static void step_mmap(struct input *in)
{
	int fd = pick_fd(input_u8(in));
	u32 how = input_u8(in);
	void *p = mmap(NULL, 4096, how & 1 ? PROT_READ : PROT_READ | PROT_WRITE, MAP_SHARED, fd,
		       how & 2 ? 4096 : 0);

	if (p != MAP_FAILED)
		munmap(p, 4096);
}

static void step_perf(struct input *in)
{
	struct perf_event_attr attr = { .size = sizeof(attr) };
	s8 pid = input_u8(in), cpu = input_u8(in);
	u8 prog = input_u8(in);
	int fd;

	attr.type = input_u8(in);
	attr.config = input_u16(in);
	attr.sample_period = input_u32(in);
	attr.freq = input_u8(in) & 1;
	fd = syscall(__NR_perf_event_open, &attr, pid, cpu, -1, PERF_FLAG_FD_CLOEXEC);
	if (fd >= 0) {
		ioctl(fd, PERF_EVENT_IOC_SET_BPF, pick_fd(prog));
		ioctl(fd, PERF_EVENT_IOC_ENABLE, 0);
	}
	keep_fd(fd);
}

static void step_read(struct input *in)
{
	int fd = pick_fd(input_u8(in));
	char buf[512];

	if (fd >= 0 && read(fd, buf, sizeof(buf)) > 0)
		while (read(fd, buf, sizeof(buf)) > 0)
			;
}

/* the last one takes its place */
static void step_close(struct input *in)
{
	u32 n = input_u8(in);

	if (n >= nr_fds)
		return;
	close(fds[n]);
	fds[n] = fds[--nr_fds];
}

static void step(struct input *in)
{
	u32 what = input_u8(in);

	switch (what) {
	case MEMORY:
		step_memory(in);
		break;
	case RUN:
		ks_machine_run(km, input_u8(in) * 10000);
		break;
	case CLOSE:
		step_close(in);
		break;
	case MMAP:
		step_mmap(in);
		break;
	case PERF:
		step_perf(in);
		break;
	case READ:
		step_read(in);
		break;
	default:
		step_bpf(in, what);
	}
}

static void clear_block(void)
{
	static bool made;

	if (!made &&
	    mmap(BLOCK, BLOCK_BYTES, PROT_READ | PROT_WRITE,
		 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED_NOREPLACE, -1, 0) != BLOCK)
		abort();
	if (made)
		madvise(BLOCK, BLOCK_BYTES, MADV_DONTNEED);
	made = true;
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	struct input in = { data, data + size };

	clear_block();
	km = fuzz_machine(input_u8(&in));
	machine->env.insns_max = RUN_INSNS_MAX;
	for (u32 i = 0; input_left(&in) && i < STEPS_MAX; i++)
		step(&in);
	while (nr_fds)
		close(fds[--nr_fds]);
	ks_machine_destroy(km);
	return 0;
}
