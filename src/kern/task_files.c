// SPDX-License-Identifier: GPL-2.0-only
/*
 * task_files.c - what hangs off a task_struct and guests walk: the thread group,
 * struct pid, credentials. All tasks are root's, in the one pid namespace.
 */
#include "kern/task_files.h"

#include "abi/process.h"
#include "base/region.h"
#include "base/shortage.h"

#define INIT_PID_NS_INUM 4026531836u /* PROC_PID_INIT_INO of every kernel */

static void *kobj_alloc(size_t size)
{
	void *p = region_alloc(ZONE_KOBJ, size, 0);

	shortage_on(!p, "out of guest memory");
	return p;
}

static struct pid *pid_alloc(pid_t nr)
{
	struct pid *pid = kobj_alloc(sizeof(*pid));

	if (!machine->pid_ns) {
		machine->pid_ns = kobj_alloc(sizeof(struct pid_namespace));
		machine->pid_ns->ns.inum = INIT_PID_NS_INUM;
	}
	pid->count.refs.counter = 1;
	pid->numbers[0] = (struct upid){ .nr = nr, .ns = machine->pid_ns };
	return pid;
}

static void signal_new(struct task_struct *p)
{
	p->signal = kobj_alloc(sizeof(*p->signal));
	INIT_LIST_HEAD(&p->signal->thread_head);
	p->signal->pids[PIDTYPE_PID] = p->thread_pid;
	p->signal->pids[PIDTYPE_TGID] = p->thread_pid;
}

void task_files_init(struct task_struct *p, struct task_struct *parent)
{
	if (!machine->root_cred)
		machine->root_cred = kobj_alloc(sizeof(struct cred));
	p->cred = p->real_cred = machine->root_cred;
	p->thread_pid = pid_alloc(p->pid);
	if (p->group_leader == p || !parent)
		signal_new(p);
	else
		p->signal = p->group_leader->signal;
	p->signal->nr_threads++;
	p->signal->live.counter++;
	p->signal->sigcnt.refs.counter++;
	list_add_tail(&p->thread_node, &p->signal->thread_head);
}

void task_files_free(struct task_struct *p)
{
	list_del_init(&p->thread_node);
	p->signal->nr_threads--;
	p->signal->live.counter--;
	if (!--p->signal->sigcnt.refs.counter)
		region_free(ZONE_KOBJ, p->signal, sizeof(*p->signal));
	region_free(ZONE_KOBJ, p->thread_pid, sizeof(*p->thread_pid));
}
