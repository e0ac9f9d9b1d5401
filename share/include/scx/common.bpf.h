/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * common.bpf.h - what small schedulers need of sched_ext, for kernels from 6.12 on.
 *
 *	#include <scx/common.bpf.h>
 *
 *	char _license[] SEC("license") = "GPL";
 *
 *	void BPF_STRUCT_OPS(my_enqueue, struct task_struct *p, u64 enq_flags)
 *	{
 *		scx_bpf_dsq_insert(p, SCX_DSQ_GLOBAL, SCX_SLICE_DFL, enq_flags);
 *	}
 *
 *	SCX_OPS_DEFINE(my_ops, .enqueue = (void *)my_enqueue, .name = "mine");
 *
 * It goes by the names that the kernel's tools/sched_ext and scx use, so that their small
 * schedulers compile with it; a tree of either, by `kickstand build --include`, replaces it.
 * The types, and most kfuncs' prototypes, are those of the machine's vmlinux.h. Arenas and
 * masks of cids are not here.
 */
#ifndef KS_SCX_COMMON_BPF_H
#define KS_SCX_COMMON_BPF_H

#include "vmlinux.h"
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include "errno.bpf.h"

#ifndef KERNEL_VERSION
#define KERNEL_VERSION(a, b, c) (((a) << 16) + ((b) << 8) + ((c) > 255 ? 255 : (c)))
#endif

extern int LINUX_KERNEL_VERSION __kconfig;

/* ---- constants that no type has ---- */

#define PF_IDLE 0x00000002
#define PF_EXITING 0x00000004
#define PF_IO_WORKER 0x00000010
#define PF_WQ_WORKER 0x00000020
#define PF_KCOMPACTD 0x00010000
#define PF_KSWAPD 0x00020000
#define PF_KTHREAD 0x00200000
#define CLOCK_MONOTONIC 1

#ifndef NR_CPUS
#define NR_CPUS 1024
#endif
#ifndef NUMA_NO_NODE
#define NUMA_NO_NODE (-1)
#endif

/* ---- attributes ---- */

#ifndef likely
#define likely(x) __builtin_expect(!!(x), 1)
#endif
#ifndef unlikely
#define unlikely(x) __builtin_expect(!!(x), 0)
#endif
#ifndef __maybe_unused
#define __maybe_unused __attribute__((unused))
#endif
/* of a list or tree in a map: which member links its elements */
#define __contains(type, member) __attribute__((btf_decl_tag("contains:" #type ":" #member)))
/* a data section of its own, as spin locks and lists want it */
#define private(name) SEC(".data." #name) __hidden __attribute__((aligned(8)))
/* The compiler, and the verifier, forget what they know of a value. */
#define __sink(expr) asm volatile("" : "+g"(expr))

/* ---- a scheduler and its callbacks ---- */

#define BPF_STRUCT_OPS(name, args...) SEC("struct_ops/" #name) BPF_PROG(name, ##args)
#define BPF_STRUCT_OPS_SLEEPABLE(name, args...) SEC("struct_ops.s/" #name) BPF_PROG(name, ##args)

#define SCX_OPS_DEFINE(name, ...) \
	SEC(".struct_ops.link") struct sched_ext_ops name = { __VA_ARGS__ }
#define SCX_OPS_CID_DEFINE(name, ...) \
	SEC(".struct_ops.link") struct sched_ext_ops_cid name = { __VA_ARGS__ }

/* an array that its loader, or `--resize`, makes longer: in a section of its own */
#define RESIZABLE_ARRAY(section, name) name[1] SEC("." #section "." #name)

/*
 * The address of an element or member, or NULL where it is out of bounds: an index that is
 * compared as a byte offset, by hand, so that the verifier sees the bound that is tested.
 */
#define ks_bounded(base, at, max, how) ({ \
	u64 ks_base = (u64)(base), ks_off = (u64)(at) - ks_base; \
	asm volatile("if %0 <= %[most] goto +2\n" \
		     "%0 = 0\n" \
		     "goto +1\n" \
		     "%0 += %1\n" \
		     : "+r"(ks_off) : "r"(ks_base), [most] how(max)); \
	ks_off; \
})
#define MEMBER_VPTR(base, member) \
	((typeof((base) member) *)ks_bounded(&(base), &((base) member), \
					     sizeof(base) - sizeof((base) member), "i"))
#define ARRAY_ELEM_PTR(array, i, n) \
	((typeof((array)[i]) *)ks_bounded((array), &((array)[i]), \
					  sizeof((array)[0]) * ((n) - 1), "r"))

/* ---- messages ---- */

#define ks_text_(x) #x
#define ks_text(x) ks_text_(x)

static inline __attribute__((format(printf, 1, 2))) void ks_check_format(const char *fmt, ...) {}

/* @call with a format and its arguments as the kfuncs want them: fmt, args, size of args */
#define ks_format(call, fmt, args...) ({ \
	static char ks_fmt[] = fmt; \
	unsigned long long ks_args[___bpf_narg(args) ?: 1] = {}; \
	_Pragma("GCC diagnostic push") \
	_Pragma("GCC diagnostic ignored \"-Wint-conversion\"") \
	___bpf_fill(ks_args, args); \
	_Pragma("GCC diagnostic pop") \
	ks_check_format(fmt, ##args); \
	call(ks_fmt, ks_args, sizeof(ks_args)); \
})

/* the scheduler leaves by itself, with a code for its loader */
#define scx_bpf_exit(code, fmt, args...) ({ \
	s64 ks_code = (code); \
	ks_format(ks_exit_call, fmt, ##args); \
})
#define ks_exit_call(fmt, args, size) scx_bpf_exit_bstr(ks_code, fmt, args, size)
/* the scheduler is ejected */
#define scx_bpf_error(fmt, args...) \
	ks_format(scx_bpf_error_bstr, __FILE__ ":" ks_text(__LINE__) ": " fmt, ##args)
/* a line of the dump, in ops.dump and its like */
#define scx_bpf_dump(fmt, args...) ks_format(scx_bpf_dump_bstr, fmt, ##args)

#include "user_exit_info.bpf.h"
#include "compat.bpf.h"

/* ---- iterators ---- */

/* in the body of bpf_for_each(scx_dsq, ...): the iterator, for scx_bpf_dsq_move() */
#define BPF_FOR_EACH_ITER (&___it)

/* ---- objects, lists, trees ---- */

void *bpf_obj_new_impl(u64 local_type_id, void *meta) __ksym __weak;
void bpf_obj_drop_impl(void *kptr, void *meta) __ksym __weak;
void *bpf_refcount_acquire_impl(void *kptr, void *meta) __ksym __weak;
int bpf_list_push_front_impl(struct bpf_list_head *head, struct bpf_list_node *node, void *meta,
			     u64 off) __ksym __weak;
int bpf_list_push_back_impl(struct bpf_list_head *head, struct bpf_list_node *node, void *meta,
			    u64 off) __ksym __weak;
int bpf_rbtree_add_impl(struct bpf_rb_root *root, struct bpf_rb_node *node,
			bool (less)(struct bpf_rb_node *a, const struct bpf_rb_node *b),
			void *meta, u64 off) __ksym __weak;

#define bpf_obj_new(type) ((type *)bpf_obj_new_impl(bpf_core_type_id_local(type), NULL))
#define bpf_obj_drop(kptr) bpf_obj_drop_impl(kptr, NULL)
#define bpf_refcount_acquire(kptr) bpf_refcount_acquire_impl(kptr, NULL)
#define bpf_list_push_front(head, node) bpf_list_push_front_impl(head, node, NULL, 0)
#define bpf_list_push_back(head, node) bpf_list_push_back_impl(head, node, NULL, 0)
#define bpf_rbtree_add(root, node, less) bpf_rbtree_add_impl(root, node, less, NULL, 0)

/* a mask of one's own, where one of the kernel's is read */
static __always_inline const struct cpumask *cast_mask(struct bpf_cpumask *mask)
{
	return (const struct cpumask *)mask;
}

/* ---- time that wraps around ---- */

static __always_inline s64 time_delta(u64 after, u64 before)
{
	s64 delta = after - before;

	return delta > 0 ? delta : 0;
}

static __always_inline bool time_before(u64 a, u64 b)
{
	return (s64)(a - b) < 0;
}

static __always_inline bool time_after(u64 a, u64 b)
{
	return time_before(b, a);
}

static __always_inline bool time_before_eq(u64 a, u64 b)
{
	return !time_before(b, a);
}

static __always_inline bool time_after_eq(u64 a, u64 b)
{
	return !time_before(a, b);
}

static __always_inline bool time_in_range(u64 a, u64 first, u64 last)
{
	return time_after_eq(a, first) && time_before_eq(a, last);
}

static __always_inline bool time_in_range_open(u64 a, u64 first, u64 end)
{
	return time_after_eq(a, first) && time_before(a, end);
}

/* ---- numbers ---- */

#ifndef min
#define min(a, b) ((a) < (b) ? (a) : (b))
#endif
#ifndef max
#define max(a, b) ((a) > (b) ? (a) : (b))
#endif
#ifndef clamp
#define clamp(v, least, most) min(max(v, least), most)
#endif

/* A load or a store that happens once, as it stands; of a scalar. */
#ifndef READ_ONCE
#define READ_ONCE(x) (*(const volatile typeof(x) *)&(x))
#endif
#ifndef WRITE_ONCE
#define WRITE_ONCE(x, v) (*(volatile typeof(x) *)&(x) = (v))
#endif

/* bits that the number needs: 1 for 0 and 1, 4 for 8..15 */
static __always_inline u32 log2_u64(u64 v)
{
	u32 bits = 1;

	for (u32 half = 32; half; half /= 2) {
		if (v >> half) {
			v >>= half;
			bits += half;
		}
	}
	return bits;
}

static __always_inline u32 log2_u32(u32 v)
{
	return log2_u64(v);
}

/* A task of weight 100, nice 0, has what it has; one of 200, twice or half of it. */
static __always_inline u64 scale_by_task_weight(const struct task_struct *p, u64 value)
{
	return value * p->scx.weight / 100;
}

static __always_inline u64 scale_by_task_weight_inverse(const struct task_struct *p, u64 value)
{
	return value * 100 / p->scx.weight;
}

static __always_inline u64 get_prandom_u64(void)
{
	return (u64)bpf_get_prandom_u32() << 32 | bpf_get_prandom_u32();
}

#endif
