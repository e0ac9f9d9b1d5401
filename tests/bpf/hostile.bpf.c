// SPDX-License-Identifier: GPL-2.0-only
/* What no verifier lets in, or what it does and a machine has to bear: @what. */
#include "scx.h"
#include "hostile.h"

enum { NOTHING, FORGE_MAP, HASH_LINKS, RING_LENGTH, WIDE, SPAN, ESCAPES, WALK, BIG_COPY };

const volatile u32 what;
const volatile u64 target = 0x4141414141414141ULL;

void scx_bpf_error_bstr(char *fmt, unsigned long long *data, u32 data__sz) __ksym;

struct fake {
	u64 word[40];
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct fake);
} store SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(map_flags, 1u << 19);	/* 7.3: BPF_F_RB_OVERWRITE */
	__uint(max_entries, 4096);
} ring SEC(".maps");

struct inner {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 64);
	__type(key, u32);
	__type(value, u64);
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH_OF_MAPS);
	__uint(max_entries, 4);
	__type(key, u32);
	__array(values, struct inner);
} outer SEC(".maps");

static char long_a[70000], long_b[70000];
static const char escapes[] = "\x1b[31mred\x1b]0;title\x07\n# line of ours";
static u64 nr, walked;
static int found;

/* Two neighbouring words of a task are a program's to write: make them a map's. */
static void forge_map(struct task_struct *p)
{
	u32 key = 0;
	struct fake *f = bpf_map_lookup_elem(&store, &key);
	u64 at = (u64)&p->scx.slice - sizeof(struct bpf_map);

	if (!f)
		return;
	for (int i = 0; i < 40; i++)
		f->word[i] = target;
	p->scx.slice = 0x6b73206d61702121ULL;
	p->scx.dsq_vtime = (u64)f;
	bpf_map_lookup_elem((void *)at, &key);
}

static void ring_length(void)
{
	u64 first = 0;

	for (int i = 0; i < 64; i++) {
		u64 *r = bpf_ringbuf_reserve(&ring, 1000, 0);

		if (!r)
			break;
		if (first)
			*(u32 *)(first - 8) = 0x3fffffff;
		else
			first = (u64)r;
		bpf_ringbuf_submit(r, 0);
	}
}

static void wide(void)
{
	static const char fmt[] = "%2147483646d";
	u64 data[1] = { 0 };

	bpf_trace_vprintk(fmt, sizeof(fmt), data, sizeof(data));
}

static void span(void)
{
	for (int i = 0; i < 65000; i++) {
		((volatile char *)long_a)[i] = 'a';
		((volatile char *)long_b)[i] = i < 64990 ? 'b' : 'a';
	}
	if (bpf_ksym_exists(bpf_strspn))
		found = bpf_strspn(long_a, long_b);
}

static void say_escapes(void)
{
	static char fmt[] = "%s";
	unsigned long long data[1] = { (u64)escapes };

	bpf_printk("%s", escapes);
	scx_bpf_error_bstr(fmt, data, sizeof(data));
}

static long let_go(void *map, u32 *key, u64 *value, void *ctx)
{
	u32 zero = 0;

	bpf_map_delete_elem(&outer, &zero);
	walked++;
	return 0;
}

/* The outer map is all that holds the inner one, whose walk takes it out. */
static void walk(void)
{
	u32 zero = 0;
	void *in = bpf_map_lookup_elem(&outer, &zero);

	if (!in)
		return;
	for (u32 i = 0; i < 32; i++) {
		u64 v = i;

		bpf_map_update_elem(in, &i, &v, 0);
	}
	bpf_for_each_map_elem(in, let_go, NULL, 0);
	bpf_printk("walked %llu", walked);
}

static void big_copy(void)
{
	for (int i = 0; i < 1000; i++)
		bpf_probe_read_kernel(long_a, sizeof(long_a), long_b);
}

SEC("struct_ops/hostile_enqueue")
void BPF_PROG(hostile_enqueue, struct task_struct *p, u64 enq_flags)
{
	u64 slice = 1000000;

	if (what == HASH_LINKS)
		slice += (((u64)p->tasks.next ^ (u64)p->scx.tasks_node.next) >> 12 & 0xfff) * 1000;
	else if (!nr++) {
		switch (what) {
		case FORGE_MAP:
			forge_map(p);
			break;
		case RING_LENGTH:
			ring_length();
			break;
		case WIDE:
			wide();
			break;
		case SPAN:
			span();
			break;
		case ESCAPES:
			say_escapes();
			break;
		case WALK:
			walk();
			break;
		case BIG_COPY:
			big_copy();
			break;
		}
	}
	dsq_insert(p, SCX_DSQ_GLOBAL, slice, enq_flags);
}

HOSTILE_OPS(hostile, .enqueue = (void *)hostile_enqueue);
