// SPDX-License-Identifier: GPL-2.0-only
/*
 * cgroup.c - see cgroup.h.
 *
 *	struct cgroup ─ self (css) ─ kn (id, name)
 *	   ├ subsys[cpu]    = &task_group.css    p->sched_task_group
 *	   ├ subsys[cpuset] = &cpuset.css
 *	   └ css_set, one each                   p->cgroups
 *
 * Each of the three kinds of css has its own tree of parents and children, alike.
 * cgroup_mutex guards the trees and who is where. A removed cgroup's memory stays
 * until its last reference is gone; its scheduler hears of the end from a kworker
 * after a grace period, as the css is killed and put offline in the kernel.
 */
#include "kern/cgroup.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/region.h"
#include "base/shortage.h"
#include "bpf/storage.h"
#include "kern/cpumask.h"
#include "kern/ext/ext.h"

#define TRACE_PATH_MAX 4096
#define NAME_LEN_MAX 255
#define TASKS_MOVED_MAX 65536

struct cgroups {
	struct mutex mutex; /* cgroup_mutex */
	struct cgroup *root;
	struct list_head all; /* cgroup_model.node */
	u64 next_id, next_serial;
	int next_css_id;
	char *trace_path; /* KOBJ zone: tracepoints' path argument */
};

static struct cgroups *cgroups(void)
{
	return machine->cgroups;
}

/* before the machine runs there is nobody to race with, and nothing to sleep on */
static bool on_host(void)
{
	return smp_processor_id() < 0;
}

void cgroup_lock(void)
{
	if (!on_host())
		mutex_lock(&cgroups()->mutex);
}

void cgroup_unlock(void)
{
	if (!on_host())
		mutex_unlock(&cgroups()->mutex);
}

struct cgroup *cgroup_root(void)
{
	return cgroups()->root;
}

u64 cgroup_id(const struct cgroup *cgrp)
{
	return cgrp->kn->id;
}

static struct cgroup *cgroup_parent(const struct cgroup *cgrp)
{
	return cgrp->level ? cgrp->ancestors[cgrp->level - 1] : NULL;
}

struct cgroup *task_dfl_cgroup(const struct task_struct *p)
{
	return p->cgroups ? p->cgroups->dfl_cgrp : cgroups()->root;
}

bool cgroup_is_descendant(const struct cgroup *cgrp, const struct cgroup *ancestor)
{
	return cgrp->level >= ancestor->level && cgrp->ancestors[ancestor->level] == ancestor;
}

struct cgroup *cgroup_by_id(u64 id)
{
	struct cgroup_model *m;

	list_for_each_entry(m, &cgroups()->all, node)
		if (m->online && cgroup_id(m->cgrp) == id)
			return m->cgrp;
	return NULL;
}

struct cgroup *cgroup_from_guest(u64 addr)
{
	struct cgroup_model *m;

	list_for_each_entry(m, &cgroups()->all, node)
		if (P64(m->cgrp) == addr)
			return m->cgrp;
	return NULL;
}

struct cgroup_subsys_state *css_from_guest(u64 addr)
{
	struct cgroup_model *m;

	list_for_each_entry(m, &cgroups()->all, node) {
		if (addr == P64(&m->cgrp->self)) /* a cgroup's address, too */
			return &m->cgrp->self;
		if (addr == P64(&m->tg->css))
			return &m->tg->css;
		if (addr == P64(&m->cs->css))
			return &m->cs->css;
	}
	return NULL;
}

static struct cgroup *find_child(const struct cgroup *parent, const char *name, size_t len)
{
	struct cgroup_model *m;

	list_for_each_entry(m, &cgroups()->all, node)
		if (m->online && cgroup_parent(m->cgrp) == parent &&
		    strlen(m->cgrp->kn->name) == len && !memcmp(m->cgrp->kn->name, name, len))
			return m->cgrp;
	return NULL;
}

struct cgroup *cgroup_find(const char *path)
{
	struct cgroup *cgrp = cgroups()->root;

	while (cgrp && *(path += strspn(path, "/"))) {
		size_t len = strcspn(path, "/");

		cgrp = find_child(cgrp, path, len);
		path += len;
	}
	return cgrp;
}

int cgroup_path(const struct cgroup *cgrp, char *buf, size_t len)
{
	int n = 0;

	if (!cgrp->level)
		return snprintf(buf, len, "/");
	for (int level = 1; level <= cgrp->level; level++)
		n += snprintf(buf + min((size_t)n, len), len - min((size_t)n, len), "/%s",
			      cgrp->ancestors[level]->kn->name);
	return n;
}

/* ---- css trees ---- */

/* Behind one that was removed meanwhile come those that were made after it. */
struct cgroup_subsys_state *css_next_child(struct cgroup_subsys_state *pos,
					   struct cgroup_subsys_state *parent)
{
	struct cgroup_subsys_state *child;

	if (pos && !list_empty(&pos->sibling))
		return pos->sibling.next == &parent->children ?
			       NULL :
			       list_entry(pos->sibling.next, struct cgroup_subsys_state, sibling);
	list_for_each_entry(child, &parent->children, sibling)
		if (!pos || child->serial_nr > pos->serial_nr)
			return child;
	return NULL;
}

struct cgroup_subsys_state *css_next_descendant_pre(struct cgroup_subsys_state *pos,
						    struct cgroup_subsys_state *root)
{
	struct cgroup_subsys_state *next;

	if (!pos)
		return root;
	next = css_next_child(NULL, pos);
	while (!next && pos != root) {
		next = css_next_child(pos, pos->parent);
		pos = pos->parent;
	}
	return next;
}

static struct cgroup_subsys_state *css_leftmost(struct cgroup_subsys_state *pos)
{
	struct cgroup_subsys_state *child;

	while ((child = css_next_child(NULL, pos)))
		pos = child;
	return pos;
}

struct cgroup_subsys_state *css_next_descendant_post(struct cgroup_subsys_state *pos,
						     struct cgroup_subsys_state *root)
{
	struct cgroup_subsys_state *next;

	if (!pos)
		return css_leftmost(root);
	if (pos == root)
		return NULL;
	next = css_next_child(pos, pos->parent);
	return next ? css_leftmost(next) : pos->parent;
}

static void css_init(struct cgroup_subsys_state *css, struct cgroup *cgrp,
		     struct cgroup_subsys_state *parent)
{
	css->cgroup = cgrp;
	css->parent = parent;
	css->serial_nr = cgroups()->next_serial++;
	INIT_LIST_HEAD(&css->children);
	INIT_LIST_HEAD(&css->sibling);
	if (parent)
		list_add_tail(&css->sibling, &parent->children);
	css->flags = CSS_ONLINE | CSS_VISIBLE;
}

static void css_kill(struct cgroup_subsys_state *css)
{
	css->flags &= ~CSS_ONLINE;
	css->flags |= CSS_DYING;
	css->refcnt.percpu_count_ptr |= PERCPU_REF_ATOMIC | PERCPU_REF_DEAD;
	list_del_init(&css->sibling);
}

/* ---- create ---- */

static void *kobj(size_t size)
{
	void *p = region_alloc(ZONE_KOBJ, size, 64);

	shortage_on(!p, "out of guest memory for a cgroup");
	return p;
}

static size_t cgroup_bytes(void)
{
	return sizeof(struct cgroup) + CGROUP_DEPTH_MAX * sizeof(struct cgroup *);
}

static struct kernfs_node *kn_create(struct cgroup *parent, const char *name)
{
	struct kernfs_node *kn = kobj(sizeof(*kn));
	char *copy = kobj(NAME_LEN_MAX + 1);

	snprintf(copy, NAME_LEN_MAX + 1, "%s", name);
	kn->name = copy;
	kn->id = ++cgroups()->next_id;
	kn->parent = kn->__parent = parent ? parent->kn : NULL;
	return kn;
}

static void cpu_css_create(struct cgroup *cgrp, struct cgroup *parent)
{
	struct task_group *tg = kobj(sizeof(*tg));

	css_init(&tg->css, cgrp, parent ? &host_of(parent)->m->tg->css : NULL);
	tg->css.id = ++cgroups()->next_css_id;
	tg->parent = parent ? host_of(parent)->m->tg : NULL;
	tg->shares = 1024;
	INIT_LIST_HEAD(&tg->children);
	INIT_LIST_HEAD(&tg->siblings);
	if (parent)
		list_add_tail(&tg->siblings, &host_of(parent)->m->tg->children);
	scx_tg_init(tg);
	host_of(tg)->fair = parent ? fair_group_create(host_of(tg->parent)->fair) : NULL;
	host_of(cgrp)->m->tg = tg;
	cgrp->subsys[cpu_cgrp_id] = &tg->css;
}

static void cpuset_css_create(struct cgroup *cgrp, struct cgroup *parent)
{
	struct cpuset *cs = kobj(sizeof(*cs));

	css_init(&cs->css, cgrp, parent ? &host_of(parent)->m->cs->css : NULL);
	cs->css.id = host_of(cgrp)->m->tg->css.id;
	cs->cpus_allowed = kobj(sizeof(struct cpumask));
	cs->effective_cpus = kobj(sizeof(struct cpumask));
	cpumask_copy(cs->effective_cpus, machine->possible);
	if (!parent)
		cpumask_copy(cs->cpus_allowed, machine->possible);
	cs->effective_mems.bits[0] = ~0UL >> (MAX_NUMNODES - machine->nr_node_ids);
	host_of(cgrp)->m->cs = cs;
	cgrp->subsys[cpuset_cgrp_id] = &cs->css;
}

static void css_set_create(struct cgroup *cgrp)
{
	struct css_set *cset = kobj(sizeof(*cset));

	memcpy(cset->subsys, cgrp->subsys, sizeof(cset->subsys));
	cset->refcount.refs.counter = 1;
	cset->dfl_cgrp = cgrp;
	INIT_LIST_HEAD(&cset->node);
	host_of(cgrp)->m->cset = cset;
}

static void set_ancestors(struct cgroup *cgrp, struct cgroup *parent)
{
	cgrp->level = parent ? parent->level + 1 : 0;
	if (parent)
		memcpy(cgrp->ancestors, parent->ancestors,
		       (size_t)cgrp->level * sizeof(*cgrp->ancestors));
	cgrp->ancestors[cgrp->level] = cgrp;
	for (int level = 0; level < cgrp->level; level++)
		cgrp->ancestors[level]->nr_descendants++;
}

static struct cgroup *cgroup_create(struct cgroup *parent, const char *name)
{
	struct cgroup *cgrp = kobj(cgroup_bytes());

	host_of(cgrp)->m = calloc(1, sizeof(*host_of(cgrp)->m));
	shortage_on(!host_of(cgrp)->m, "out of memory for a cgroup");
	host_of(cgrp)->m->cgrp = cgrp;
	host_of(cgrp)->m->refs = 1;
	cgrp->dom_cgrp = cgrp;
	cgrp->kn = kn_create(parent, name);
	set_ancestors(cgrp, parent);
	css_init(&cgrp->self, cgrp, parent ? &parent->self : NULL);
	cpu_css_create(cgrp, parent);
	cpuset_css_create(cgrp, parent);
	css_set_create(cgrp);
	if (parent) {
		cgrp->scx_sched = parent->scx_sched;
		cgroup_get(parent);
	}
	list_add_tail(&host_of(cgrp)->m->node, &cgroups()->all);
	return cgrp;
}

static void cgroup_free(struct cgroup *cgrp)
{
	struct cgroup_model *m = host_of(cgrp)->m;

	local_storage_owner_free(P64(cgrp));
	fair_group_destroy(host_of(m->tg)->fair);
	list_del(&m->node);
	region_free(ZONE_KOBJ, m->cs->cpus_allowed, sizeof(struct cpumask));
	region_free(ZONE_KOBJ, m->cs->effective_cpus, sizeof(struct cpumask));
	region_free(ZONE_KOBJ, m->cs, sizeof(*m->cs));
	region_free(ZONE_KOBJ, m->tg, sizeof(*m->tg));
	region_free(ZONE_KOBJ, m->cset, sizeof(*m->cset));
	region_free(ZONE_KOBJ, (char *)cgrp->kn->name, NAME_LEN_MAX + 1);
	region_free(ZONE_KOBJ, cgrp->kn, sizeof(*cgrp->kn));
	region_free(ZONE_KOBJ, cgrp, cgroup_bytes());
	free(m);
}

void cgroup_get(struct cgroup *cgrp)
{
	host_of(cgrp)->m->refs++;
}

bool cgroup_tryget(struct cgroup *cgrp)
{
	if (!host_of(cgrp)->m->refs)
		return false;
	cgroup_get(cgrp);
	return true;
}

void cgroup_put(struct cgroup *cgrp)
{
	while (cgrp && !--host_of(cgrp)->m->refs) {
		struct cgroup *parent = cgroup_parent(cgrp);

		cgroup_free(cgrp);
		cgrp = parent;
	}
}

/* ---- life of the tree ---- */

void cgroup_init(void)
{
	machine->cgroups = calloc(1, sizeof(*machine->cgroups));
	shortage_on(!machine->cgroups, "out of memory");
	mutex_init(&cgroups()->mutex);
	INIT_LIST_HEAD(&cgroups()->all);
	cgroups()->trace_path = kobj(TRACE_PATH_MAX);
	cgroups()->root = cgroup_create(NULL, "");
	host_of(cgroups()->root)->m->online = true;
	machine->root_tg = host_of(cgroups()->root)->m->tg;
	scx_tg_online(root_task_group);
}

/* guest memory goes with the region */
void cgroup_finish(void)
{
	struct cgroup_model *m, *tmp;

	if (!machine->cgroups)
		return;
	list_for_each_entry_safe(m, tmp, &cgroups()->all, node) {
		fair_group_destroy(host_of(m->tg)->fair);
		free(m);
	}
	free(machine->cgroups);
}

static u64 trace_path(const struct cgroup *cgrp)
{
	cgroup_path(cgrp, cgroups()->trace_path, TRACE_PATH_MAX);
	return P64(cgroups()->trace_path);
}

static void take_off_tree(struct cgroup *cgrp)
{
	css_kill(&cgrp->self);
	css_kill(&host_of(cgrp)->m->tg->css);
	css_kill(&host_of(cgrp)->m->cs->css);
	list_del_init(&host_of(cgrp)->m->tg->siblings);
	for (int level = 0; level < cgrp->level; level++)
		cgrp->ancestors[level]->nr_descendants--;
	host_of(cgrp)->m->online = false;
}

static int check_mkdir(const struct cgroup *parent, const char *name)
{
	if (!*name || strlen(name) > NAME_LEN_MAX || strchr(name, '/') || strchr(name, '\n'))
		return -EINVAL;
	if (!host_of(parent)->m->online)
		return -ENODEV;
	if (parent->level + 1 >= CGROUP_DEPTH_MAX)
		return -EAGAIN;
	return find_child(parent, name, strlen(name)) ? -EEXIST : 0;
}

static int mkdir_locked(struct cgroup *parent, const char *name, struct cgroup **out)
{
	struct cgroup *cgrp;
	int err = check_mkdir(parent, name);

	if (err)
		return err;
	cgrp = cgroup_create(parent, name);
	err = scx_tg_online(host_of(cgrp)->m->tg);
	if (err) {
		take_off_tree(cgrp);
		cgroup_put(cgrp);
		return err;
	}
	host_of(cgrp)->m->online = true;
	TP(cgroup_mkdir, P64(cgrp), trace_path(cgrp));
	if (out)
		*out = cgrp;
	return 0;
}

int cgroup_mkdir(struct cgroup *parent, const char *name, struct cgroup **out)
{
	int err;

	cgroup_lock();
	err = mkdir_locked(parent, name, out);
	cgroup_unlock();
	return err;
}

struct cgroup *cgroup_make(const char *path)
{
	struct cgroup *at = cgroup_root(), *child;
	char part[256];
	size_t from, end = 0;

	for (; at; at = child) {
		from = end + strspn(path + end, "/");
		end = from + strcspn(path + from, "/");
		if (end == from)
			break;
		if (end >= sizeof(part))
			return NULL;
		snprintf(part, sizeof(part), "%.*s", (int)end, path);
		child = cgroup_find(part);
		snprintf(part, sizeof(part), "%.*s", (int)(end - from), path + from);
		if (!child && cgroup_mkdir(at, part, &child))
			return NULL;
	}
	return at;
}

static bool cgroup_populated(const struct cgroup *cgrp)
{
	struct task_struct *p;

	for_each_task(p)
		if (task_dfl_cgroup(p) == cgrp && !host_of(p)->m->dead)
			return true;
	return false;
}

/* css_killed_work_fn(): in a kworker */
static void offline_workfn(struct delayed_work *w)
{
	struct cgroup_model *m = container_of(w, struct cgroup_model, offline_work);

	cgroup_lock();
	scx_tg_offline(m->tg);
	cgroup_unlock();
	fair_group_offline(host_of(m->tg)->fair);
	cgroup_put(m->cgrp);
}

static int rmdir_locked(struct cgroup *cgrp)
{
	if (!cgrp->level || !list_empty(&cgrp->self.children) || cgroup_populated(cgrp))
		return -EBUSY;
	if (!host_of(cgrp)->m->online)
		return -ENODEV;
	take_off_tree(cgrp);
	scx_cgroup_offline(cgrp);
	TP(cgroup_rmdir, P64(cgrp), trace_path(cgrp));
	if (on_host()) {
		cgroup_put(cgrp);
		return 0;
	}
	delayed_work_init(&host_of(cgrp)->m->offline_work, offline_workfn);
	queue_delayed_work(&host_of(cgrp)->m->offline_work, machine->cost.rcu_grace_ns);
	return 0;
}

int cgroup_rmdir(struct cgroup *cgrp)
{
	int err;

	cgroup_lock();
	err = rmdir_locked(cgrp);
	cgroup_unlock();
	return err;
}

/* ---- control files ---- */

static int write_weight(struct task_group *tg, const char *value)
{
	char *end;
	long v = strtol(value, &end, 10);

	if (end == value || *end)
		return -EINVAL;
	if (v < 1 || v > 10000)
		return -ERANGE;
	tg->shares = (unsigned long)(v * 1024 / 100);
	fair_group_set_weight(host_of(tg)->fair, (u64)v);
	scx_group_set_weight(tg, (u32)v);
	return 0;
}

static int write_idle(struct task_group *tg, const char *value)
{
	if (strcmp(value, "0") && strcmp(value, "1"))
		return -EINVAL;
	tg->idle = *value == '1';
	fair_group_set_idle(host_of(tg)->fair, tg->idle);
	scx_group_set_idle(tg, tg->idle);
	return 0;
}

/* "max" or microseconds; false: neither */
static bool parse_us(const char **text, u64 *us)
{
	char *end;

	*text += strspn(*text, " ");
	if (has_prefix(*text, "max")) {
		*us = ~0ULL;
		*text += 3;
		return true;
	}
	*us = strtoull(*text, &end, 10);
	if (end == *text)
		return false;
	*text = end;
	return true;
}

/* "QUOTA [PERIOD]"; both 1 ms or more, the period up to 1 s */
static int write_max(struct task_group *tg, const char *value)
{
	u64 quota, period = tg->scx.bw_period_us;

	if (!parse_us(&value, &quota))
		return -EINVAL;
	if (*value && !parse_us(&value, &period))
		return -EINVAL;
	if (*value || quota < 1000 || period < 1000 || period > 1000000)
		return -EINVAL;
	fair_group_set_bandwidth(host_of(tg)->fair, period, quota, tg->scx.bw_burst_us);
	scx_group_set_bandwidth(tg, period, quota, tg->scx.bw_burst_us);
	return 0;
}

static int write_burst(struct task_group *tg, const char *value)
{
	u64 burst;

	if (!parse_us(&value, &burst) || *value || burst > tg->scx.bw_quota_us)
		return -EINVAL;
	fair_group_set_bandwidth(host_of(tg)->fair, tg->scx.bw_period_us, tg->scx.bw_quota_us,
				 burst);
	scx_group_set_bandwidth(tg, tg->scx.bw_period_us, tg->scx.bw_quota_us, burst);
	return 0;
}

static const struct cgroup_file {
	const char *name;
	int (*write)(struct task_group *tg, const char *value);
} files[] = {
	{ "cpu.weight", write_weight },
	{ "cpu.idle", write_idle },
	{ "cpu.max", write_max },
	{ "cpu.max.burst", write_burst },
};

const char *cgroup_files(void)
{
	return "cpu.weight, cpu.idle, cpu.max, cpu.max.burst";
}

int cgroup_write(struct cgroup *cgrp, const char *file, const char *value)
{
	for (u32 i = 0; cgrp->level && i < ARRAY_SIZE(files); i++)
		if (!strcmp(file, files[i].name))
			return files[i].write(host_of(cgrp)->m->tg, value);
	return -ENOENT; /* the root has none of them */
}

/* ---- tasks ---- */

static void join(struct task_struct *p, struct cgroup *cgrp)
{
	p->cgroups = host_of(cgrp)->m->cset;
	p->cgroups->nr_tasks++;
	p->cgroups->refcount.refs.counter++;
}

static void leave(struct task_struct *p)
{
	p->cgroups->nr_tasks--;
	p->cgroups->refcount.refs.counter--;
}

void cgroup_fork(struct task_struct *p, struct cgroup *cgrp)
{
	const struct task_struct *parent = p->real_parent;

	if (!cgrp)
		cgrp = parent && parent != p ? task_dfl_cgroup(parent) : cgroups()->root;
	join(p, cgrp);
	cgroup_get(cgrp);
	p->sched_task_group = host_of(cgrp)->m->tg;
}

void cgroup_exit(struct task_struct *p)
{
	struct cgroup *cgrp = task_dfl_cgroup(p);

	if (!p->cgroups)
		return;
	leave(p);
	p->cgroups = NULL;
	cgroup_put(cgrp);
}

/* core.c:sched_move_task() */
static void sched_move_task(struct task_struct *p, struct task_group *tg)
{
	struct sched_change ctx;
	unsigned long flags;
	struct rq *rq = task_rq_lock(p, &flags);

	if (p->sched_task_group != tg) {
		update_rq_clock(rq);
		sched_change_begin(&ctx, p, DEQUEUE_SAVE | DEQUEUE_MOVE | DEQUEUE_NOCLOCK);
		p->sched_task_group = tg;
		scx_cgroup_move_task(p);
		sched_change_end(&ctx);
		if (ctx.running)
			resched_curr(rq);
	}
	task_rq_unlock(rq, p, flags);
}

static void move_task(struct task_struct *p, struct cgroup *dst)
{
	struct cgroup *src = task_dfl_cgroup(p);

	leave(p);
	join(p, dst);
	cgroup_get(dst);
	cgroup_put(src);
}

/* The tasks that move, in order of creation; each with a reference. */
static int collect_tasks(struct cgroup_taskset *tset, struct task_struct *leader, bool threadgroup)
{
	struct task_struct *p;

	for_each_task(p) {
		bool ours = threadgroup ? p->tgid == leader->tgid : p == leader;

		if (!ours || host_of(p)->m->dead || (p->flags & PF_EXITING) ||
		    tset->nr == TASKS_MOVED_MAX)
			continue;
		get_task_struct(p);
		tset->tasks[tset->nr++] = p;
	}
	return tset->nr ? 0 : -ESRCH;
}

static int attach_locked(struct cgroup_taskset *tset)
{
	int err;

	if (!host_of(tset->dst)->m->online)
		return -ENODEV;
	err = scx_cgroup_can_attach(tset);
	if (!err)
		err = scx_cgroup_migrating(tset);
	if (err)
		return err;
	for (u32 i = 0; i < tset->nr; i++)
		move_task(tset->tasks[i], tset->dst);
	for (u32 i = 0; i < tset->nr; i++)
		sched_move_task(tset->tasks[i], host_of(tset->dst)->m->tg);
	for (u32 i = 0; i < tset->nr; i++)
		scx_cgroup_task_migrated(tset->tasks[i], tset->dst);
	return 0;
}

/* cgroup_attach_task() of the kernel: prepare, migrate, tell the tracepoint */
static int attach_set(struct cgroup_taskset *tset, struct task_struct *leader, bool threadgroup)
{
	int err;

	cgroup_lock();
	err = collect_tasks(tset, leader, threadgroup);
	if (!err)
		err = attach_locked(tset);
	if (!err)
		TP(cgroup_attach_task, P64(tset->dst), trace_path(tset->dst), P64(leader),
		   threadgroup);
	cgroup_unlock();
	for (u32 i = 0; i < tset->nr; i++)
		put_task_struct(tset->tasks[i]);
	return err;
}

int cgroup_attach_task(struct cgroup *dst, struct task_struct *p, bool threadgroup)
{
	struct cgroup_taskset tset = { .dst = dst };
	int err;

	if (on_host()) { /* nobody has seen it yet */
		move_task(p, dst);
		p->sched_task_group = host_of(dst)->m->tg;
		return 0;
	}
	tset.tasks = calloc(TASKS_MOVED_MAX, sizeof(*tset.tasks));
	if (!tset.tasks)
		return -ENOMEM;
	err = attach_set(&tset, p, threadgroup);
	free(tset.tasks);
	return err;
}
