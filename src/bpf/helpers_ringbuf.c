// SPDX-License-Identifier: GPL-2.0-only
/*
 * helpers_ringbuf.c - ring buffers from programs. Facts: kernel/bpf/ringbuf.c.
 */
#include <errno.h>
#include <string.h>
#include "base/region.h"
#include "bpf/dynptr.h"
#include "bpf/env.h"
#include "bpf/helpers.h"
#include "bpf/ringbuf.h"

#define WAKEUP_FLAGS (BPF_RB_NO_WAKEUP | BPF_RB_FORCE_WAKEUP)
#define DRAIN_SAMPLES_MAX (128u << 10) /* BPF_MAX_USER_RINGBUF_SAMPLES */

static struct map *arg_ringbuf(struct vm *vm, u64 addr)
{
	return arg_map_of(vm, addr, BPF_MAP_TYPE_RINGBUF);
}

/* The kernel's takes as long for any size; here books are kept of every eight bytes. */
static void *reserve_paid(struct vm *vm, struct map *map, u64 size)
{
	void *rec = ringbuf_reserve(map, size);

	vm_work(vm, rec ? size : 0);
	return rec;
}

static u64 reserve(struct vm *vm, const u64 *a)
{
	struct map *map = arg_ringbuf(vm, a[0]);

	return map && !a[2] ? (uintptr_t)reserve_paid(vm, map, a[1]) : 0;
}

static u64 commit(struct vm *vm, u64 sample, u64 flags, bool discard)
{
	if (ringbuf_commit((void *)(uintptr_t)sample, discard))
		vm_fault(vm, FAULT_BAD_INSN, sample, 0,
			 "0x%llx was not reserved in a ring buffer, or is submitted twice", sample);
	return 0;
}

static u64 submit(struct vm *vm, const u64 *a)
{
	return commit(vm, a[0], a[1], false);
}

static u64 discard(struct vm *vm, const u64 *a)
{
	return commit(vm, a[0], a[1], true);
}

/* map, data, size, flags */
static u64 output(struct vm *vm, const u64 *a)
{
	struct map *map = arg_ringbuf(vm, a[0]);
	const void *data = map ? arg_read(vm, a[1], a[2]) : NULL;
	void *rec;

	if (!data)
		return 0;
	if (a[3] & ~(u64)WAKEUP_FLAGS)
		return ret_errno(-EINVAL);
	rec = ringbuf_reserve(map, a[2]);
	if (!rec)
		return ret_errno(-EAGAIN);
	memcpy(rec, data, a[2]);
	ringbuf_commit(rec, false);
	return 0;
}

static u64 query(struct vm *vm, const u64 *a)
{
	struct map *map = arg_ringbuf(vm, a[0]);

	return map ? ringbuf_query(map, a[1]) : 0;
}

/* map, size, flags, dynptr */
static u64 reserve_dynptr(struct vm *vm, const u64 *a)
{
	struct map *map = arg_ringbuf(vm, a[0]);
	struct dynptr *d = map ? vm_obj(vm, a[3], sizeof(*d)) : NULL;
	void *rec;

	if (!d)
		return 0;
	dynptr_set_null(d);
	if (a[2])
		return ret_errno(-EINVAL);
	if ((u32)a[1] > DYNPTR_SIZE_MAX)
		return ret_errno(-E2BIG);
	rec = reserve_paid(vm, map, (u32)a[1]);
	if (!rec)
		return ret_errno(-EINVAL);
	dynptr_init(d, (uintptr_t)rec, DYNPTR_RINGBUF, a[1]);
	return 0;
}

static u64 commit_dynptr(struct vm *vm, const u64 *a, bool discarded)
{
	struct dynptr *d = vm_obj(vm, a[0], sizeof(*d));

	if (!d || !d->data)
		return 0;
	commit(vm, d->data, a[1], discarded);
	dynptr_set_null(d);
	return 0;
}

static u64 submit_dynptr(struct vm *vm, const u64 *a)
{
	return commit_dynptr(vm, a, false);
}

static u64 discard_dynptr(struct vm *vm, const u64 *a)
{
	return commit_dynptr(vm, a, true);
}

/* --- user space produces: a callback for each sample --- */

/* Samples taken, discarded ones not counted; *seen counts both. */
static s64 drain_samples(struct vm *vm, struct map *map, const u64 *a, struct dynptr *d, u32 *seen)
{
	const u64 args[2] = { (uintptr_t)d, a[2] };
	u64 stop = 0;
	s64 taken = 0;
	void *sample;
	u32 size;
	int err;

	for (*seen = 0; *seen < DRAIN_SAMPLES_MAX && !stop && !vm->dead; ++*seen) {
		err = user_ringbuf_peek(map, &sample, &size);
		if (err == -ENODATA)
			break;
		if (err == -EAGAIN)
			continue;
		if (err)
			return err;
		dynptr_init(d, (uintptr_t)sample, DYNPTR_LOCAL, size);
		stop = vm_call(vm, a[1], args, 2);
		user_ringbuf_release(map, size);
		taken++;
	}
	return taken;
}

/* map, callback(dynptr, ctx), ctx, flags */
static u64 drain(struct vm *vm, const u64 *a)
{
	struct map *map = arg_map_of(vm, a[0], BPF_MAP_TYPE_USER_RINGBUF);
	struct dynptr *d;
	u32 seen;
	s64 ret;

	if (!map)
		return 0;
	if (a[3] & ~(u64)WAKEUP_FLAGS)
		return ret_errno(-EINVAL);
	if (!user_ringbuf_lock(map))
		return ret_errno(-EBUSY);
	d = region_alloc(ZONE_STACK, sizeof(*d), 0);
	ret = d ? drain_samples(vm, map, a, d, &seen) : -ENOMEM;
	region_free(ZONE_STACK, d, sizeof(*d));
	user_ringbuf_unlock(map);
	return ret_errno(ret);
}

static const struct helper helpers[] = {
	HELPER(ringbuf_reserve, reserve),
	HELPER(ringbuf_submit, submit),
	HELPER(ringbuf_discard, discard),
	HELPER(ringbuf_output, output),
	HELPER(ringbuf_query, query),
	HELPER(ringbuf_reserve_dynptr, reserve_dynptr),
	HELPER(ringbuf_submit_dynptr, submit_dynptr),
	HELPER(ringbuf_discard_dynptr, discard_dynptr),
	HELPER(user_ringbuf_drain, drain),
};

void helpers_ringbuf_init(void)
{
	helper_register(helpers, ARRAY_SIZE(helpers));
}
