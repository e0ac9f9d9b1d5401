// SPDX-License-Identifier: GPL-2.0-only
/*
 * helpers_perf.c - perf events in PERF_EVENT_ARRAY maps. Facts:
 * kernel/trace/bpf_trace.c (which index, which error first). The events themselves
 * are the upper layer's.
 */
#include <errno.h>
#include <string.h>
#include "bpf/env.h"
#include "bpf/helpers.h"
#include "bpf/perf_array.h"

/* The event that @flags choose: 0, -EINVAL, -E2BIG, -ENOENT. */
static int find_event(struct map *map, u64 flags, struct object **out)
{
	u32 index = flags & BPF_F_INDEX_MASK;

	if (flags & ~BPF_F_INDEX_MASK)
		return -EINVAL;
	if (index == (u32)BPF_F_CURRENT_CPU)
		index = ENV->cpu();
	if (index >= map->max_entries)
		return -E2BIG;
	*out = perf_array_get(map, index);
	return *out ? 0 : -ENOENT;
}

static s64 read_value(struct map *map, u64 flags, void *buf)
{
	struct object *event;
	int err = find_event(map, flags, &event);

	if (err)
		return err;
	return ENV->perf_read(event, buf);
}

/* map, flags, buffer, size */
static u64 perf_event_read_value(struct vm *vm, const u64 *a)
{
	struct map *map = arg_map_of(vm, a[0], BPF_MAP_TYPE_PERF_EVENT_ARRAY);
	void *buf = map ? arg_write(vm, a[2], a[3]) : NULL;
	s64 err = -EINVAL;

	if (!buf)
		return 0;
	if (a[3] == sizeof(struct bpf_perf_event_value))
		err = read_value(map, a[1], buf);
	if (err)
		memset(buf, 0, a[3]);
	return ret_errno(err);
}

/* map, flags: the counter, errors in the same range */
static u64 perf_event_read(struct vm *vm, const u64 *a)
{
	struct map *map = arg_map_of(vm, a[0], BPF_MAP_TYPE_PERF_EVENT_ARRAY);
	struct bpf_perf_event_value value;
	s64 err = map ? read_value(map, a[1], &value) : 0;

	return err || !map ? ret_errno(err) : value.counter;
}

/* context, map, flags, data, size */
static u64 perf_event_output(struct vm *vm, const u64 *a)
{
	struct map *map = arg_map_of(vm, a[1], BPF_MAP_TYPE_PERF_EVENT_ARRAY);
	const void *data = map ? arg_read(vm, a[3], a[4]) : NULL;
	struct object *event;
	int err;

	if (!data)
		return 0;
	err = find_event(map, a[2], &event);
	if (err)
		return ret_errno(err);
	return ret_errno(-EOPNOTSUPP); /* no event here has a ring that user space reads */
}

static const struct helper helpers[] = {
	HELPER(perf_event_read, perf_event_read),
	HELPER(perf_event_read_value, perf_event_read_value),
	HELPER(perf_event_output, perf_event_output),
};

void helpers_perf_init(void)
{
	helper_register(helpers, ARRAY_SIZE(helpers));
}
