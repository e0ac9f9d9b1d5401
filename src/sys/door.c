// SPDX-License-Identifier: GPL-2.0-only
/*
 * door.c - opening and closing the front door: the machine's types become an
 * object, the loader's questions (may a program attach there?) get answers.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include "abi/profile.h"
#include "bpf/btf_object.h"
#include "bpf/helpers.h"
#include "bpf/prog.h"
#include "kern/hooks.h"
#include "kern/ksyms.h"
#include "kern/ksyms.h"
#include "kern/machine.h"
#include "sys/cmd.h"
#include "sys/door.h"
#include "sys/names.h"
#include "sys/handle.h"
#include "sys/perf.h"
#include "sys/struct_ops.h"

bool door_active;
void (*door_note_sink)(const char *line);
bool (*door_enter)(void);
void (*door_leave)(void);
int (*door_wait)(bool (*ready)(void *arg), void *arg, u64 timeout_ns);
void (*door_fd_closed)(int fd);
bool (*door_syscall)(long nr, const long a[6], long *ret);
static struct btf_object *kernel_btf;

void door_note(const char *fmt, ...)
{
	char line[512];
	va_list ap;

	if (!door_note_sink)
		return;
	va_start(ap, fmt);
	vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	door_note_sink(line);
}

static bool has_prefix(const char *s, const char *prefix)
{
	return !strncmp(s, prefix, strlen(prefix));
}

/* bpf_lsm.c: sleepable_lsm_hooks, as far as the model has the hooks */
static bool lsm_sleepable(const char *func)
{
	static const char *const hooks[] = {
		"bpf_lsm_bprm_check_security", "bpf_lsm_task_alloc", "bpf_lsm_task_setscheduler",
		"bpf_lsm_task_prctl",
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(hooks); i++)
		if (!strcmp(hooks[i], func))
			return true;
	return false;
}

/*
 * System calls are sleepable targets by the error injection list, which one build
 * lacks, or, later, by name (verifier.c:check_attach_sleepable()).
 */
static bool target_sleepable(const char *func)
{
	if (has_prefix(func, "bpf_lsm_"))
		return lsm_sleepable(func);
	return K->b.syscalls_sleep_by_name && has_prefix(func, "__x64_sys_");
}

/* verifier.c:check_attach_modify_return() */
static bool target_modifiable(const char *func)
{
	return has_prefix(func, "security_") ||
	       (K->b.syscalls_sleep_by_name && has_prefix(func, "__x64_sys_"));
}

static struct prog_machine questions = {
	.ksym_var = ksym_var,
	.target_sleepable = target_sleepable,
	.target_modifiable = target_modifiable,
	.struct_ops_member = struct_ops_check_member,
	.struct_ops_nullable = struct_ops_nullable,
};

int door_open(struct machine *m)
{
	int err;

	if (door_active)
		return -EBUSY;
	questions.types = m->types;
	questions.profile = m->prof;
	prog_set_machine(&questions);
	helpers_init();
	struct_ops_setup();
	perf_setup();
	handle_setup();
	err = btfobj_create_kernel(m->types, &kernel_btf);
	if (err)
		return err;
	err = loader_create();
	if (err) {
		btfobj_put(kernel_btf);
		return err;
	}
	door_active = true;
	return 0;
}

void door_reap(void)
{
	object_reap();
}

/*
 * The last look for closed descriptors comes while the machine can still run, so
 * that a scheduler whose link was closed leaves as it should. What remains is let
 * go without running anything.
 */
void door_close(void)
{
	if (!door_active)
		return;
	door_reap();
	door_active = false;
	names_reset();
	poll_reset();
	btfobj_put(kernel_btf);
	kernel_btf = NULL;
	test_runs_forget();
	objects_destroy();
	helpers_reset();
	prog_reset();
	loader_forget();
}
