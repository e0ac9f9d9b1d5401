// SPDX-License-Identifier: GPL-2.0-only
/*
 * door.c - opening and closing the front door: the machine's types become an
 * object, its loader a task.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include "base/bug.h"
#include "bpf/btf_object.h"
#include "bpf/helpers.h"
#include "bpf/prog.h"
#include "kern/loader.h"
#include "kern/machine.h"
#include "sys/cmd.h"
#include "sys/door.h"
#include "sys/names.h"

struct sys_state sys_state;

void door_process(const struct door_process *p)
{
	bug_on(!p->enter || !p->leave || !p->wait || !p->fd_closed || !p->syscall,
	       "a process that is a task answers half of what it is asked");
	sys_state.process = p;
}

bool door_enter(void)
{
	return sys_state.process && sys_state.process->enter();
}

void door_leave(void)
{
	sys_state.process->leave();
}

void door_notes_to(void (*sink)(const char *line))
{
	sys_state.note_sink = sink;
}

void door_note(const char *fmt, ...)
{
	char line[512];
	va_list ap;

	if (!sys_state.note_sink)
		return;
	va_start(ap, fmt);
	vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	sys_state.note_sink(line);
}

int door_open(struct machine *m)
{
	int err;

	if (door_active)
		return -EBUSY;
	helpers_init();
	err = btfobj_create_kernel(m->types, &sys_state.kernel_btf);
	if (err)
		return err;
	err = loader_create();
	if (err) {
		btfobj_put(sys_state.kernel_btf);
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
	btfobj_put(sys_state.kernel_btf);
	sys_state.kernel_btf = NULL;
	test_runs_forget();
	vm_reset();
}
