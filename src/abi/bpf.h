/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * bpf.h - BPF's own objects as guests see them, and the memory that iterators
 * and masks take on a guest's stack or heap. What uapi linux/bpf.h declares is
 * not here; for the BTF it is in uapi.bpf.h.
 */
#ifndef KS_ABI_BPF_H
#define KS_ABI_BPF_H

#ifdef __bpf__
#include "abi/uapi.bpf.h"
#else
#include <linux/bpf.h>
#endif
#include "base/annot.h"
#include "abi/cpumask.h"
#include "abi/ext.h"
#include "abi/list.h"

#define BPF_OBJ_NAME_LEN 16U

struct bpf_prog_aux;

struct bpf_map {
	enum bpf_map_type map_type;
	u32 key_size;
	u32 value_size;
	u32 max_entries;
	u64 map_extra;
	u32 map_flags;
	u32 id;
	char name[BPF_OBJ_NAME_LEN];
};

struct bpf_prog {
	enum bpf_prog_type type;
	enum bpf_attach_type expected_attach_type;
	u32 len;
	struct bpf_prog_aux *aux;
};

struct bpf_prog_aux {
	u32 id;
	u32 attach_btf_id;
	struct bpf_prog *prog;
	char name[BPF_OBJ_NAME_LEN];
};

struct bpf_cpumask {
	cpumask_t cpumask;
	refcount_t usage;
};

struct bpf_res_spin_lock {
	u32 val;
} __since("6.16");

/* iterators: opaque to the guest */
struct bpf_iter_bits {
	__u64 __opaque[2];
};

struct bpf_iter_task {
	__u64 __opaque[3];
};

struct bpf_iter_css {
	__u64 __opaque[3];
};

struct bpf_iter_css_task {
	__u64 __opaque[1];
};

struct bpf_iter_scx_dsq {
	u64 __opaque[6];
};

/* what is behind bpf_iter_scx_dsq; the cursor is linked into the DSQ's list */
struct bpf_iter_scx_dsq_kern {
	struct scx_dsq_list_node cursor;
	struct scx_dispatch_q *dsq;
	u64 slice;
	u64 vtime;
};

_Static_assert(sizeof(struct bpf_iter_scx_dsq_kern) == sizeof(struct bpf_iter_scx_dsq),
	       "the iterator on a guest's stack holds exactly its inside");

enum bpf_struct_ops_state {
	BPF_STRUCT_OPS_STATE_INIT,
	BPF_STRUCT_OPS_STATE_INUSE,
	BPF_STRUCT_OPS_STATE_TOBEFREE,
	BPF_STRUCT_OPS_STATE_READY,
};

struct bpf_struct_ops_common_value {
	refcount_t refcnt;
	enum bpf_struct_ops_state state;
};

/* values of struct_ops maps: a header, and the ops on the next cache line */
#define STRUCT_OPS_DATA_ALIGN __attribute__((aligned(64)))

struct bpf_struct_ops_sched_ext_ops {
	struct bpf_struct_ops_common_value common;
	struct sched_ext_ops data STRUCT_OPS_DATA_ALIGN;
};

struct bpf_struct_ops_sched_ext_ops_cid {
	struct bpf_struct_ops_common_value common;
	struct sched_ext_ops_cid data STRUCT_OPS_DATA_ALIGN;
} __since("7.2");

/* There is no network: the type is here so that such objects meet a load check, not a riddle. */
struct sock;
struct ack_sample;
struct rate_sample;
union tcp_cc_info;

struct tcp_congestion_ops {
	u32 (*ssthresh)(struct sock *sk);
	void (*cong_avoid)(struct sock *sk, u32 ack, u32 acked);
	void (*set_state)(struct sock *sk, u8 new_state);
	void (*in_ack_event)(struct sock *sk, u32 flags);
	void (*pkts_acked)(struct sock *sk, const struct ack_sample *sample);
	u32 (*min_tso_segs)(struct sock *sk);
	void (*cong_control)(struct sock *sk, u32 ack, int flag, const struct rate_sample *rs);
	u32 (*undo_cwnd)(struct sock *sk);
	u32 (*sndbuf_expand)(struct sock *sk);
	size_t (*get_info)(struct sock *sk, u32 ext, int *attr, union tcp_cc_info *info);
	char name[16];
	u32 key;
	u32 flags;
	void (*init)(struct sock *sk);
	void (*release)(struct sock *sk);
};

struct bpf_struct_ops_tcp_congestion_ops {
	struct bpf_struct_ops_common_value common;
	struct tcp_congestion_ops data STRUCT_OPS_DATA_ALIGN;
};

#endif
