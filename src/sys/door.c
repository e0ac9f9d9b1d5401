// SPDX-License-Identifier: GPL-2.0-only
/*
 * door.c - opening and closing the front door: the machine's types become an
 * object, its loader a task.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include "bpf/btf_object.h"
#include "bpf/helpers.h"
#include "bpf/prog.h"
#include "kern/loader.h"
#include "kern/machine.h"
#include "sys/cmd.h"
#include "sys/door.h"
#include "sys/names.h"

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

int door_open(struct machine *m)
{
	int err;

	if (door_active)
		return -EBUSY;
	helpers_init();
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
	loader_forget();
	names_reset();
	poll_reset();
	btfobj_put(kernel_btf);
	kernel_btf = NULL;
	test_runs_forget();
	vm_reset();
}
