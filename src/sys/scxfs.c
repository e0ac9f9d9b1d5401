// SPDX-License-Identifier: GPL-2.0-only
/*
 * scxfs.c - see scxfs.h. A scheduler is a folder while it is linked:
 *
 *	/sys/kernel/sched_ext/state ...			the class
 *		root/ops, events, caps			the root
 *		root/sub/sub-7/ops, events, caps	its child on the cgroup of id 7
 *		root/sub/sub-7/sub/sub-9/ops ...	and that one's
 *
 * "sub" is there for who may have children. Facts: ext.c:scx_sched_sysfs_add(),
 * scx_attr_*_show().
 */
#include "sys/scxfs.h"

#include <errno.h>
#include <string.h>

#include "base/types.h"
#include "kern/ext/caps.h"
#include "kern/ext/cid.h"
#include "kern/ext/ext.h"
#include "kern/sched.h"

#define ROOT "/sys/kernel/sched_ext"

/* ---- files ---- */

static void show_state(FILE *f, const struct scx_sched *sch)
{
	fprintf(f, "%s\n", scx_enable_state_str());
}

static void show_hotplug_seq(FILE *f, const struct scx_sched *sch)
{
	fprintf(f, "%llu\n", scx.hotplug_seq);
}

static void show_enable_seq(FILE *f, const struct scx_sched *sch)
{
	fprintf(f, "%llu\n", scx.enable_seq);
}

static void show_nr_rejected(FILE *f, const struct scx_sched *sch)
{
	fprintf(f, "%llu\n", scx.nr_rejected);
}

static void show_switch_all(FILE *f, const struct scx_sched *sch)
{
	fprintf(f, "%d\n", scx.switched_all);
}

static void show_ops(FILE *f, const struct scx_sched *sch)
{
	fprintf(f, "%s\n", sch->name);
}

static void show_events(FILE *f, const struct scx_sched *sch)
{
	struct scx_event_stats events;

	scx_read_events(sch, &events);
#define EV(name)                            \
	if (scx_has_event("SCX_EV_" #name)) \
		fprintf(f, "SCX_EV_" #name " %lld\n", (long long)events.SCX_EV_##name);
	SCX_EVENTS(EV)
#undef EV
}

/* what it has been granted, in effect or not: "enq: 0-3,6" */
static void show_caps(FILE *f, const struct scx_sched *sch)
{
	static const char *const names[] = { "enq_immed", "enq", "preempt", "perf" };

	for (u32 cap = 0; cap < ARRAY_SIZE(names); cap++) {
		const char *comma = "";

		fprintf(f, "%s: ", names[cap]);
		for (s32 cid = 0, end; cid < (s32)num_possible_cpus(); cid = end + 1) {
			for (end = cid; scx_granted(sch, end) & 1ULL << cap;)
				end++;
			if (end == cid)
				continue;
			fprintf(f, end - 1 == cid ? "%s%d" : "%s%d-%d", comma, cid, end - 1);
			comma = ",";
		}
		fputc('\n', f);
	}
}

struct file {
	const char *name;
	void (*show)(FILE *f, const struct scx_sched *sch);
	bool of_sched;
};

static const struct file files[] = {
	{ "state", show_state, false },
	{ "switch_all", show_switch_all, false },
	{ "nr_rejected", show_nr_rejected, false },
	{ "hotplug_seq", show_hotplug_seq, false },
	{ "enable_seq", show_enable_seq, false },
	{ "ops", show_ops, true },
	{ "events", show_events, true },
	{ "caps", show_caps, true },
};

static bool has_file(const struct file *file)
{
	return (file->show != show_events || K->b.event_counters) &&
	       (file->show != show_caps || K->b.sub_caps);
}

static const struct file *find_file(const char *name, bool of_sched)
{
	for (u32 i = 0; i < ARRAY_SIZE(files); i++)
		if (files[i].of_sched == of_sched && has_file(&files[i]) &&
		    !strcmp(files[i].name, name))
			return &files[i];
	return NULL;
}

/* ---- paths ---- */

/* where a path ends: at the class or a scheduler, at its "sub", or at a file there */
struct place {
	const struct scx_sched *sch; /* NULL: the class */
	bool is_sub;
	const struct file *file; /* NULL: a directory */
};

static bool may_have_children(const struct scx_sched *sch)
{
	return K->b.sub_scheds && host_of(sch)->ops_prog[SCX_OP_sub_attach];
}

static const struct scx_sched *child_named(const struct scx_sched *sch, const char *name)
{
	struct scx_sched *pos;
	char text[32];

	list_for_each_entry(pos, &sch->children, sibling) {
		snprintf(text, sizeof(text), "sub-%llu", pos->sub_cgroup_id);
		if (!strcmp(text, name))
			return pos;
	}
	return NULL;
}

/* one component further; false: there is nothing of that name */
static bool step(struct place *p, const char *name)
{
	if (p->file)
		return false;
	if (p->is_sub) {
		*p = (struct place){ child_named(p->sch, name), false, NULL };
		return p->sch;
	}
	p->file = find_file(name, p->sch);
	if (p->file)
		return true;
	if (!p->sch) {
		p->sch = scx_root;
		return p->sch && !strcmp(name, "root");
	}
	p->is_sub = !strcmp(name, "sub") && may_have_children(p->sch);
	return p->is_sub;
}

static bool find(const char *path, struct place *p)
{
	const char *at = path + strlen(ROOT);
	char name[64];

	*p = (struct place){ NULL };
	while (*at) {
		size_t n = strcspn(at += strspn(at, "/"), "/");

		if (n >= sizeof(name))
			return false;
		snprintf(name, sizeof(name), "%.*s", (int)n, at);
		if (n && !step(p, name))
			return false;
		at += n;
	}
	return true;
}

bool scxfs_ours(const char *path)
{
	const char *rest = path + strlen(ROOT);

	return has_prefix(path, ROOT) && (!*rest || *rest == '/');
}

int scxfs_show(const char *path, FILE *f)
{
	struct place p;

	if (!find(path, &p))
		return -ENOENT;
	if (!p.file)
		return -EISDIR;
	p.file->show(f, p.sch);
	return 0;
}

static void list_children(const struct scx_sched *sch,
			  void (*fn)(void *arg, const char *name, bool directory), void *arg)
{
	struct scx_sched *pos;
	char text[32];

	list_for_each_entry(pos, &sch->children, sibling) {
		snprintf(text, sizeof(text), "sub-%llu", pos->sub_cgroup_id);
		fn(arg, text, true);
	}
}

int scxfs_list(const char *path, void (*fn)(void *arg, const char *name, bool directory), void *arg)
{
	struct place p;

	if (!find(path, &p))
		return -ENOENT;
	if (p.file)
		return -ENOTDIR;
	if (p.is_sub) {
		list_children(p.sch, fn, arg);
		return 0;
	}
	for (u32 i = 0; i < ARRAY_SIZE(files); i++)
		if (files[i].of_sched == !!p.sch && has_file(&files[i]))
			fn(arg, files[i].name, false);
	if (!p.sch && scx_root)
		fn(arg, "root", true);
	if (p.sch && may_have_children(p.sch))
		fn(arg, "sub", true);
	return 0;
}
