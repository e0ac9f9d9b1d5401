// SPDX-License-Identifier: GPL-2.0-only
/*
 * What takes the host time is paid in virtual time: the first ops.enqueue() does one thing, with
 * arguments as large as they may be, until a millisecond of virtual time has passed (@what).
 */
#include "scx.h"
#include "hostile.h"

#define BIG (1u << 20)
#define MANY (1u << 22)
#define STRETCH_NS 1000000

enum { NOTHING, PROBE_READ, PROBE_READ_STR, STRSPN, STRSTR, STRLEN, STRCASECMP, ARRAY_UPDATE, QUEUE_PUSH, BLOOM_PUSH,
       BLOOM_PEEK, WALK_EMPTY, WALK_ARRAY, LRU_UPDATE, HASH_UPDATE, HASH_SUM, PERCPU_UPDATE, DYNPTR_COPY,
       DYNPTR_MEMSET, DYNPTR_WRITE, RING_RESERVE, RING_OUTPUT, ARENA_PAGES, SNPRINTF, PRINTK, STREAM, OBJECTS,
       TIMERS, TASKS, CGROUPS, BITS, EVENTS, IDLE, HASH_FLOOD, LRU_FLOOD, NR_WHAT };

const volatile u32 what;
static u64 nr, spent_ns;

struct timed {
	struct bpf_timer t;
};

#define MAP(name, kind, n, k, v) \
struct { \
	__uint(type, BPF_MAP_TYPE_##kind); \
	__uint(max_entries, n); \
	__type(key, k); \
	__type(value, v); \
} name SEC(".maps")

struct large {
	char at[BIG];
};

struct key {
	char at[512];
};

struct long_key {
	u64 a, b;
};

struct object {
	char at[4000];
};

MAP(arrays, ARRAY, 2, u32, struct large);
MAP(walked, ARRAY, MANY, u32, u8);
MAP(empty, HASH, MANY, u32, u64);
MAP(lru, LRU_HASH, 65536, u32, u64);
MAP(keys, HASH, 65536, struct key, u64);
MAP(flooded, HASH, 8192, struct long_key, u64);
MAP(flooded_lru, LRU_HASH, 8192, struct long_key, u64);
MAP(percpu, PERCPU_HASH, 4, u32, struct key);
MAP(timers, ARRAY, 65536, u32, struct timed);

struct {
	__uint(type, BPF_MAP_TYPE_QUEUE);
	__uint(max_entries, 2);
	__uint(value_size, BIG);
} queue SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_BLOOM_FILTER);
	__uint(max_entries, 64);
	__uint(value_size, 65536);
	__uint(map_extra, 15);
} bloom SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4 * BIG);
} ring SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARENA);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 4096);
} arena SEC(".maps");

static char text_a[65536], text_b[65536], out[1024];
static const char fmt[] = "%s %s %s %lld %pB %s";

static long visit(void *map, void *key, void *value, void *ctx)
{
	return 0;
}

static int fires(void *map, u32 *key, struct timed *value)
{
	return 0;
}

static void *large(u32 i)
{
	return bpf_map_lookup_elem(&arrays, &i);
}

static void dynptrs(void)
{
	struct bpf_dynptr a, b;
	void *from = large(0), *to = large(1);

	if (!from || !to || bpf_dynptr_from_mem(from, BIG, 0, &a) || bpf_dynptr_from_mem(to, BIG, 0, &b))
		return;
	if (what == DYNPTR_COPY && bpf_ksym_exists(bpf_dynptr_copy))
		bpf_dynptr_copy(&a, 0, &b, 0, BIG);
	else if (what == DYNPTR_MEMSET && bpf_ksym_exists(bpf_dynptr_memset))
		bpf_dynptr_memset(&a, 0, BIG, 7);
	else
		bpf_dynptr_write(&a, 0, to, BIG, 0);
}

static void objects(void)
{
	struct object *o = bpf_obj_new(struct object);

	if (o)
		bpf_obj_drop(o);
}

static void timer(void)
{
	u32 key = nr & 65535;
	struct timed *t = bpf_map_lookup_elem(&timers, &key);

	if (!t)
		return;
	bpf_timer_init(&t->t, &timers, 1);
	bpf_timer_set_callback(&t->t, fires);
	bpf_timer_start(&t->t, 1000000000ULL + (nr * 7919 & 0xfffff), 0);
}

static void tasks(void)
{
	struct bpf_iter_task it;

	if (!bpf_ksym_exists(bpf_iter_task_new))
		return;
	bpf_iter_task_new(&it, NULL, BPF_TASK_ITER_ALL_THREADS);
	while (bpf_iter_task_next(&it))
		;
	bpf_iter_task_destroy(&it);
}

static void cgroups(void)
{
	struct bpf_iter_css it;
	struct cgroup *root = bpf_cgroup_from_id(1);

	if (!root)
		return;
	bpf_iter_css_new(&it, &root->self, BPF_CGROUP_ITER_DESCENDANTS_PRE);
	while (bpf_iter_css_next(&it))
		;
	bpf_iter_css_destroy(&it);
	bpf_cgroup_release(root);
}

static void bits(void)
{
	struct bpf_iter_bits it;

	bpf_iter_bits_new(&it, (u64 *)large(0), 511);
	while (bpf_iter_bits_next(&it))
		;
	bpf_iter_bits_destroy(&it);
}

static void events(void)
{
	struct scx_event_stats e;

	if (bpf_ksym_exists(scx_bpf_events))
		(scx_bpf_events)(&e, sizeof(e));
}

static void formatted(void)
{
	u64 data[6] = { (u64)text_a, (u64)text_a, (u64)text_a, ~0ULL, (u64)fires, (u64)text_a };

	if (what == SNPRINTF)
		bpf_snprintf(out, sizeof(out), fmt, data, sizeof(data));
	else if (what == PRINTK)
		bpf_trace_vprintk(fmt, sizeof(fmt), data, sizeof(data));
	else if (bpf_ksym_exists(bpf_stream_vprintk))
		bpf_stream_vprintk(1, fmt, data, sizeof(data));
}

static void strings(void)
{
	if (what == STRSPN && bpf_ksym_exists(bpf_strspn))
		bpf_strspn(text_a, text_b);
	else if (what == STRSTR && bpf_ksym_exists(bpf_strstr))
		bpf_strstr(text_a, text_b + 32768);
	else if (what == STRCASECMP && bpf_ksym_exists(bpf_strcasecmp))
		bpf_strcasecmp(text_a, text_a);
	else if (bpf_ksym_exists(bpf_strlen))
		bpf_strlen(text_a);
}

static void records(void)
{
	void *r;

	if (what == RING_OUTPUT) {
		bpf_ringbuf_output(&ring, text_a, sizeof(text_a), BPF_RB_FORCE_WAKEUP);
		return;
	}
	r = bpf_ringbuf_reserve(&ring, 2 * BIG, 0);
	if (r)
		bpf_ringbuf_discard(r, 0);
}

static void pages(void)
{
	void *p = bpf_arena_alloc_pages(&arena, NULL, 4096, -1, 0);

	if (p)
		bpf_arena_free_pages(&arena, p, 4096);
}

static void maps(void)
{
	u32 zero = 0;
	u64 value = nr;

	switch (what) {
	case ARRAY_UPDATE:
		bpf_map_update_elem(&arrays, &zero, large(1), 0);
		break;
	case QUEUE_PUSH:
		bpf_map_push_elem(&queue, large(0), BPF_EXIST);
		break;
	case BLOOM_PUSH:
		bpf_map_push_elem(&bloom, text_a, 0);
		break;
	case BLOOM_PEEK:
		bpf_map_peek_elem(&bloom, text_b);
		break;
	case WALK_EMPTY:
		bpf_for_each_map_elem(&empty, visit, NULL, 0);
		break;
	case WALK_ARRAY:
		bpf_for_each_map_elem(&walked, visit, NULL, 0);
		break;
	case LRU_UPDATE:
		bpf_map_update_elem(&lru, &nr, &value, 0);
		break;
	case HASH_UPDATE:
		*(u64 *)text_b = nr;
		bpf_map_update_elem(&keys, text_b, &value, 0);
		break;
	case HASH_SUM:
		bpf_map_sum_elem_count((void *)&empty);
		break;
	case PERCPU_UPDATE:
		bpf_map_update_elem(&percpu, &zero, text_a, 0);
		break;
	}
}

/* All that have this word behind the first have the same hash (htab_hash_long()). */
#define MEETS 0x8bb84b93962eacc9ULL

static long flood(u32 i, void *ctx)
{
	struct long_key k = { i, MEETS };
	u64 value = i;

	bpf_map_update_elem(what == HASH_FLOOD ? (void *)&flooded : (void *)&flooded_lru, &k, &value, 0);
	return 0;
}

static void search(void)
{
	struct long_key k = { 0, MEETS };

	bpf_map_lookup_elem(&flooded, &k);
}

/* The oldest, at the end of the chain, makes room for one that is in no chain. */
static void evict(void)
{
	struct long_key k = { nr, nr };

	bpf_map_update_elem(&flooded_lru, &k, &nr, 0);
}

static void act(void)
{
	switch (what) {
	case PROBE_READ:
		bpf_probe_read_kernel(text_b, sizeof(text_b), text_a);
		break;
	case PROBE_READ_STR:
		bpf_probe_read_kernel_str(text_b, sizeof(text_b), text_a);
		break;
	case STRSPN ... STRCASECMP:
		strings();
		break;
	case ARRAY_UPDATE ... PERCPU_UPDATE:
		maps();
		break;
	case DYNPTR_COPY ... DYNPTR_WRITE:
		dynptrs();
		break;
	case RING_RESERVE:
	case RING_OUTPUT:
		records();
		break;
	case ARENA_PAGES:
		pages();
		break;
	case SNPRINTF ... STREAM:
		formatted();
		break;
	case OBJECTS:
		objects();
		break;
	case TIMERS:
		timer();
		break;
	case TASKS:
		tasks();
		break;
	case CGROUPS:
		cgroups();
		break;
	case BITS:
		bits();
		break;
	case EVENTS:
		events();
		break;
	case IDLE:
		scx_bpf_put_idle_cpumask(scx_bpf_get_idle_cpumask());
		scx_bpf_pick_any_cpu(bpf_get_current_task_btf()->cpus_ptr, 0);
		break;
	case HASH_FLOOD:
		search();
		break;
	case LRU_FLOOD:
		evict();
		break;
	}
}

static void fill(void)
{
	for (u32 i = 0; i < sizeof(text_a) - 1; i++) {
		((volatile char *)text_a)[i] = 'a';
		((volatile char *)text_b)[i] = i < sizeof(text_b) - 2 ? 'b' : 'a';
	}
}

SCX_OP(costly_enqueue) void BPF_PROG(costly_enqueue, struct task_struct *p, u64 enq_flags)
{
	u64 begin_ns;

	dsq_insert(p, SCX_DSQ_GLOBAL, SCX_SLICE_DFL, enq_flags);
	if (nr)
		return;
	nr = 1;
	fill();
	begin_ns = bpf_ktime_get_ns();
	do {
		act();
		nr++;
	} while (bpf_ktime_get_ns() - begin_ns < STRETCH_NS);
	spent_ns = bpf_ktime_get_ns() - begin_ns;
	bpf_printk("%llu times in %llu ns", nr - 1, spent_ns);
}

SEC("struct_ops.s/costly_init")
s32 BPF_PROG(costly_init)
{
	if (what == HASH_FLOOD || what == LRU_FLOOD)
		bpf_loop(8192, flood, NULL, 0);
	return 0;
}

HOSTILE_OPS(costly, .init = (void *)costly_init, .enqueue = (void *)costly_enqueue);
