/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * points.h - where the model may be held by a schedule (engine/schedule.h), and what it adds to
 * a point: whose program runs there, and how far ahead the CPU is.
 *
 *	engine_charge(machine->engine, machine->cost.lock_ns + point_hold(POINT_LOCK, l, true));
 *
 * Without a schedule each is a branch.
 */
#ifndef KS_KERN_POINTS_H
#define KS_KERN_POINTS_H

#include "engine/schedule.h"

u64 point_reached(enum point_kind kind, u64 addr, bool write);
u64 point_reached_of(enum point_kind kind, s32 cpu, u64 addr);
void point_wait(enum point_kind kind, u64 addr, bool write);

/* The executing CPU is about to do so with what lies at @addr: for how long it is held, ns */
static inline u64 point_hold(enum point_kind kind, const void *addr, bool write)
{
	return schedule_is_set() ? point_reached(kind, (uintptr_t)addr, write) : 0;
}

/* The same of hardware that belongs to @cpu: in no program, whoever executes. */
static inline u64 point_hold_of(enum point_kind kind, s32 cpu, const void *addr)
{
	return schedule_is_set() ? point_reached_of(kind, cpu, (uintptr_t)addr) : 0;
}

/* point_hold() where nothing else is paid for: it is held here and now. */
static inline void point_here(enum point_kind kind, const void *addr, bool write)
{
	if (schedule_is_set())
		point_wait(kind, (uintptr_t)addr, write);
}

#endif
