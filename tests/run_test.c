// SPDX-License-Identifier: GPL-2.0-only
/*
 * run_test.c - programs that run on maps: tail calls, callbacks, timers, rings that user
 * space fills, stacks. Map n of maps[] is the immediate MAP(n), "0x7a5000n ll"; helper 5201
 * calls the test back in the middle of a program.
 */
#include <sys/mman.h>
#include <unistd.h>
#include "fake_map.h"
#include "insn_asm.h"
#include "bpf/callable.h"
#include "bpf/helpers.h"
#include "bpf/interp.h"
#include "bpf/prog.h"
#include "bpf/prog_priv.h"
#include "bpf/timer.h"

#define T(name) BPF_MAP_TYPE_##name
#define MAP_IMM 0x7a50000
#define PAGE 4096

static struct map *maps[4];
static u64 (*hook)(struct vm *vm, const u64 *a);

static u64 call_hook(struct vm *vm, const u64 *a)
{
	return hook(vm, a);
}

static const struct helper helpers[] = { { 5201, "run_test_hook", call_hook, NULL } };

static int setup(void **state)
{
	static bool registered;

	helpers_init();
	if (!registered)
		helper_register(helpers, ARRAY_SIZE(helpers));
	registered = true;
	memset(maps, 0, sizeof(maps));
	return fake_setup(state);
}

static int teardown(void **state)
{
	for (u32 i = 0; i < ARRAY_SIZE(maps); i++)
		map_put(maps[i]);
	objects_destroy();
	helpers_reset();
	prog_reset();
	return fake_teardown(state);
}

/* --- programs --- */

static struct prog *load_as(enum bpf_prog_type type, const char *text)
{
	static char log[65536];
	struct bpf_insn code[128];
	union bpf_attr attr = { .prog_type = type };
	struct prog *prog = NULL;
	int fds[ARRAY_SIZE(maps)], nr = asm_text(text, code, 128);

	for (u32 i = 0; i < ARRAY_SIZE(maps); i++)
		fds[i] = maps[i] ? object_install_fd(&maps[i]->obj) : -1;
	for (int i = 0; i < nr; i++) {
		if (code[i].code != (BPF_LD | BPF_IMM | BPF_DW) || code[i].imm >> 4 != MAP_IMM >> 4)
			continue;
		code[i].src_reg = BPF_PSEUDO_MAP_FD;
		code[i].imm = fds[code[i].imm & 15];
	}
	memset(log, 0, sizeof(log));
	attr.insns = (uintptr_t)code;
	attr.insn_cnt = nr;
	attr.license = (uintptr_t)"GPL";
	attr.log_buf = (uintptr_t)log;
	attr.log_size = sizeof(log);
	attr.log_level = 1;
	if (prog_load(&attr, sizeof(attr), &prog))
		fail_msg("%s", log);
	for (u32 i = 0; i < ARRAY_SIZE(maps); i++)
		if (maps[i])
			close(fds[i]);
	return prog;
}

static struct prog *load(const char *text)
{
	return load_as(BPF_PROG_TYPE_RAW_TRACEPOINT, text);
}

static s64 run_with(struct prog *prog, u64 a, u64 b)
{
	return prog_run_args(prog, (u64[]){ a, b }, 2);
}

/* once, and away */
static s64 run(const char *text, u64 a, u64 b)
{
	struct prog *prog = load(text);
	s64 ret = run_with(prog, a, b);

	prog_put(prog);
	return ret;
}

/* the function of @prog that is its subprogram @sub, as ldimm64 gives it */
static u64 func_of(const struct prog *prog, u32 sub)
{
	return prog_func_token(prog, sub);
}

/* --- tail calls --- */

static int prog_slot(struct map *map, u32 index, struct prog *prog)
{
	int fd = object_install_fd(prog_object(prog));
	int err = map_user_update(map, &index, &fd, 0);

	close(fd);
	return err;
}

static void tail_calls(void **state)
{
	struct prog *target, *other;
	u32 id;

	maps[0] = make_map(T(PROG_ARRAY), 4, 4, 2, 0);
	target = load("r0 = *(u64 *)(r1 +8); r0 += 40; exit");
	other = load_as(BPF_PROG_TYPE_KPROBE, "r0 = 0; exit");
	assert_int_equal(prog_slot(maps[0], 1, target), 0);
	assert_int_equal(prog_slot(maps[0], 0, other), -EINVAL); /* of another type */
	assert_int_equal(prog_slot(maps[0], 2, target), -E2BIG);
	assert_int_equal(prog_slot(maps[0], 1, target), 0); /* the old one is let go of */
	assert_int_equal(map_user_lookup(maps[0], &(u32){ 1 }, &id, 0), 0);
	assert_int_equal(id, prog_id(target));
	assert_int_equal(map_user_lookup(maps[0], &(u32){ 0 }, &id, 0), -ENOENT);
#define TAIL "r2 = 0x7a50000 ll; r3 = *(u64 *)(r1 +0); call 12; exit"
	assert_int_equal(run(TAIL, 1, 2), 42);
	assert_int_equal(run(TAIL, 0, 2), -ENOENT);
	assert_int_equal(run(TAIL, 7, 2), -ENOENT);
	assert_int_equal(map_user_delete(maps[0], &(u32){ 1 }), 0);
	assert_int_equal(map_user_delete(maps[0], &(u32){ 1 }), -ENOENT);
	assert_int_equal(map_user_delete(maps[0], &(u32){ 2 }), -E2BIG);
	assert_int_equal(run(TAIL, 1, 2), -ENOENT);
	prog_put(target);
	prog_put(other);
}

/* --- callbacks --- */

/* Each element once; a callback that says 1 is the last one, one that faults ends it all. */
static void each_element(void **state)
{
	static const struct {
		u32 type, flags;
	} kinds[] = {
		{ T(HASH) },	    { T(HASH), BPF_F_NO_PREALLOC },
		{ T(PERCPU_HASH) }, { T(LRU_HASH) },
		{ T(ARRAY) },	    { T(PERCPU_ARRAY) },
	};
	static const char *const all =
		"r1 = 0x7a50000 ll; r2 = func +5; r3 = 0; r4 = 0; call 164;"
		"exit; r0 = 0; exit";
	static const char *const one =
		"r1 = 0x7a50000 ll; r2 = func +5; r3 = 0; r4 = 0; call 164;"
		"exit; r0 = 1; exit";
	static const char *const wild =
		"r1 = 0x7a50000 ll; r2 = func +5; r3 = 0; r4 = 0; call 164;"
		"exit; r1 = 0; *(u64 *)(r1 +0) = 0; r0 = 0; exit";
	static const char *const flag =
		"r1 = 0x7a50000 ll; r2 = func +5; r3 = 0; r4 = 1; call 164;"
		"exit; r0 = 0; exit";

	for (u32 i = 0; i < ARRAY_SIZE(kinds); i++) {
		u64 value[FAKE_CPUS] = { 0 };

		maps[0] = make_map(kinds[i].type, 4, 8, 3, kinds[i].flags);
		for (u32 key = 0; key < 3; key++)
			assert_int_equal(map_user_update(maps[0], &key, value, 0), 0);
		assert_int_equal(run(all, 0, 0), 3);
		assert_int_equal(run(one, 0, 0), 1);
		assert_int_equal(run(flag, 0, 0), -EINVAL);
		fake.fault[0] = '\0';
		assert_int_equal(run(wild, 0, 0), 0);
		assert_non_null(strstr(fake.fault, "store of 8 bytes to address 0x0"));
		map_put(maps[0]);
		maps[0] = NULL;
	}
}

static void loops(void **state)
{
	/* i == 4 ends it */
	assert_int_equal(run("r1 = 9; r2 = func +5; r3 = 0; r4 = 0; call 181; exit;"
			     "r0 = 0; if r1 != 0x4 goto pc+1; r0 = 1; exit",
			     0, 0),
			 5);
	assert_int_equal(
		run("r1 = 9; r2 = func +5; r3 = 0; r4 = 0; call 181; exit; r0 = 0; exit", 0, 0), 9);
	/* may_goto gives up at last */
	assert_int_equal(run("r0 = 0; may_goto pc+2; r0 += 1; goto pc-3; exit", 0, 0),
			 VM_MAY_GOTO_MAX);
}

/* A callback that calls itself through the helper, and one that calls a function at the end. */
static void too_deep(void **state)
{
	assert_int_equal(run("r1 = 1; r2 = func +5; r3 = 0; r4 = 0; call 181; exit;"
			     "r1 = 1; r2 = func -2; r3 = 0; r4 = 0; call 181; r0 = 0; exit",
			     0, 0),
			 0);
	assert_non_null(strstr(fake.fault, "more than 31 frames"));
	fake.fault[0] = '\0';
	assert_int_equal(run("r1 = 1; r2 = func +5; r3 = 0; r4 = 0; call 181; exit;"
			     "call pc+8; r1 = 1; r2 = func -3; r3 = 0; r4 = 0; call 181; r0 = 0;"
			     "exit; r0 = 0; exit",
			     0, 0),
			 0);
	assert_non_null(strstr(fake.fault, "more than 31 frames"));
}

/* Functions that are none: of no program, of one that is gone, beyond its last. */
static void functions(void **state)
{
	struct prog *prog = load("r1 = func +2; exit; r0 = 6; exit");
	u64 func = func_of(prog, 1);

	assert_ptr_equal(prog_of_func(func), prog);
	assert_int_equal(prog_call_func(func, NULL, 0), 6);
	assert_null(prog_of_func(func + 1));
	assert_null(prog_of_func(0));
	assert_null(prog_of_func(~0ULL));
	assert_int_equal(prog_call_func(~0ULL, NULL, 0), 0);
	prog_put(prog);
	assert_null(prog_of_func(func));
}

/* --- rings that user space fills --- */

#define DRAIN "r1 = 0x7a50000 ll; r2 = func +5; r3 = 0; r4 = 0; call 209; exit;"

static void fill_ring(u8 *p, u32 *headers, u32 nr)
{
	u64 *prod = (u64 *)p;

	for (u32 i = 0; i < nr; i++)
		memcpy(p + PAGE + (*prod + 16 * i) % PAGE, &headers[i], 4);
	*prod += 16 * nr;
}

static u64 drain_again(struct vm *vm, const u64 *a)
{
	const struct helper *h = helper_find(BPF_FUNC_user_ringbuf_drain);

	return h->fn(vm, (u64[5]){ map_guest_addr(maps[0]), 0, 0, 0 }) == (u64)-EBUSY ? 0 : 1;
}

static void user_rings(void **state)
{
	u32 three[] = { 8, 8 | BPF_RINGBUF_DISCARD_BIT, 8 }, bad[] = { 100 };
	int fd;
	u8 *p;

	maps[0] = make_map(T(USER_RINGBUF), 0, 0, PAGE, 0);
	fd = object_install_fd(&maps[0]->obj);
	p = mmap(NULL, 3 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, PAGE);
	assert_ptr_not_equal(p, MAP_FAILED);
	fill_ring(p, three, 3);
	assert_int_equal(run(DRAIN "r0 = 0; exit", 0, 0), 2); /* one was discarded */
	fill_ring(p, three, 3);
	assert_int_equal(run(DRAIN "r0 = 1; exit", 0, 0), 1);
	assert_int_equal(run(DRAIN "r0 = 1; exit", 0, 0), 1);
	fill_ring(p, three, 3);
	assert_int_equal(run(DRAIN "r1 = 0; *(u64 *)(r1 +0) = 0; r0 = 0; exit", 0, 0), 0);
	assert_non_null(strstr(fake.fault, "store of 8 bytes"));
	assert_int_equal(run(DRAIN "r0 = 0; exit", 0, 0), 1);
	hook = drain_again;
	fill_ring(p, three, 3);
	assert_int_equal(run(DRAIN "call 5201; exit", 0, 0), 2);
	fill_ring(p, bad, 1); /* longer than what was produced */
	assert_int_equal(run(DRAIN "r0 = 0; exit", 0, 0), -EINVAL);
	munmap(p, 3 * PAGE);
	close(fd);
}

/* --- stacks --- */

#define STACKID "r2 = 0x7a50000 ll; r3 = *(u64 *)(r1 +0); call 27; exit;"

static void stack_ids(void **state)
{
	/* a function of its own: the stack is two deep */
	const char *deeper = "call pc+1; exit; " STACKID;
	struct prog *prog, *other;
	u64 ips[3];
	u32 next;
	s64 id;

	maps[0] = make_map(T(STACK_TRACE), 4, 24, 1, 0);
	prog = load(deeper);
	other = load(STACKID);
	assert_int_equal(map_user_next_key(maps[0], NULL, &next), -ENOENT);
	id = run_with(prog, 0, 0);
	assert_int_equal(id, 0); /* of one bucket */
	assert_int_equal(run_with(prog, 0, 0), 0);
	assert_int_equal(run_with(prog, BPF_F_FAST_STACK_CMP, 0), 0);
	assert_int_equal(run_with(other, 0, 0), -EEXIST);
	assert_int_equal(run_with(other, BPF_F_REUSE_STACKID, 0), -ENOMEM);
	assert_int_equal(run_with(prog, 1, 0), -EEXIST); /* without the innermost it is another */
	assert_int_equal(run_with(prog, 2, 0), -EFAULT);
	assert_int_equal(map_user_lookup(maps[0], &(u32){ 0 }, ips, 0), 0);
	assert_int_equal(ips[0], func_of(prog, 1));
	assert_int_equal(ips[1], func_of(prog, 0));
	assert_int_equal(ips[2], 0);
	assert_int_equal(map_user_lookup(maps[0], &(u32){ 1 }, ips, 0), -ENOENT);
	assert_int_equal(map_user_update(maps[0], &(u32){ 0 }, ips, 0), -EINVAL);
	assert_int_equal(map_user_next_key(maps[0], NULL, &next), 0);
	assert_int_equal(next, 0);
	assert_int_equal(map_user_next_key(maps[0], &(u32){ 9 }, &next), 0);
	assert_int_equal(map_user_next_key(maps[0], &next, &next), -ENOENT);
	assert_int_equal(map_user_delete(maps[0], &(u32){ 1 }), -E2BIG);
	assert_int_equal(map_user_delete(maps[0], &(u32){ 0 }), 0);
	assert_int_equal(map_user_delete(maps[0], &(u32){ 0 }), -ENOENT);
	assert_int_equal(map_user_lookup(maps[0], &(u32){ 0 }, ips, 0), -ENOENT);
	assert_int_equal(run_with(other, 0, 0), 0);
	prog_put(prog);
	prog_put(other);
	prog = load_as(BPF_PROG_TYPE_KPROBE, STACKID); /* begins at what was probed */
	assert_int_equal(run_with(prog, 0, 0), -EFAULT);
	prog_put(prog);
}

/* More than one bucket: another stack takes a place of its own, or takes over one. */
static void stacks_take_over(void **state)
{
	struct prog *progs[16];
	u32 reused = 0;

	maps[0] = make_map(T(STACK_TRACE), 4, 8, 15, 0);
	for (u32 i = 0; i < ARRAY_SIZE(progs); i++) {
		s64 id;

		progs[i] = load(STACKID);
		id = run_with(progs[i], 0, 0);
		if (id == -EEXIST) {
			id = run_with(progs[i], BPF_F_REUSE_STACKID, 0);
			reused += id >= 0;
		}
		if (id >= 0)
			assert_int_equal(run_with(progs[i], 0, 0), id);
	}
	assert_true(reused);
	for (u32 i = 0; i < ARRAY_SIZE(progs); i++)
		prog_put(progs[i]);
}

/* --- timers and works --- */

/* struct val { struct bpf_timer t; struct bpf_wq w; struct bpf_task_work tw; } */
static struct map *timer_map(u32 type, u32 entries)
{
	static const struct {
		const char *name;
		u32 size, off;
	} fields[] = { { "bpf_timer", 16, 0 }, { "bpf_wq", 16, 16 }, { "bpf_task_work", 8, 32 } };
	struct btf *btf = btf__new_empty();
	s32 word = btf__add_int(btf, "long", 8, 0), i32 = btf__add_int(btf, "int", 4, 1), id[3],
	    val;
	union bpf_attr attr = map_attr(type, 4, 40, entries, 0);
	struct map *map = NULL;

	for (u32 i = 0; i < 3; i++) {
		s32 words = btf__add_array(btf, i32, word, fields[i].size / 8);

		id[i] = btf__add_struct(btf, fields[i].name, fields[i].size);
		btf__add_field(btf, "__opaque", words, 0, 0);
	}
	val = btf__add_struct(btf, "val", 40);
	for (u32 i = 0; i < 3; i++)
		btf__add_field(btf, fields[i].name, id[i], fields[i].off * 8, 0);
	assert_int_equal(make_typed_map(&attr, btf, i32, val, &map), 0);
	object_pin(&map->obj); /* user space holds it */
	btf__free(btf);
	return map;
}

static u64 value_of(struct map *map, u32 key)
{
	u64 zero[5] = { 0 };

	if (map->type == T(HASH))
		assert_int_equal(map_update(map, &key, zero, 0), 0);
	return (uintptr_t)map_lookup(map, &key);
}

static struct vm_timer *started(u64 field, u64 ns, u64 flags)
{
	assert_int_equal(vm_timer_start(field, ns, flags), 0);
	return fake.timer;
}

static u64 seen[3]; /* map, key, value */

static u64 see(struct vm *vm, const u64 *a)
{
	seen[0] = a[0];
	seen[1] = *(u32 *)(uintptr_t)a[1];
	seen[2] = a[2];
	return 0;
}

/* program with one callback, which calls the test back */
#define CALLBACK "r1 = func +2; exit; call 5201; r0 = 0; exit"

static void timers(void **state)
{
	struct prog *prog = load(CALLBACK);
	struct map *map = timer_map(T(ARRAY), 2);
	u64 value = value_of(map, 1);
	struct vm_timer *t;

	hook = see;
	assert_int_equal(vm_timer_init(value + 8, map, 1), -EINVAL);  /* no field is there */
	assert_int_equal(vm_timer_init(value + 80, map, 1), -EINVAL); /* nor a value */
	assert_int_equal(vm_timer_init(value, map, 7), 0);	      /* CLOCK_BOOTTIME */
	assert_int_equal(vm_timer_init(value_of(map, 0), map, 0), 0); /* CLOCK_REALTIME */
	assert_int_equal(vm_work_start(value, 0), -EINVAL);	      /* it is no work */
	assert_int_equal(vm_timer_start(0, 1, 0), -EINVAL);
	assert_int_equal(vm_timer_set_callback(value, func_of(prog, 1), prog), 0);
	fake.now_ns = 100;
	assert_int_equal(started(value, 5, 0)->expires_ns, 105);
	assert_int_equal(started(value, 5, BPF_F_TIMER_ABS)->expires_ns, 5);
	assert_int_equal(started(value, -1, 0)->expires_ns, INT64_MAX);
	t = started(value, 5, BPF_F_TIMER_CPU_PIN);
	vm_timer_fire(t);
	assert_int_equal(seen[0], map_guest_addr(map));
	assert_int_equal(seen[1], 1);
	assert_int_equal(seen[2], value);
	assert_int_equal(vm_timer_cancel(value), 1);
	assert_int_equal(vm_timer_cancel(value), 0);
	memset(seen, 0, sizeof(seen));
	vm_timer_fire(t); /* it was canceled when it came: its callback is no more */
	assert_int_equal(seen[2], 0);
	object_unpin(&map->obj); /* the last one that user space had */
	assert_int_equal(vm_timer_set_callback(value, func_of(prog, 1), prog), -EINVAL);
	map_put(map);
	prog_put(prog);
}

static struct map *timers_of;
static u64 own_field, other_field, answers[4];

static u64 cancel_both(struct vm *vm, const u64 *a)
{
	answers[0] = vm_timer_cancel(own_field);
	answers[1] = vm_timer_cancel(other_field);
	return 0;
}

static u64 delete_own(struct vm *vm, const u64 *a)
{
	answers[0] = map_delete(timers_of, (const void *)(uintptr_t)a[1]);
	return 0;
}

/* On another CPU somebody cancels the timer whose callback runs here. */
static u64 cancelled_elsewhere(struct vm *vm, const u64 *a)
{
	fake.cpu = 1;
	fake.spin_result = -1; /* the machine ended while it waited */
	answers[0] = vm_timer_cancel(own_field);
	answers[1] = fake.nr_waits;
	fake.cpu = 0;
	return 0;
}

/* Two callbacks that cancel each other: the second to ask is told. */
static u64 cross_cancel(struct vm *vm, const u64 *a)
{
	if (a[2] == other_field) {
		answers[0] = vm_timer_cancel(own_field);
		return 0;
	}
	fake.cpu = 1;
	fake.spin_result = -1;
	answers[1] = 77;
	hook = cross_cancel;
	fake.timer = NULL;
	prog_call_func(prog_func_token(vm->prog, 1), (u64[]){ a[0], a[1], other_field }, 3);
	fake.cpu = 0;
	return 0;
}

static void timers_in_callbacks(void **state)
{
	struct prog *prog = load(CALLBACK);
	struct vm_timer *t;

	timers_of = timer_map(T(HASH), 2);
	own_field = value_of(timers_of, 1);
	other_field = value_of(timers_of, 2);
	assert_int_equal(vm_timer_init(own_field, timers_of, 1), 0);
	assert_int_equal(vm_timer_init(other_field, timers_of, 1), 0);
	assert_int_equal(vm_timer_set_callback(own_field, func_of(prog, 1), prog), 0);
	assert_int_equal(vm_timer_set_callback(other_field, func_of(prog, 1), prog), 0);
	t = started(own_field, 1, 0);
	hook = cancel_both;
	started(other_field, 1, 0);
	vm_timer_fire(t);
	assert_int_equal(answers[0], -EDEADLK);
	assert_int_equal(answers[1], 1);
	hook = cancelled_elsewhere;
	vm_timer_fire(t);
	assert_int_equal(answers[0], 0);
	assert_int_equal(answers[1], 1);
	assert_int_equal(vm_timer_set_callback(own_field, func_of(prog, 1), prog), 0);
	hook = cross_cancel;
	vm_timer_fire(t);
	assert_int_equal(vm_timer_set_callback(own_field, func_of(prog, 1), prog), 0);
	hook = delete_own;
	vm_timer_fire(t); /* its value goes, and it too, when the callback is over */
	assert_int_equal(answers[0], 0);
	assert_int_equal(vm_timer_start(own_field, 1, 0), -EINVAL);
	object_unpin(&timers_of->obj);
	map_put(timers_of);
	prog_put(prog);
}

static void works(void **state)
{
	struct prog *prog = load(CALLBACK);
	u64 field, func = func_of(prog, 1);

	timers_of = timer_map(T(HASH), 2);
	field = value_of(timers_of, 1) + 16;
	hook = see;
	assert_int_equal(vm_work_init(field, timers_of, 1), -EINVAL);
	assert_int_equal(vm_work_set_callback(field, func, prog, 0), -EINVAL);
	assert_int_equal(vm_work_init(field, timers_of, 0), 0);
	assert_int_equal(vm_work_start(field, 0), -EINVAL); /* no callback */
	assert_int_equal(vm_work_set_callback(field, func, prog, 1), -EINVAL);
	assert_int_equal(vm_work_set_callback(field, func, prog, 0), 0);
	assert_int_equal(vm_work_start(field, 1), -EINVAL);
	assert_int_equal(vm_work_start(field, 0), 0);
	assert_int_equal(vm_work_start(field, 0), 0); /* is on its way already */
	memset(seen, 0, sizeof(seen));
	vm_work_fire(fake.work);
	assert_int_equal(seen[2], field - 16);
	assert_int_equal(vm_work_start(field, 0), 0);
	assert_int_equal(map_delete(timers_of, &(u32){ 1 }), 0); /* while it is queued */
	memset(seen, 0, sizeof(seen));
	vm_work_fire(fake.work);
	assert_int_equal(seen[2], 0);
	object_unpin(&timers_of->obj);
	map_put(timers_of);
	prog_put(prog);
}

static struct vm_timer *task_work;

static void queue_task_work(struct vm_timer *w, u64 task, bool signal)
{
	task_work = w;
}

static void task_works(void **state)
{
	struct prog *prog = load(CALLBACK);
	u64 field, func = func_of(prog, 1);

	fake_env.task_work = queue_task_work;
	timers_of = timer_map(T(HASH), 2);
	field = value_of(timers_of, 1) + 32;
	hook = see;
	assert_int_equal(vm_task_work_schedule(field + 8, timers_of, 1, func, prog, false),
			 -EINVAL);
	assert_int_equal(vm_task_work_schedule(field, timers_of, 1, func, prog, false), 0);
	assert_int_equal(vm_task_work_schedule(field, timers_of, 1, func, prog, true), -EBUSY);
	memset(seen, 0, sizeof(seen));
	vm_task_work_fire(task_work, true);
	assert_int_equal(seen[2], field - 32);
	memset(seen, 0, sizeof(seen));
	assert_int_equal(vm_task_work_schedule(field, timers_of, 1, func, prog, true), 0);
	vm_task_work_fire(task_work, false); /* the task has gone */
	assert_int_equal(vm_task_work_schedule(field, timers_of, 1, func, prog, true), 0);
	assert_int_equal(map_delete(timers_of, &(u32){ 1 }), 0);
	vm_task_work_fire(task_work, true); /* so has the value */
	assert_int_equal(seen[2], 0);
	object_unpin(&timers_of->obj);
	assert_int_equal(vm_task_work_schedule(field, timers_of, 1, func, prog, true), -EPERM);
	map_put(timers_of);
	prog_put(prog);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(tail_calls), TEST(each_element),	     TEST(loops),
		TEST(too_deep),	  TEST(functions),	     TEST(user_rings),
		TEST(stack_ids),  TEST(stacks_take_over),    TEST(timers),
		TEST(works),	  TEST(timers_in_callbacks), TEST(task_works),
	};

	int failed = cmocka_run_group_tests_name("native code", tests, NULL, NULL);

	fake_env.interpret = true;
	return failed + cmocka_run_group_tests_name("interpreted", tests, NULL, NULL);
}
