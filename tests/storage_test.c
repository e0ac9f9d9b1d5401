// SPDX-License-Identifier: GPL-2.0-only
/*
 * storage_test.c - special fields of values, local storage, timers, locks.
 */
#include <unistd.h>
#include "fake_map.h"
#include "abi/cpumask.h"
#include "bpf/callable.h"
#include "bpf/handle.h"
#include "bpf/helpers.h"
#include "bpf/lock.h"
#include "bpf/objalloc.h"
#include "bpf/record.h"
#include "bpf/storage.h"
#include "bpf/timer.h"

#define T(name) BPF_MAP_TYPE_##name

/*
 *	struct val {			off
 *		int a;			0
 *		struct bpf_spin_lock l;	4
 *		struct bpf_timer t;	8	two longs where timers are not allowed
 *		struct thing __kptr *k;	24
 *		long b;			32
 *	};				40
 */
struct types {
	struct btf *btf;
	int i32, lock, timer, thing, kptr, val, quiet;
};

static int add_opaque(struct btf *btf, const char *name, u32 size, int word, u32 nr)
{
	int id, arr = btf__add_array(btf, word, word, nr);

	id = btf__add_struct(btf, name, size);
	btf__add_field(btf, "__opaque", arr, 0, 0);
	return id;
}

static int add_val(struct types *t, const char *name, int lng, int timer)
{
	int id = btf__add_struct(t->btf, name, 40);

	btf__add_field(t->btf, "a", t->i32, 0, 0);
	btf__add_field(t->btf, "l", t->lock, 32, 0);
	btf__add_field(t->btf, "t", timer, 64, 0);
	btf__add_field(t->btf, "k", t->kptr, 24 * 8, 0);
	btf__add_field(t->btf, "b", lng, 32 * 8, 0);
	return id;
}

static struct types make_types(void)
{
	struct types t = { .btf = btf__new_empty() };
	int lng;

	t.i32 = btf__add_int(t.btf, "int", 4, BTF_INT_SIGNED);
	lng = btf__add_int(t.btf, "long", 8, BTF_INT_SIGNED);
	t.lock = btf__add_struct(t.btf, "bpf_spin_lock", 4);
	btf__add_field(t.btf, "val", t.i32, 0, 0);
	t.timer = add_opaque(t.btf, "bpf_timer", 16, lng, 2);
	t.thing = add_opaque(t.btf, "thing", 16, lng, 2);
	t.kptr = btf__add_ptr(t.btf, btf__add_type_tag(t.btf, "kptr", t.thing));
	t.val = add_val(&t, "val", lng, t.timer);
	t.quiet = add_val(&t, "quiet", lng, t.thing);
	return t;
}

static u64 dropped;

static void thing_dtor(u64 obj)
{
	dropped = obj;
}

static const struct kptr_dtor dtors[] = { { "thing", thing_dtor } };

static int setup(void **state)
{
	static bool done;

	if (!done)
		kptr_dtor_register(dtors, ARRAY_SIZE(dtors));
	done = true;
	dropped = 0;
	return fake_setup(state);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, fake_teardown)

static struct map *typed(u32 type, u32 key, u32 entries, u32 flags, struct types *t)
{
	union bpf_attr attr = map_attr(type, key, 40, entries, flags);
	struct map *map = NULL;

	assert_int_equal(make_typed_map(&attr, t->btf, t->i32,
					type == T(TASK_STORAGE) ? t->quiet : t->val, &map),
			 0);
	return map;
}

static void fields_are_found(void **state)
{
	struct types t = make_types();
	struct map *map = typed(T(ARRAY), 4, 2, 0, &t);

	assert_non_null(map->record);
	assert_int_equal(map->record->nr, 3);
	assert_int_equal(record_off(map->record, FIELD_SPIN_LOCK), 4);
	assert_int_equal(record_off(map->record, FIELD_TIMER), 8);
	assert_int_equal(record_off(map->record, FIELD_KPTR_REF), 24);
	assert_string_equal(map->record->fields[2].type, "thing");
	assert_ptr_equal(map->record->fields[2].dtor, thing_dtor);
	map_put(map);
	btf__free(t.btf);
}

/* map_check_btf(): which kinds of map may hold such a value */
static void field_homes(void **state)
{
	static const struct {
		u32 type, flags;
		int err;
	} cases[] = {
		{ T(ARRAY), 0, 0 },
		{ T(HASH), 0, 0 },
		{ T(LRU_HASH), 0, -EOPNOTSUPP },
		{ T(PERCPU_ARRAY), 0, -EOPNOTSUPP },
		{ T(PERCPU_HASH), 0, -EOPNOTSUPP },
		{ T(ARRAY), BPF_F_RDONLY_PROG, -EACCES },
	};
	struct types t = make_types();
	struct map *map;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		union bpf_attr attr = map_attr(cases[i].type, 4, 40, 2, cases[i].flags);
		int err = make_typed_map(&attr, t.btf, t.i32, t.val, &map);

		assert_int_equal(err, cases[i].err);
		if (!err)
			map_put(map);
	}
	btf__free(t.btf);
}

static void two_locks_are_refused(void **state)
{
	struct types t = make_types();
	union bpf_attr attr = map_attr(T(ARRAY), 4, 8, 1, 0);
	struct map *map;
	int id = btf__add_struct(t.btf, "two", 8);

	btf__add_field(t.btf, "l", t.lock, 0, 0);
	btf__add_field(t.btf, "m", t.lock, 32, 0);
	assert_int_equal(make_typed_map(&attr, t.btf, t.i32, id, &map), -E2BIG);
	attr.value_size = 16;
	assert_int_equal(make_typed_map(&attr, t.btf, t.i32, id, &map), -EINVAL);
	btf__free(t.btf);
}

/* User space's copies leave fields alone on the way in and are zero on the way out. */
static void copies_step_over_fields(void **state)
{
	struct types t = make_types();
	struct map *map = typed(T(ARRAY), 4, 1, 0, &t);
	u32 key = 0, *value = map_lookup(map, &key);
	u64 in[5], out[5];

	memset(in, 0xff, sizeof(in));
	*(u64 *)(value + 6) = 0x1234;
	assert_int_equal(map_user_update(map, &key, in, BPF_F_LOCK), 0);
	assert_int_equal(value[0], 0xffffffff);
	assert_int_equal(value[1], 0);
	/* not written over, but let go of, as array_map_update_elem() does */
	assert_int_equal(*(u64 *)(value + 6), 0);
	assert_int_equal(dropped, 0x1234);
	assert_int_equal(map_user_lookup(map, &key, out, BPF_F_LOCK), 0);
	assert_int_equal(out[0], 0xffffffff);
	assert_int_equal(out[3], 0);
	assert_int_equal(out[4], -1);
	map_put(map);
	btf__free(t.btf);
}

static void delete_drops_kptrs(void **state)
{
	struct types t = make_types();
	struct map *map = typed(T(HASH), 4, 8, 0, &t);
	u64 value[5] = { 0 };
	u32 key = 3;

	assert_int_equal(map_update(map, &key, value, 0), 0);
	((u64 *)map_lookup(map, &key))[3] = 0xabc;
	assert_int_equal(map_delete(map, &key), 0);
	assert_int_equal(dropped, 0xabc);
	map_put(map);
	btf__free(t.btf);
}

static void freeze_needs_plain_values(void **state)
{
	struct types t = make_types();
	struct map *map = typed(T(HASH), 4, 8, 0, &t);
	union bpf_attr attr = { .map_fd = object_install_fd(&map->obj) };

	assert_int_equal(map_cmd_freeze(&attr), -ENOTSUPP);
	map_put(map);
	btf__free(t.btf);
}

/* --- local storage --- */

static void task_storage(void **state)
{
	struct types t = make_types();
	struct map *map = typed(T(TASK_STORAGE), 4, 0, BPF_F_NO_PREALLOC, &t);
	u64 init[5] = { 1, 0, 0, 0, 2 }, *value, out[5];
	int fd = handle_open(OBJ_TASK, 9), gone = handle_open(OBJ_TASK, 8);

	assert_null(storage_get(map, 0x5000, NULL, 0));
	assert_null(storage_get(map, 0, NULL, 1));
	assert_null(storage_get(map, 0x5000, NULL, 3));
	value = storage_get(map, 0x5000, init, BPF_LOCAL_STORAGE_GET_F_CREATE);
	assert_int_equal(value[4], 2);
	assert_ptr_equal(storage_get(map, 0x5000, NULL, 0), value);
	assert_int_equal(map_user_lookup(map, &fd, out, 0), 0);
	assert_int_equal(out[0], 1);
	assert_int_equal(map_user_lookup(map, &gone, out, 0), -ENOENT);
	assert_int_equal(map_user_lookup(map, &(int){ -1 }, out, 0), -EBADF);
	assert_int_equal(map_user_update(map, &fd, out, BPF_NOEXIST), -EEXIST);
	assert_int_equal(map_user_next_key(map, NULL, out), -ENOTSUPP);
	value[3] = 0x77;
	local_storage_owner_free(0x5000);
	assert_int_equal(dropped, 0x77);
	assert_int_equal(storage_delete(map, 0x5000), -ENOENT);
	assert_int_equal(map_user_update(map, &fd, out, BPF_EXIST), -ENOENT);
	assert_int_equal(map_user_update(map, &fd, out, 0), 0);
	close(gone);
	close(fd);
	map_put(map);
	btf__free(t.btf);
}

/* --- timers --- */

static void timer_errors(void **state)
{
	struct types t = make_types();
	struct map *map = typed(T(ARRAY), 4, 2, 0, &t);
	u64 field = (uintptr_t)map_lookup(map, &(u32){ 1 }) + 8;

	assert_int_equal(vm_timer_start(field, 100, 0), -EINVAL);
	assert_int_equal(vm_timer_cancel(field), -EINVAL);
	assert_int_equal(vm_timer_init(field, map, 3), -EINVAL);
	assert_int_equal(vm_timer_init(field, map, 16), -EINVAL);
	assert_int_equal(vm_timer_init(field, map, 1), 0);
	assert_int_equal(vm_timer_init(field, map, 1), -EBUSY);
	assert_int_equal(vm_timer_start(field, 100, 0), -EINVAL); /* no callback */
	assert_int_equal(vm_timer_start(field, 100, 4), -EINVAL);
	assert_int_equal(vm_timer_cancel(field), 0);
	map_put(map);
	btf__free(t.btf);
}

static void timer_needs_user_space(void **state)
{
	struct types t = make_types();
	struct map *map = typed(T(ARRAY), 4, 2, 0, &t);
	u64 field = (uintptr_t)map_lookup(map, &(u32){ 1 }) + 8;

	object_pin(&map->obj);
	assert_int_equal(vm_timer_init(field, map, 1), 0);
	object_unpin(&map->obj);
	assert_int_equal(*(u64 *)(uintptr_t)field, 0);
	assert_int_equal(vm_timer_init(field, map, 1), -EPERM);
	map_put(map);
	btf__free(t.btf);
}

/* --- locks --- */

static void spin_lock_waits(void **state)
{
	u32 *lock = region_alloc(ZONE_HEAP, 4, 0);
	u64 addr = (uintptr_t)lock;

	vm_spin_lock(addr);
	assert_int_equal(*lock, 1);
	assert_int_equal(fake.irq_depth, 1);
	vm_spin_unlock(addr);
	assert_int_equal(fake.irq_depth, 0);
	*lock = 1;
	fake.spin_clears = lock;
	vm_spin_lock(addr);
	assert_int_equal(fake.nr_waits, 1);
	assert_int_equal(*lock, 1);
	vm_locks_reset();
}

static void resilient_lock_deadlocks(void **state)
{
	u64 a = (uintptr_t)region_alloc(ZONE_HEAP, 4, 0),
	    b = (uintptr_t)region_alloc(ZONE_HEAP, 4, 0);

	assert_int_equal(vm_res_spin_lock(a), 0);
	assert_int_equal(vm_res_spin_lock(a), -EDEADLK);
	assert_int_equal(fake.nr_waits, 0);
	fake.cpu = 1;
	fake.spin_result = -ETIMEDOUT;
	assert_int_equal(vm_res_spin_lock(a), -ETIMEDOUT);
	assert_int_equal(vm_res_spin_lock(b), 0);
	vm_res_spin_unlock(b);
	fake.cpu = 0;
	vm_res_spin_unlock(a);
	assert_int_equal(fake.preempt_depth, 0);
	vm_locks_reset();
}

/* --- objects --- */

static void objects_count_references(void **state)
{
	struct types t = make_types();
	int id = btf__add_struct(t.btf, "bpf_refcount", 4), obj;
	u64 p, q;

	btf__add_field(t.btf, "v", t.i32, 0, 0);
	obj = btf__add_struct(t.btf, "node", 16);
	btf__add_field(t.btf, "ref", id, 0, 0);
	btf__add_field(t.btf, "k", t.kptr, 64, 0);
	p = obj_new(t.btf, obj, false);
	assert_int_equal(*(u32 *)(uintptr_t)p, 1);
	assert_int_equal(obj_acquire(p), p);
	((u64 *)(uintptr_t)p)[1] = 0x99;
	obj_drop(p);
	assert_int_equal(dropped, 0);
	obj_drop(p);
	assert_int_equal(dropped, 0x99);
	assert_int_equal(obj_acquire(p), 0);
	q = obj_new(t.btf, t.thing, true);
	assert_int_equal(obj_percpu_ptr(q, 2), q + 32);
	assert_int_equal(obj_percpu_ptr(q, FAKE_CPUS), 0);
	obj_drop(q);
	assert_int_equal(objs_live(), 0);
	objs_reset();
	record_forget(t.btf);
	btf__free(t.btf);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(fields_are_found),
		TEST(field_homes),
		TEST(two_locks_are_refused),
		TEST(copies_step_over_fields),
		TEST(delete_drops_kptrs),
		TEST(freeze_needs_plain_values),
		TEST(task_storage),
		TEST(timer_errors),
		TEST(timer_needs_user_space),
		TEST(spin_lock_waits),
		TEST(resilient_lock_deadlocks),
		TEST(objects_count_references),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
