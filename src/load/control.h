/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * control.h - telling a running thread what to do, as a scenario's actions do.
 *
 * An order is phases that the thread runs once, when it next executes user code,
 * as a signal handler would: a run is interrupted and goes on afterwards with what
 * is left of it. A new spec comes in place of what the thread does, for good.
 *
 *	{"run": "forever"}  ◀── order {"yield": ""}: runs, yields, runs on
 *	{"suspend": true}   ◀── order, woken: does it, suspends again
 *	any                 ◀── new spec: what it did is abandoned
 *
 * System calls are not interrupted, {"suspend": ...} apart. Only workloads with a
 * struct thread_control take orders.
 */
#ifndef KS_LOAD_CONTROL_H
#define KS_LOAD_CONTROL_H

#include "load/thread.h"

/* ---- from any task ---- */

/* Run the phases of @spec once. @wake: end a suspend for it. @spec outlives the thread. */
void control_order(struct thread *t, const struct thread_spec *spec, bool wake);
/* Go on with @spec from now on. */
void control_replace(struct thread *t, const struct thread_spec *spec, bool wake);
/* End the suspend that it is in; false: it is in none */
bool control_resume(struct thread *t);

/* ---- from the thread itself ---- */

/* is there anything to do? run() of struct thread_control returns early if so */
static inline bool thread_poked(const struct thread *t)
{
	return t->orders || t->next_spec;
}

/* Do what was ordered. */
void control_poll(struct thread *t);
void control_run(struct thread *t, u64 ns);
void control_suspend(struct thread *t, struct ucond *c);

#endif
