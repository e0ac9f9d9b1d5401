// SPDX-License-Identifier: GPL-2.0-only
/* call.c - programs that bpf(2) runs: SYSCALL programs, with bytes as their context. */
#include <string.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include "api/handle.h"
#include "kern/machine.h"

struct bpf_program *call_find(const struct ks_object *obj, const char *name)
{
	struct bpf_program *prog = bpf_object__find_program_by_name(obj->obj, name);

	enum bpf_prog_type type;

	if (!prog || bpf_program__fd(prog) < 0) {
		api_fail(KS_USAGE, "%s: has no program '%s'%s", obj->name, name,
			 prog ? " that is loaded" : "");
		return NULL;
	}
	type = bpf_program__type(prog);
	if (type == BPF_PROG_TYPE_SYSCALL || type == BPF_PROG_TYPE_RAW_TRACEPOINT)
		return prog;
	api_fail(KS_USAGE,
		 "%s: program '%s' is of type %s: bpf(2) runs only syscall and "
		 "raw_tracepoint",
		 obj->name, name, libbpf_bpf_prog_type_str(type));
	return NULL;
}

int call_run(struct ks_object *obj, struct bpf_program *prog, void *ctx, u32 size, u32 *retval)
{
	const char *name = bpf_program__name(prog);
	LIBBPF_OPTS(bpf_test_run_opts, opts);
	int err;

	if (size) {
		opts.ctx_in = ctx;
		opts.ctx_size_in = size;
	}
	obj->nr_calls++;
	err = bpf_prog_test_run_opts(bpf_program__fd(prog), &opts);
	obj->nr_calls--;
	if (obj->km->m->ended || obj->km->m->given_up)
		return machine_verdict(obj->km, ~0ULL);
	if (err)
		return api_fail(KS_LOAD, "%s: program '%s' cannot be run: %s", obj->name, name,
				strerror(-err));
	*retval = opts.retval;
	return KS_OK;
}

KS_PUBLIC int ks_object_call(struct ks_object *obj, const char *prog, void *ctx, size_t size,
			     uint32_t *retval)
{
	struct bpf_program *p;
	u32 ret = 0;
	int err;

	if (api_enter_object(obj, API_OUTSIDE | API_IN_TASK, OBJECT_LOADED | OBJECT_ATTACHED) ||
	    api_need(prog))
		return KS_USAGE;
	if (!ctx != !size || size > API_CTX_MAX)
		return api_fail(KS_USAGE,
				"program '%s': a context has 1 to %u bytes, or is NULL and 0", prog,
				API_CTX_MAX);
	p = call_find(obj, prog);
	if (!p)
		return KS_USAGE;
	err = call_run(obj, p, ctx, size, &ret);
	if (!err && retval)
		*retval = ret;
	return err;
}
