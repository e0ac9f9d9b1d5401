/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * uapi.bpf.h - types of uapi linux/bpf.h that objects place in their own memory
 * or get as contexts, declared for the BTF only: the host has the header itself
 * (tests/abi_test.c compares the two).
 */
#ifndef KS_ABI_UAPI_BPF_H
#define KS_ABI_UAPI_BPF_H

#include "base/annot.h"
#include "base/types.h"

/* the kernel's are enumerators, not macros */
#undef false
#undef true

/* each enum with the variable that keeps it in the BTF */
#define ENUM_BEGIN(name) enum name {
#define ENUM_BEGIN_ANON(tag) enum {
#define ENUM_VALUE(name, v) name = v,
#define ENUM_WHEN(name, v, dates) name = v,
#define ENUM_DIFF(name, v, dates) name = v,
#define ENUM_THEN(name, v, dates)
#define ENUM_END(name) } *emit_enum_##name;
#define ENUM_END_ANON(tag) } *emit_enum_##tag;
#include "abi/guest_enums.def"
#undef ENUM_BEGIN
#undef ENUM_BEGIN_ANON
#undef ENUM_VALUE
#undef ENUM_WHEN
#undef ENUM_DIFF
#undef ENUM_THEN
#undef ENUM_END
#undef ENUM_END_ANON

#define __opaque8 __attribute__((aligned(8)))

struct bpf_spin_lock {
	__u32 val;
};

struct bpf_timer {
	__u64 __opaque[2];
} __opaque8;

struct bpf_wq {
	__u64 __opaque[2];
} __opaque8;

struct bpf_task_work {
	__u64 __opaque;
} __opaque8 __since("6.18");

struct bpf_dynptr {
	__u64 __opaque[2];
} __opaque8;

struct bpf_list_head {
	__u64 __opaque[2];
} __opaque8;

struct bpf_list_node {
	__u64 __opaque[3];
} __opaque8;

struct bpf_rb_root {
	__u64 __opaque[2];
} __opaque8;

struct bpf_rb_node {
	__u64 __opaque[4];
} __opaque8;

struct bpf_refcount {
	__u32 __opaque[1];
} __attribute__((aligned(4)));

struct bpf_iter_num {
	__u64 __opaque[1];
} __opaque8;

struct bpf_perf_event_value {
	__u64 counter;
	__u64 enabled;
	__u64 running;
};

struct bpf_raw_tracepoint_args {
	__u64 args[0];
};

struct bpf_pidns_info {
	__u32 pid;
	__u32 tgid;
};

struct bpf_cgroup_storage_key {
	__u64 cgroup_inode_id;
	__u32 attach_type;
};

struct bpf_stack_build_id {
	__s32 status;
	unsigned char build_id[20];
	union {
		__u64 offset;
		__u64 ip;
	};
};

#undef __opaque8

#endif
