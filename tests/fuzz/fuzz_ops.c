// SPDX-License-Identifier: GPL-2.0-only
/*
 * fuzz_ops.c - schedulers that do whatever they like: struct_ops programs (guest.h) for any
 * of the ops, attached to a machine with tasks, forks, CPUs that go and come.
 *
 *	input: kernel, CPUs, form | flags | timeout | load | then, an op each:
 *	       which op | how it begins | bytes of its program | the program
 *
 *	r6 = the op's arguments   r7 = a map's value   r8 = the first argument   r9 = a number
 *
 * Each end is a report: a status that is documented and, unless it is 0, a line. And it is
 * the same the second time.
 */
#include <bpf/bpf.h>
#include <bpf/btf.h>
#include "abi/btf.h"
#include "abi/sched.h"
#include "api/typed.h"
#include "guest.h"
#include "kern/ext/struct_ops.h"
#include "kern/machine.h"

#define RUN_INSNS_MAX 20000 /* of one invocation */
#define STRETCH_NS 600000
#define OPS_MAX 64
#define DSQ_OWN 77
#define TIMEOUT_MS_MAX 30000

static const char *const kernels[] = { "6.12", "7.3", "7.4" };
static const char *const loads[] = { "mixed", "forks:rate=2000", "pingpong", "storm" };

/* The table as the machine's types have it: struct bpf_struct_ops_sched_ext_ops. */
static struct ops {
	u32 value_type, type, nr;
	u32 data_off, size;
	struct op {
		char name[32];
		u32 member, off;
	} at[OPS_MAX];
} ops;

/* the op that is being made */
static const struct op *op;
static u8 begin;

/* ---- types ---- */

static const struct btf *types(void)
{
	return machine->types->btf;
}

static bool is_op(const struct btf_member *m)
{
	const struct btf_type *t = typed_skip_mods(types(), m->type);

	return btf_is_ptr(t) && btf_is_func_proto(typed_skip_mods(types(), t->type));
}

static const char *name_of(u32 off)
{
	return btf__name_by_offset(types(), off);
}

static void ops_find(bool cid)
{
	const char *value = cid ? "bpf_struct_ops_sched_ext_ops_cid" :
				  "bpf_struct_ops_sched_ext_ops";
	const struct btf_type *v, *t;
	s32 id = btf__find_by_name_kind(types(), value, BTF_KIND_STRUCT);

	ops = (struct ops){ 0 };
	if (id < 0)
		return ops_find(false);
	v = btf__type_by_id(types(), id);
	ops.value_type = id;
	ops.size = v->size;
	ops.data_off = btf_member_bit_offset(v, 1) / 8;
	ops.type = btf_members(v)[1].type;
	t = btf__type_by_id(types(), ops.type);
	for (u32 i = 0; i < btf_vlen(t) && ops.nr < OPS_MAX; i++) {
		struct op *o = &ops.at[ops.nr];

		if (!is_op(&btf_members(t)[i]))
			continue;
		snprintf(o->name, sizeof(o->name), "%s", name_of(btf_members(t)[i].name_off));
		o->member = i;
		o->off = ops.data_off + btf_member_bit_offset(t, i) / 8;
		ops.nr++;
	}
}

static u8 *member_of(u8 *value, const char *name)
{
	const struct btf_type *t = btf__type_by_id(types(), ops.type);

	for (u32 i = 0; i < btf_vlen(t); i++)
		if (!strcmp(name_of(btf_members(t)[i].name_off), name))
			return value + ops.data_off + btf_member_bit_offset(t, i) / 8;
	return NULL;
}

/* ---- programs ---- */

static int load(void)
{
	const struct btf_type *type = btf__type_by_id(types(), ops.type);
	bool private_stack;
	LIBBPF_OPTS(bpf_prog_load_opts, o, .attach_btf_id = ops.type,
		    .expected_attach_type = op->member);

	/* who may sleep does */
	if (!scx_struct_ops_member(name_of(type->name_off), op->name, true, &private_stack))
		o.prog_flags = BPF_F_SLEEPABLE;
	return bpf_prog_load(BPF_PROG_TYPE_STRUCT_OPS, op->name, "GPL", guest.insns, guest.nr, &o);
}

static void put_kfunc(const char *name, const char *old)
{
	s32 id = vmbtf_find(machine->types, name, BTF_KIND_FUNC);

	if (id <= 0)
		id = vmbtf_find(machine->types, old, BTF_KIND_FUNC);
	put_insn(BPF_JMP | BPF_CALL, 0, BPF_PSEUDO_KFUNC_CALL, 0, id);
}

/* scx_bpf_dsq_insert(the task, @dsq, 1 ms, 0) */
static void put_insert(u64 dsq)
{
	put_insn(BPF_LDX | BPF_MEM | BPF_DW, 1, 6, 0, 0);
	put_insn(BPF_LD | BPF_IMM | BPF_DW, 2, 0, 0, (u32)dsq);
	put_insn(0, 0, 0, 0, dsq >> 32);
	put_mov(3, 1000000);
	put_mov(4, 0);
	put_kfunc("scx_bpf_dsq_insert", "scx_bpf_dispatch");
}

/* What a scheduler does that works, so that the rest gets somewhere. */
static void put_work(void)
{
	if (!strcmp(op->name, "enqueue")) {
		put_insert(begin & 2 ? DSQ_OWN : begin & 4 ? SCX_DSQ_LOCAL : SCX_DSQ_GLOBAL);
	} else if (!strcmp(op->name, "dispatch")) {
		put_mov(1, DSQ_OWN);
		put_kfunc("scx_bpf_dsq_move_to_local", "scx_bpf_consume");
	} else if (!strcmp(op->name, "init")) {
		put_mov(1, DSQ_OWN);
		put_mov(2, -1);
		put_kfunc("scx_bpf_create_dsq", "scx_bpf_create_dsq");
	}
}

static void put_start(void)
{
	put_sum(6, 1, 0);
	if (begin & 1)
		put_work();
	put_map_value(7, GUEST_VALUES);
	put_map(8, GUEST_ARENA); /* casts need one */
	if (begin & 8)
		put_insn(BPF_LDX | BPF_MEM | BPF_DW, 8, 6, 0, 0);
	put_mov(9, 8);
	put_mov(0, 0);
}

/* of the kernel, the form and the op; asked for in a machine of its own */
static struct callees *callees_of[ARRAY_SIZE(kernels)][2][OPS_MAX];

static void callees_find(u32 kernel, bool cid)
{
	struct callees **of = callees_of[kernel][cid];

	if (of[0])
		return;
	for (u32 i = 0; i < ops.nr; i++) {
		op = &ops.at[i];
		of[i] = calloc(1, sizeof(*of[i]));
		if (!of[i])
			abort();
		find_callees(of[i], load);
	}
}

static const s16 task_offs[] = {
	offsetof(struct task_struct, scx.slice),    offsetof(struct task_struct, scx.dsq_vtime),
	offsetof(struct task_struct, scx.disallow), offsetof(struct task_struct, scx.weight),
	offsetof(struct task_struct, scx.flags),    offsetof(struct task_struct, scx),
	offsetof(struct task_struct, cpus_ptr),	    offsetof(struct task_struct, tasks),
	offsetof(struct task_struct, comm),	    offsetof(struct task_struct, pid),
};

static void op_make(struct input *in, struct input *whole, u32 kernel, bool cid, int *fds)
{
	u32 which = input_u8(whole) % ops.nr;

	op = &ops.at[which];
	begin = input_u8(whole);
	if (!cid && !strncmp(op->name, "sub_", 4)) /* refused, and all the rest with it */
		return;
	guest.callees = callees_of[kernel][cid][which];
	guest.offs = begin & 8 ? task_offs : NULL;
	guest.nr_offs = ARRAY_SIZE(task_offs);
	guest.base = 8;
	guest_generate(in, put_start);
	if (fds[which] >= 0)
		close(fds[which]);
	fds[which] = load();
}

/* The next piece of @in: its length comes first. */
static struct input piece(struct input *in)
{
	size_t n = min((size_t)input_u8(in), input_left(in));
	struct input part = { in->at, in->at + n };

	in->at += n;
	return part;
}

static void ops_make(struct input *in, u32 kernel, bool cid, int *fds)
{
	for (u32 i = 0; i < OPS_MAX; i++)
		fds[i] = -1;
	while (input_left(in)) {
		struct input whole = { in->at, in->at + min((size_t)2, input_left(in)) }, part;

		in->at = whole.end;
		part = piece(in);
		op_make(&part, &whole, kernel, cid, fds);
	}
}

/* ---- the scheduler ---- */

static void number_put(u8 *value, const char *name, u64 v, size_t size)
{
	u8 *to = member_of(value, name);

	if (to)
		memcpy(to, &v, size);
}

/* A map of types needs types of its own, too: any. */
static int map_make(void)
{
	struct btf *btf = btf__new_empty();
	int map;
	LIBBPF_OPTS(bpf_map_create_opts, o, .btf_vmlinux_value_type_id = ops.value_type,
		    .map_flags = BPF_F_LINK);

	if (!btf || btf__add_int(btf, "int", 4, BTF_INT_SIGNED) < 0 || btf__load_into_kernel(btf))
		abort();
	o.btf_fd = btf__fd(btf);
	map = bpf_map_create(BPF_MAP_TYPE_STRUCT_OPS, "fuzz", 4, ops.size, 1, &o);
	btf__free(btf);
	return map;
}

static int attach(struct input *in, const int *fds)
{
	u8 *value = calloc(1, ops.size), *name;
	int map, link = -1;
	u32 zero = 0;

	if (!value)
		abort();
	number_put(value, "flags", input_u8(in) & (input_u8(in) | 0x3), 8);
	number_put(value, "timeout_ms", input_u16(in) % TIMEOUT_MS_MAX, 4);
	number_put(value, "dispatch_max_batch", input_u8(in), 4);
	name = member_of(value, "name");
	if (name)
		strcpy((char *)name, "fuzz");
	for (u32 i = 0; i < ops.nr; i++)
		number_put(value, ops.at[i].name, fds[i] < 0 ? 0 : fds[i], 8);
	map = map_make();
	if (map >= 0 && !bpf_map_update_elem(map, &zero, value, 0))
		link = bpf_link_create(map, 0, BPF_STRUCT_OPS, NULL);
	if (map >= 0)
		close(map);
	free(value);
	return link;
}

/* An end without a word, or with a status that nobody has heard of, is a finding. */
static void check_end(int status)
{
	switch (status) {
	case KS_OK:
		return;
	case KS_FAILED:
	case KS_USAGE:
	case KS_LOAD:
	case KS_EJECTED:
	case KS_LOCKUP:
	case KS_INTERRUPTED:
		if (*ks_error())
			return;
	}
	fprintf(stderr, "status %d, '%s'\n", status, ks_error());
	abort();
}

static void live(struct ks_machine *m, u8 how)
{
	int status = ks_machine_run(m, STRETCH_NS);
	struct ks_task t = { .sz = sizeof(t) };

	check_end(status);
	if (status)
		return;
	if ((how & 1) && ks_machine_nr_cpus(m) > 1) {
		ks_machine_hotplug(m, 1, 0);
		ks_machine_run(m, STRETCH_NS / 4);
		ks_machine_hotplug(m, 1, 1);
	}
	if ((how & 2) && !ks_task_next(m, 1, &t)) {
		ks_task_set_nice(m, t.pid, -5);
		ks_task_set_cpus(m, t.pid, "0");
		ks_task_kill(m, t.pid);
	}
	check_end(ks_machine_run(m, STRETCH_NS));
}

static struct ks_machine *machine_make(u32 kernel, u32 cpus, int interpret)
{
	struct ks_machine_opts opts = {
		.sz = sizeof(opts),
		.kernel = kernels[kernel],
		.cpus = cpus,
		.seed = 1,
		.log = fuzz_log,
		.check_every = 100,
		.hash = 1,
		.max_memory = 64 << 20,
		.interpret = interpret,
	};
	struct ks_machine *m = ks_machine_create(&opts, NULL);

	if (!m)
		abort();
	machine->env.insns_max = RUN_INSNS_MAX;
	return m;
}

static void callees_prepare(u32 kernel, bool cid)
{
	struct ks_machine *m;

	if (callees_of[kernel][cid][0])
		return;
	m = machine_make(kernel, 1, 0);
	ops_find(cid);
	callees_find(kernel, cid);
	ks_machine_destroy(m);
}

/* All that is said of it, to be freed. */
static char *run(struct input in, int interpret)
{
	u8 pick = input_u8(&in), load_pick = input_u8(&in);
	u32 kernel = pick % ARRAY_SIZE(kernels);
	bool cid = pick & 0x80;
	struct input head = in;
	struct ks_machine *m;
	int fds[OPS_MAX], link;
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	if (!out)
		abort();
	callees_prepare(kernel, cid);
	m = machine_make(kernel, 1 + (pick >> 4 & 3), interpret);
	ops_find(cid);
	guest_maps_make();
	in.at += min((size_t)5, input_left(&in)); /* attach() has them */
	ops_make(&in, kernel, cid, fds);
	link = attach(&head, fds);
	if (link >= 0) {
		ks_machine_workload(m, loads[load_pick % ARRAY_SIZE(loads)]);
		live(m, load_pick >> 2);
		close(link);
		ks_machine_run(m, STRETCH_NS / 4);
	}
	ks_machine_summary(m, fuzz_sink());
	ks_machine_exit_report(m, out);
	ks_machine_json(m, out);
	fclose(out);
	for (u32 i = 0; i < OPS_MAX; i++)
		if (fds[i] >= 0)
			close(fds[i]);
	guest_maps_drop();
	ks_machine_destroy(m);
	return text;
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	struct input in = { data, data + size };
	char *first = run(in, 0), *again = run(in, 1); /* native code, interpreted */

	if (strcmp(first, again)) {
		fprintf(stderr, "two runs differ:\n%s\n%s\n", first, again);
		abort();
	}
	free(first);
	free(again);
	return 0;
}
