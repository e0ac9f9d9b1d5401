// SPDX-License-Identifier: GPL-2.0-only
/*
 * recorder.c - looks on while a run goes over its points.
 *
 * Always: which site came after which, on the same memory and from another CPU, at least one
 * of them changing it. Each such order is a bit; a run that sets a new one has behaved in a way
 * that none did before. If a log is wanted: every point with its number, for pairs.c.
 */
#include "explore/explore.h"

#include <stdlib.h>
#include <string.h>

#include "base/region.h"
#include "base/shortage.h"
#include "bpf/prog.h"
#include "kern/sched.h"

#define LAST_SLOTS 32768
#define NTH_SLOTS 131072

struct last {
	u64 addr;
	u32 site, before; /* the one that came last, and the order with that before it */
	s32 cpu;
	bool write;
};

struct counted {
	struct site site;
	u32 nr;
};

struct recorder {
	struct trial_result *to;
	struct access *log;
	const struct schedule *schedule;
	struct last last[LAST_SLOTS];
	struct counted counted[NTH_SLOTS];
};

struct recorder *recorder_create(struct trial_result *to, struct access *log,
				 const struct schedule *s)
{
	struct recorder *r = calloc(1, sizeof(*r)); /* untouched pages cost nothing */

	shortage_on(!r, "out of memory for what a run does");
	r->to = to;
	r->log = log;
	r->schedule = s;
	return r;
}

/* ---- orders ---- */

/* Where guests' memory and its twin are, at the same addresses in every process. */
static bool is_fixed(u64 addr)
{
	return addr - REGION_HOST_BASE < REGION_HOST_OFF + REGION_SIZE;
}

static u64 mix(u64 x)
{
	x *= 0x9e3779b97f4a7c15ULL;
	return x ^ x >> 32;
}

static u32 site_key(const struct site *s)
{
	const struct site anywhere = { s->kind, 0, s->prog, s->insn };

	return (u32)mix(site_hash(&anywhere));
}

/* One order by itself, and two that follow each other on the same memory. */
static void set_bit(struct recorder *r, u32 hash)
{
	u32 bit = hash % COVER_BITS;

	r->to->cover[bit / 8] |= (u8)(1u << bit % 8);
}

static void note_order(struct recorder *r, const struct point *p)
{
	struct last *l;
	u32 key, order = 0;

	if (!is_fixed(p->addr))
		return;
	l = &r->last[mix(p->addr >> 3) % LAST_SLOTS];
	key = site_key(&p->site);
	if (l->addr == p->addr && l->cpu != p->site.cpu && (l->write || p->write)) {
		order = (u32)mix((u64)l->site << 32 | key);
		set_bit(r, order);
		set_bit(r, (u32)mix((u64)l->before << 32 | order));
	}
	*l = (struct last){ p->addr, key, order, p->site.cpu, p->write };
}

/* ---- the log ---- */

/* From 1; 0: the table is full */
static u32 count(struct recorder *r, const struct site *s)
{
	u64 at = mix(site_hash(s)) % NTH_SLOTS;

	for (u32 i = 0; i < 64; i++, at = (at + 1) % NTH_SLOTS) {
		struct counted *c = &r->counted[at];

		if (!c->nr)
			c->site = *s;
		if (site_equal(&c->site, s))
			return ++c->nr;
	}
	return 0;
}

static s32 pid_here(void)
{
	return smp_processor_id() >= 0 ? current->pid : -1;
}

static void log_point(struct recorder *r, const struct point *p)
{
	u32 nth = count(r, &p->site);

	if (!nth || r->to->nr_log == LOG_MAX)
		return;
	r->log[r->to->nr_log++] = (struct access){
		.addr = p->addr,
		.now_ns = p->now_ns,
		.ahead_ns = p->ahead_ns,
		.site = p->site,
		.nth = nth,
		.pid = pid_here(),
		.write = p->write,
	};
}

void recorder_watch(void *recorder, const struct point *p)
{
	struct recorder *r = recorder;

	if (p->addr)
		note_order(r, p);
	if (r->log)
		log_point(r, p);
}

/* ---- decisions ---- */

void recorder_came(void *recorder, const struct decision *d, const struct point *p)
{
	struct recorder *r = recorder;
	struct arrival *a = &r->to->arrival[d - r->schedule->at];

	*a = (struct arrival){ .came = true, .came_ns = p->now_ns, .pid = pid_here() };
	if (smp_processor_id() >= 0)
		memcpy(a->comm, current->comm, sizeof(a->comm));
	if (!p->site.prog)
		return;
	snprintf(a->prog, sizeof(a->prog), "%s", prog_name(prog_current()));
	prog_calling_line(prog_current(), p->site.insn, a->where, sizeof(a->where));
}
