// SPDX-License-Identifier: GPL-2.0-only
/*
 * timer.c - see timer.h. Facts: kernel/bpf/helpers.c (bpf_timer_*, bpf_wq_*, which
 * errors come in which order, who may cancel whom).
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "abi/cpumask.h"
#include "base/region.h"
#include "base/shortage.h"
#include "bpf/addrmap.h"
#include "bpf/env.h"
#include "bpf/map.h"
#include "bpf/prog.h"
#include "bpf/record.h"
#include "bpf/timer.h"
#include "bpf/vm.h"

#define TIMER_FLAGS_MAX 16 /* MAX_CLOCKS */

/* --- the field --- */

static struct vm_timer *any_timer_at(u64 field)
{
	return field ? addrmap_get(&vm_state.timer.by_field, field) : NULL;
}

static struct vm_timer *timer_at(u64 field, enum vm_timer_kind kind)
{
	struct vm_timer *t = any_timer_at(field);

	return t && t->kind == kind ? t : NULL;
}

static void set_callback(struct vm_timer *t, struct prog *prog, u64 callback)
{
	struct prog *old = t->prog;

	if (prog)
		prog_get(prog);
	t->prog = prog;
	t->callback = callback;
	prog_put(old);
}

static void list_add(struct vm_timer *t)
{
	t->next = vm_state.timer.all;
	if (t->next)
		t->next->prev = t;
	vm_state.timer.all = t;
}

static void list_del(struct vm_timer *t)
{
	*(t->prev ? &t->prev->next : &vm_state.timer.all) = t->next;
	if (t->next)
		t->next->prev = t->prev;
}

static void destroy(struct vm_timer *t)
{
	list_del(t);
	set_callback(t, NULL, 0);
	ENV->timer_free(t);
	region_free(ZONE_KOBJ, t->index, sizeof(*t->index));
	free(t);
}

/* Its value has gone: so does the timer, once nobody is in it. */
static void destroy_unused(struct vm_timer *t)
{
	if (t->freed && !t->running && !t->queued && !t->waiters)
		destroy(t);
}

static struct vm_timer *timer_new(u64 field)
{
	struct vm_timer *t = shortage_calloc(1, sizeof(*t));

	t->home = field;
	t->index = region_alloc(ZONE_KOBJ, sizeof(*t->index), 0);
	if (t->index) {
		addrmap_set(&vm_state.timer.by_field, field, t);
		list_add(t);
		return t;
	}
	region_free(ZONE_KOBJ, t->index, sizeof(*t->index));
	free(t);
	return NULL;
}

static s64 init(u64 field, struct map *map, enum vm_timer_kind kind, u32 field_kind)
{
	struct vm_timer *t;
	s32 off = record_off(map->record, field_kind);

	if (off < 0 || !map_holds(map, field - off))
		return -EINVAL;
	if (any_timer_at(field))
		return -EBUSY;
	/* nobody in user space would ever stop it */
	if (map->no_urefs)
		return -EPERM;
	t = timer_new(field);
	if (!t)
		return -ENOMEM;
	t->kind = kind;
	t->map = map;
	t->value = field - off;
	return 0;
}

static void run_callback(struct vm_timer *t)
{
	u64 args[3] = { map_guest_addr(t->map), 0, t->value };
	struct prog *prog = t->prog;

	args[1] = map_key_of_value(t->map, t->value, t->index);
	prog_get(prog);
	t->running++;
	prog_call_func(t->callback, args, ARRAY_SIZE(args));
	t->running--;
	prog_put(prog);
}

/* --- bpf_timer --- */

s64 vm_timer_init(u64 field, struct map *map, u64 flags)
{
	const u64 clock = flags & (TIMER_FLAGS_MAX - 1);

	if (flags >= TIMER_FLAGS_MAX ||
	    (clock != CLOCK_MONOTONIC && clock != CLOCK_REALTIME && clock != CLOCK_BOOTTIME))
		return -EINVAL;
	return init(field, map, VM_TIMER, FIELD_TIMER);
}

s64 vm_timer_set_callback(u64 field, u64 callback, struct prog *prog)
{
	struct vm_timer *t = timer_at(field, VM_TIMER);

	if (!t)
		return -EINVAL;
	if (t->map->no_urefs)
		return -EPERM;
	set_callback(t, prog, callback);
	return 0;
}

s64 vm_timer_start(u64 field, u64 nsecs, u64 flags)
{
	struct vm_timer *t = timer_at(field, VM_TIMER);
	u64 now = ENV->ktime_ns();

	if (flags & ~(u64)(BPF_F_TIMER_ABS | BPF_F_TIMER_CPU_PIN))
		return -EINVAL;
	if (!t || !t->prog)
		return -EINVAL;
	if (!(flags & BPF_F_TIMER_ABS))
		nsecs = nsecs > INT64_MAX - now ? INT64_MAX : now + nsecs;
	t->expires_ns = nsecs;
	return ENV->timer_start(t, nsecs, flags & BPF_F_TIMER_CPU_PIN);
}

static void wait_for_callback(struct vm_timer *t)
{
	t->waiters++;
	while (t->running && !ENV->spin_wait(&t->running, t->running, false))
		;
	t->waiters--;
}

/* A callback that cancels another waits for it; two that wait for each other would not end. */
static s64 cancel_and_wait(struct vm_timer *t, struct vm_timer *self)
{
	bool pending;

	if (self)
		t->cancelling++;
	if (self && self->cancelling) {
		t->cancelling--;
		return -EDEADLK;
	}
	set_callback(t, NULL, 0);
	pending = ENV->timer_cancel(t);
	wait_for_callback(t);
	if (self)
		t->cancelling--;
	destroy_unused(t);
	return pending;
}

s64 vm_timer_cancel(u64 field)
{
	struct vm_timer *t = timer_at(field, VM_TIMER), *self = vm_state.timer.running[ENV->cpu()];

	if (ENV->timer_ops_deferred())
		return -EOPNOTSUPP;
	if (!t)
		return -EINVAL;
	return self == t ? -EDEADLK : cancel_and_wait(t, self);
}

void vm_timer_fire(struct vm_timer *t)
{
	struct vm_timer **self = &vm_state.timer.running[ENV->cpu()], *outer = *self;

	if (!t->callback)
		return;
	*self = t;
	run_callback(t);
	*self = outer;
	destroy_unused(t);
}

/* --- bpf_wq --- */

s64 vm_work_init(u64 field, struct map *map, u64 flags)
{
	return flags ? -EINVAL : init(field, map, VM_WORK, FIELD_WORKQUEUE);
}

s64 vm_work_set_callback(u64 field, u64 callback, struct prog *prog, u64 flags)
{
	struct vm_timer *w = timer_at(field, VM_WORK);

	if (flags || !w)
		return -EINVAL;
	set_callback(w, prog, callback);
	return 0;
}

s64 vm_work_start(u64 field, u64 flags)
{
	struct vm_timer *w = timer_at(field, VM_WORK);

	if (flags || !w || !w->prog)
		return -EINVAL;
	if (w->queued)
		return 0;
	w->queued = true;
	return ENV->work_queue(w);
}

void vm_work_fire(struct vm_timer *w)
{
	w->queued = false;
	if (w->callback && !w->freed)
		run_callback(w);
	destroy_unused(w);
}

/* --- bpf_task_work: needs no init, and takes its callback anew each time --- */

s64 vm_task_work_schedule(u64 field, struct map *map, u64 task, u64 callback, struct prog *prog,
			  bool signal)
{
	struct vm_timer *w = timer_at(field, VM_TASK_WORK);
	s64 err;

	if (map->no_urefs)
		return -EPERM;
	if (!w) {
		err = init(field, map, VM_TASK_WORK, FIELD_TASK_WORK);
		if (err)
			return err;
		w = timer_at(field, VM_TASK_WORK);
	}
	if (w->queued || w->running)
		return -EBUSY;
	set_callback(w, prog, callback);
	w->queued = true;
	ENV->task_work(w, task, signal);
	return 0;
}

void vm_task_work_fire(struct vm_timer *w, bool run)
{
	w->queued = false;
	if (run && !w->freed) {
		ENV->migrate_disable();
		run_callback(w);
		ENV->migrate_enable();
	}
	set_callback(w, NULL, 0);
	destroy_unused(w);
}

/* --- the end --- */

void vm_timer_free(u64 field)
{
	struct vm_timer *t = any_timer_at(field);

	if (!t)
		return;
	addrmap_del(&vm_state.timer.by_field, field);
	t->home = 0;
	t->freed = true;
	if (t->kind == VM_TIMER)
		ENV->timer_cancel(t);
	destroy_unused(t);
}

void vm_timers_reset(void)
{
	memset(vm_state.timer.running, 0, sizeof(vm_state.timer.running));
	addrmap_finish(&vm_state.timer.by_field);
	while (vm_state.timer.all) /* queued when the machine ended */
		destroy(vm_state.timer.all);
}
