/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * cgroup.h - the cgroup2 tree, as far as schedulers look at it. Every cgroup has
 * the cpu and the cpuset controller, so each is a task group too. Calls are from a
 * task, which may sleep in them, or from the host's fiber before the machine runs.
 */
#ifndef KS_KERN_CGROUP_H
#define KS_KERN_CGROUP_H

#include "abi/cgroup.h"
#include "kern/sched.h"

struct cgroup_model {
	struct cgroup *cgrp;
	struct css_set *cset; /* of the tasks in it */
	struct task_group *tg;
	struct cpuset *cs;
	u32 refs;	/* itself while it lives, children, acquired ones */
	u32 guest_refs; /* of @refs: what programs acquired and have not released */
	bool online;
	struct delayed_work offline_work;
	struct list_head node; /* all, in order of creation */
};

void cgroup_init(void); /* root; at machine creation */
void cgroup_finish(void);

struct cgroup *cgroup_root(void);
u64 cgroup_id(const struct cgroup *cgrp);
/* "/a/b", "/" is the root; NULL: no such cgroup */
struct cgroup *cgroup_find(const char *path);
struct cgroup *cgroup_by_id(u64 id); /* online ones; no reference taken */
int cgroup_path(const struct cgroup *cgrp, char *buf, size_t len); /* as snprintf() */
u64 cgroup_ancestor_id(s32 level); /* kfuncs_cgroup.c: of current's cgroup; 0: none */
bool cgroup_is_descendant(const struct cgroup *cgrp, const struct cgroup *ancestor);

/* what a program says is a cgroup, or a css of one; NULL if it is none */
struct cgroup *cgroup_from_guest(u64 addr);
struct cgroup_subsys_state *css_from_guest(u64 addr);

void cgroup_get(struct cgroup *cgrp);
bool cgroup_tryget(struct cgroup *cgrp); /* false: it is gone but for our memory */
void cgroup_put(struct cgroup *cgrp);

/* 0; -EEXIST, -EINVAL (name), -ENODEV (no parent), -EAGAIN (depth), or ops.cgroup_init()'s */
int cgroup_mkdir(struct cgroup *parent, const char *name, struct cgroup **out);
/* "/a/b", with those above it that are not there yet; NULL: one cannot be made */
struct cgroup *cgroup_make(const char *path);
/* 0, -EBUSY: tasks or children in it, or the root. ops.cgroup_exit() comes later, in a kworker. */
int cgroup_rmdir(struct cgroup *cgrp);
/* the control files below the root, "a, b, c" */
const char *cgroup_files(void);
/* write @value to control file @file; 0, -ENOENT, -EINVAL, -ERANGE */
int cgroup_write(struct cgroup *cgrp, const char *file, const char *value);
/* @p, and its thread group if @threadgroup, moves; 0, -ENODEV, or ops.cgroup_prep_move()'s */
int cgroup_attach_task(struct cgroup *dst, struct task_struct *p, bool threadgroup);

/* @cgrp NULL: the parent's */
void cgroup_fork(struct task_struct *p, struct cgroup *cgrp);
void cgroup_exit(struct task_struct *p);
struct cgroup *task_dfl_cgroup(const struct task_struct *p);

/* walks over one controller's states; @pos NULL begins, NULL ends */
struct cgroup_subsys_state *css_next_child(struct cgroup_subsys_state *pos,
					   struct cgroup_subsys_state *parent);
struct cgroup_subsys_state *css_next_descendant_pre(struct cgroup_subsys_state *pos,
						    struct cgroup_subsys_state *root);
struct cgroup_subsys_state *css_next_descendant_post(struct cgroup_subsys_state *pos,
						     struct cgroup_subsys_state *root);

static inline struct task_group *css_tg(struct cgroup_subsys_state *css)
{
	return container_of(css, struct task_group, css);
}

#define root_task_group (machine->root_tg)
void cgroup_lock(void);
void cgroup_unlock(void);

/* ---- ext/cgroup.c: what the tree tells the scheduler ---- */
/* a moving task and the rest of its set */
struct cgroup_taskset {
	struct task_struct **tasks;
	u32 nr;
	struct cgroup *dst;
};

void scx_tg_init(struct task_group *tg);
int scx_tg_online(struct task_group *tg);
void scx_tg_offline(struct task_group *tg);
int scx_cgroup_can_attach(struct cgroup_taskset *tset);
/* after can_attach, before anybody moves: those that will change schedulers; 0, -errno */
int scx_cgroup_migrating(struct cgroup_taskset *tset);
void scx_cgroup_move_task(struct task_struct *p); /* rq locked, dequeued, in the new group */
void scx_cgroup_task_migrated(struct task_struct *p, struct cgroup *dst);
void scx_cgroup_offline(struct cgroup *cgrp); /* it is being removed */
void scx_group_set_weight(struct task_group *tg, u32 weight);
void scx_group_set_idle(struct task_group *tg, bool idle);
void scx_group_set_bandwidth(struct task_group *tg, u64 period_us, u64 quota_us, u64 burst_us);

#endif
