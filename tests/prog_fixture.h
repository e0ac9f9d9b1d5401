/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * prog_fixture.h - the least machine that programs run on, for unit tests: a region,
 * an environment that records, a load function that takes assembler text.
 */
#ifndef KS_TESTS_PROG_FIXTURE_H
#define KS_TESTS_PROG_FIXTURE_H

#include <errno.h>

#include "abi/profile.h"
#include "base/region.h"
#include "bpf/callable.h"
#include "bpf/env.h"
#include "bpf/object.h"
#include "bpf/prog.h"
#include "bpf/prog_priv.h"
#include "bpf/vm.h"
#include "insn_asm.h"
#include "test_env.h"

#define FIXTURE_INSNS_MAX 65536

static struct {
	u64 charged; /* instructions paid for */
	u32 charges; /* number of payments */
	int fault;   /* kind of the last fault, -1 */
	struct bpf_fault last;
	u64 store_ok;	    /* the one KOBJ address that may be written */
	char printed[1024]; /* the last line */
	char log[65536];
} fx;

static u64 fx_ktime_ns(void)
{
	return 1000;
}

static void fx_charge(u32 insns)
{
	fx.charged += insns;
	fx.charges++;
}

static void fx_fault(const struct bpf_fault *f)
{
	fx.fault = f->kind;
	fx.last = *f;
}

static void fx_printk(const char *line)
{
	snprintf(fx.printed, sizeof(fx.printed), "%s", line);
}

static bool fx_store_ok(const struct prog *prog, u64 addr, u32 size)
{
	return addr == fx.store_ok;
}

static struct bpf_env fx_env = {
	.ktime_ns = fx_ktime_ns,
	.nr_cpus = 1,
	.charge = fx_charge,
	.printk = fx_printk,
	.fault = fx_fault,
	.store_ok = fx_store_ok,
	.insns_max = 200000,
};

/* helpers that only tests know: their numbers are nobody's */
static u64 fx_add(struct vm *vm, const u64 *a)
{
	return a[0] + a[1] + a[2] + a[3] + a[4];
}

static u64 fx_callback(struct vm *vm, const u64 *a)
{
	u64 args[] = { a[1], a[2] };

	return vm_call(vm, a[0], args, 2);
}

static u64 fx_throw(struct vm *vm, const u64 *a)
{
	vm_throw(vm, a[0]);
	return 0;
}

static struct prog *fx_tail_target;

static u64 fx_tail(struct vm *vm, const u64 *a)
{
	return vm_tail_call(vm, fx_tail_target);
}

static u64 fx_insns(struct vm *vm, const u64 *a)
{
	return vm->insns;
}

static int fx_deny(const struct helper *h, const struct prog *prog)
{
	return -EACCES;
}

static const struct helper fx_helpers[] = {
	{ 5001, "fx_add", fx_add, NULL },     { 5002, "fx_callback", fx_callback, NULL },
	{ 5003, "fx_throw", fx_throw, NULL }, { 5004, "fx_tail", fx_tail, NULL },
	{ 5005, "fx_insns", fx_insns, NULL }, { 5006, "fx_deny", fx_add, fx_deny },
};

static inline int fixture_setup(void)
{
	static bool registered;

	if (!registered)
		helper_register(fx_helpers, ARRAY_SIZE(fx_helpers));
	registered = true;
	env_set_for_test(&fx_env);
	profile_use(profile_default());
	fx.fault = -1;
	fx.charged = fx.charges = 0;
	fx.store_ok = 0;
	return region_create();
}

static inline void fixture_teardown(void)
{
	objects_destroy();
	prog_reset();
	region_destroy();
}

static inline void fixture_attr(union bpf_attr *attr, const struct bpf_insn *insns, int nr)
{
	memset(attr, 0, sizeof(*attr));
	memset(fx.log, 0, sizeof(fx.log));
	attr->prog_type = BPF_PROG_TYPE_SOCKET_FILTER;
	attr->insns = (uintptr_t)insns;
	attr->insn_cnt = nr;
	attr->license = (uintptr_t)"GPL";
	attr->log_buf = (uintptr_t)fx.log;
	attr->log_size = sizeof(fx.log);
	attr->log_level = 1;
}

/* 0 and *prog, or -errno with fx.log */
static inline int fixture_load(const char *text, struct prog **prog)
{
	static struct bpf_insn insns[FIXTURE_INSNS_MAX];
	int nr = asm_text(text, insns, FIXTURE_INSNS_MAX);
	union bpf_attr attr;

	if (nr < 0)
		return -ENOEXEC;
	fixture_attr(&attr, insns, nr);
	return prog_load(&attr, sizeof(attr), prog);
}

#endif
