// SPDX-License-Identifier: GPL-2.0-only
/*
 * iter.c - iterators over tasks. Facts: kernel/bpf/bpf_iter.c (bpf_seq_read,
 * bpf_iter_run_prog), task_iter.c.
 *
 * One read(2) collects the output of objects until its buffer is full; an object
 * whose output does not fit is taken back and shown again by the next read. A
 * reader with a buffer as large as the kernel's own sees what we produce.
 */
#include "kern/iter.h"

#include <errno.h>

#include "abi/trace.h"
#include "base/region.h"
#include "bpf/prog.h"
#include "kern/sched.h"

#define BUF_BYTES (8 * 4096) /* PAGE_SIZE << 3 */

/* what guests reach, in one piece */
struct iter_mem {
	struct seq_file seq;
	struct bpf_iter_meta meta;
	char buf[BUF_BYTES];
};

struct iter {
	struct prog *prog;
	struct iter_tasks which;
	struct iter_mem *mem;
	u64 seq_num;
	void (*out)(void *arg, const void *data, size_t len);
	void *arg;
	struct iter *next;
};

/* seq_write(); the file is full when count reaches size */
s64 iter_seq_write(u64 addr, const void *data, u32 len)
{
	const struct iter *it = machine->iters;
	struct seq_file *seq;

	while (it && P64(&it->mem->seq) != addr)
		it = it->next;
	if (!it)
		return -EFAULT;
	seq = &it->mem->seq;
	if (seq->count + len < seq->size) {
		memcpy(it->mem->buf + seq->count, data, len);
		seq->count += len;
		return 0;
	}
	seq->count = seq->size;
	return -EOVERFLOW;
}

static bool overflowed(const struct seq_file *seq)
{
	return seq->count == seq->size;
}

/* bpf_iter_run_prog(); migration is off and, unless the program sleeps, RCU held */
static int iter_show(struct iter *it, struct task_struct *p)
{
	struct bpf_iter__task ctx = { .meta = &it->mem->meta, .task = p };
	bool on_cpu = smp_processor_id() >= 0, rcu = on_cpu && !prog_sleepable(it->prog);
	u64 ret;

	it->mem->meta.seq_num = it->seq_num;
	if (on_cpu)
		migrate_disable();
	if (rcu)
		current->rcu_read_lock_nesting++;
	ret = prog_run_ctx(it->prog, &ctx, sizeof(ctx), false);
	if (rcu)
		current->rcu_read_lock_nesting--;
	if (on_cpu)
		migrate_enable();
	if (ret)
		return -EAGAIN;
	return overflowed(&it->mem->seq) ? -E2BIG : 0;
}

static void flush(struct iter *it)
{
	struct seq_file *seq = &it->mem->seq;

	if (seq->count)
		it->out(it->arg, seq->buf, seq->count);
	seq->count = 0;
}

/* Show @p; when it does not fit or wants another try, hand over what is there, and again. */
static int show_or_retry(struct iter *it, struct task_struct *p)
{
	struct seq_file *seq = &it->mem->seq;
	size_t offs = seq->count;
	int err = iter_show(it, p);

	if (!err)
		return 0;
	seq->count = offs;
	if (!offs)
		return err;
	flush(it);
	err = iter_show(it, p);
	if (err)
		seq->count = 0;
	return err;
}

static bool wanted(const struct iter *it, const struct task_struct *p)
{
	if (host_of(p)->m->dead)
		return false;
	if (it->which.tid)
		return p->pid == it->which.tid;
	return !it->which.tgid || p->tgid == it->which.tgid;
}

/* task_seq_get_next(): pids ascend in the order of creation; tasks come and go meanwhile */
static struct task_struct *next_task(const struct iter *it, pid_t from)
{
	struct task_struct *p;

	for_each_task(p)
		if (p->pid >= from && wanted(it, p))
			return p;
	return NULL;
}

static int iter_all(struct iter *it)
{
	struct task_struct *p;
	int err = 0;

	for (pid_t pid = 1; !err && (p = next_task(it, pid));) {
		get_task_struct(p);
		pid = p->pid + 1;
		err = show_or_retry(it, p);
		put_task_struct(p);
		it->seq_num++;
	}
	if (!err)
		err = show_or_retry(it, NULL);
	return err;
}

static void session_begin(struct iter *it)
{
	it->next = machine->iters;
	machine->iters = it;
}

/* A program that sleeps lets others come and go, so it need not be the latest. */
static void session_end(const struct iter *it)
{
	struct iter **slot = &machine->iters;

	while (*slot != it)
		slot = &(*slot)->next;
	*slot = it->next;
}

const char *hook_iter_target(const struct prog *prog)
{
	const char *name = prog_attach_name(prog);

	return name && !strcmp(name, "bpf_iter_task") ? "task" : NULL;
}

int hook_iter_run(struct prog *prog, const struct iter_tasks *which,
		  void (*out)(void *arg, const void *data, size_t len), void *arg)
{
	struct iter it = { .prog = prog, .out = out, .arg = arg };
	int err;

	if (prog_type(prog) != BPF_PROG_TYPE_TRACING ||
	    prog_expected_attach_type(prog) != BPF_TRACE_ITER)
		return -EINVAL;
	if (!hook_iter_target(prog))
		return -EOPNOTSUPP;
	if (which)
		it.which = *which;
	if (it.which.tid && it.which.tgid)
		return -EINVAL;
	it.mem = region_alloc(ZONE_KOBJ, sizeof(*it.mem), 64);
	if (!it.mem)
		return -ENOMEM;
	it.mem->seq = (struct seq_file){ .buf = it.mem->buf, .size = BUF_BYTES };
	it.mem->meta = (struct bpf_iter_meta){ .seq = &it.mem->seq,
					       .session_id = ++machine->nr_iter_sessions };
	session_begin(&it);
	err = iter_all(&it);
	flush(&it);
	session_end(&it);
	region_free(ZONE_KOBJ, it.mem, sizeof(*it.mem));
	return err;
}
