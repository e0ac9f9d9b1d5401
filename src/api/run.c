// SPDX-License-Identifier: GPL-2.0-only
/*
 * run.c - running: for a time, or until something happens. A run goes in steps of
 * fixed virtual length, whether or not anybody watches its progress, and where it
 * stops between them changes nothing of what the machine does.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "api/handle.h"
#include "api/provenance.h"
#include "api/verdict.h"
#include "kern/account.h"
#include "kern/loader.h"
#include "kern/ext/ext.h"
#include "kern/lockup.h"
#include "kern/machine.h"
#include "load/workload.h"
#include "sys/door.h"

#define STEP_NS (10 * NSEC_PER_MSEC)

/* ---- the beginning ---- */

static void start_workload(void *arg)
{
	struct ks_machine *km = arg;
	struct workload *w = km->workload;
	struct workload_missing first;

	if (workload_start(w) && workload_missing(w, 0, &first))
		api_log(km, KS_WARNING,
			"the workload has %llu of its %llu tasks: '%s' cannot be forked: "
			"%s",
			workload_nr_created(w), workload_nr_wanted(w), first.comm,
			strerror(-first.err));
}

KS_PUBLIC int ks_machine_workload(struct ks_machine *km, const char *spec)
{
	char why[512] = "";
	int err = api_enter(km, API_OUTSIDE) || api_need(spec);

	if (err)
		return KS_USAGE;
	if (km->workload)
		return api_fail(KS_USAGE, "the machine has its workload already");
	if (km->begun)
		return api_fail(KS_USAGE,
				"the workload comes before the first run and the first task");
	err = workload_open(spec, &km->workload, why, sizeof(why));
	if (!err && !(km->workload_spec = strdup(spec)))
		return api_fail(KS_USAGE, "out of memory");
	return err ? api_fail(KS_USAGE, "%s", *why ? why : strerror(-err)) : KS_OK;
}

int machine_begin(struct ks_machine *km)
{
	int err;

	if (km->begun)
		return KS_OK;
	account_begin();
	err = km->workload ? loader_post(start_workload, km) : 0;
	if (err)
		return api_fail(KS_USAGE, "the workload cannot start: %s", strerror(-err));
	km->begun = true;
	verdict_start(km);
	provenance_tell(km);
	return KS_OK;
}

/* ---- the end ---- */

static bool was_ejected(u64 since)
{
	return scx.last_exit.valid && scx.last_exit.kind >= SCX_EXIT_ERROR &&
	       scx.last_exit.enable_seq >= since;
}

bool machine_exit_was_early(const struct ks_machine *km)
{
	u64 begin_ns = km->workload ? km->workload->begin_ns : km->m->acc.begin_ns;

	return scx.last_exit.valid && (!km->begun || scx.last_exit.claim_ns < begin_ns);
}

/* A full disk, mostly. What was written so far goes with the machine. */
static int lost_trace(const struct ks_machine *km)
{
	const struct trace *t = &km->stream;

	return api_fail(KS_USAGE,
			"%s: cannot be written: %s; the run was ended at %llu.%09llu s of "
			"virtual time: make room, or run for a shorter time",
			t->broken->path, strerror(-t->broken->err), t->broken_ns / NSEC_PER_SEC,
			t->broken_ns % NSEC_PER_SEC);
}

int machine_verdict(const struct ks_machine *km, u64 since)
{
	const struct machine *m = km->m;

	if (km->stream.broken)
		return lost_trace(km);
	if (m->lockup)
		return api_fail(KS_LOCKUP, "the machine locked up at %llu ns: %s", m->lockup->at_ns,
				m->lockup->text);
	if (m->guest_fault[0])
		return api_fail(KS_EJECTED, "%s", m->guest_fault);
	if (was_ejected(since))
		return api_fail(KS_EJECTED, "scheduler '%s' was ejected: %s (%s)",
				scx.last_exit.name, scx.last_exit.reason, scx.last_exit.msg);
	if (m->given_up)
		return api_fail(KS_INTERRUPTED,
				"the machine cannot go on: at %llu ns of virtual time "
				"somebody stopped waiting for what it was to do; make a new one",
				now_ns());
	if (km->stopped_short_ns)
		return api_fail(KS_INTERRUPTED, "interrupted at %llu ns of virtual time", now_ns());
	return KS_OK;
}

int machine_in_task(struct ks_machine *km, void (*fn)(void *arg), void *arg)
{
	u64 since = scx.enable_seq;
	int err = loader_run(fn, arg, 0), status;

	if (!err)
		return KS_OK;
	status = machine_verdict(km, since);
	return status ? status :
			api_fail(KS_FAILED, "the machine did not come to it: %s", strerror(-err));
}

/* ---- in between ---- */

/* A libbpf of the user's may have closed links meanwhile: let go of them. */
static void begin_run(struct ks_machine *km)
{
	door_reap();
	km->running = true;
	km->stopped_short_ns = 0;
}

static int end_run(struct ks_machine *km, u64 since, u64 end)
{
	if (km->stop && now_ns() < end && !km->m->ended) {
		km->stopped_short_ns = end == KS_FOREVER ? KS_FOREVER : end - now_ns();
		km->stop = 0;
	}
	km->running = false;
	return machine_verdict(km, since);
}

static bool may_go_on(const struct ks_machine *km, u64 end)
{
	return now_ns() < end && !km->m->ended && !km->m->given_up && !km->stop &&
	       !km->stream.broken;
}

/* Up to @end, or until somebody ends the run; @start is where the progress line counts from. */
static enum run_over advance(struct ks_machine *km, u64 start, u64 end)
{
	km->over = RUN_GOES_ON;
	while (may_go_on(km, end) && !km->over) {
		machine_run(km->m, min(now_ns() + STEP_NS, end));
		if (km->progress)
			km->progress(km->progress_arg, now_ns() - start, end - start);
	}
	return km->over;
}

static u64 time_after(u64 ns)
{
	return ns > KS_FOREVER - now_ns() ? KS_FOREVER : now_ns() + ns;
}

KS_PUBLIC int ks_machine_run(struct ks_machine *km, uint64_t duration_ns)
{
	int err = api_enter(km, API_OUTSIDE);
	u64 since, end;

	if (!err)
		err = machine_begin(km);
	if (err)
		return err;
	since = scx.enable_seq;
	end = time_after(duration_ns);
	begin_run(km);
	advance(km, now_ns(), end);
	return end_run(km, since, end);
}

static int did_not_come(const struct ks_until *until)
{
	if (until->condition)
		return api_fail(KS_FAILED, "the condition did not come to hold within %llu ns",
				(u64)until->ns);
	return api_fail(KS_FAILED, "no event '%s' came within %llu ns",
			until->events ? until->events : "*", (u64)until->ns);
}

/* Has it come to what is waited for? */
static bool run_to(struct ks_machine *km, const struct ks_until *until, u64 end)
{
	u64 start = now_ns();

	if (until->condition && until->condition(until->arg, km))
		return true;
	while (may_go_on(km, end))
		switch (advance(km, start, end)) {
		case RUN_EVENT_CAME:
			if (!until->condition || until->condition(until->arg, km))
				return true;
			break;
		case RUN_LISTENER_ENDS:
			return true;
		default:
			break;
		}
	return false;
}

KS_PUBLIC int ks_machine_run_until(struct ks_machine *km, const struct ks_until *until)
{
	struct ks_until u;
	u64 since, end;
	bool came;
	int err;

	if (api_enter(km, API_OUTSIDE) || api_need(until) ||
	    api_take(&u, sizeof(u), until, "ks_until"))
		return KS_USAGE;
	if (!u.ns)
		return api_fail(
			KS_USAGE,
			"ks_machine_run_until: ns is 0: say how long at most, or KS_FOREVER");
	err = machine_begin(km);
	if (!err)
		err = listen_wait(km, u.events);
	if (err)
		return err;
	since = scx.enable_seq;
	end = time_after(u.ns);
	begin_run(km);
	came = run_to(km, &u, end);
	listen_wait_over(km);
	err = end_run(km, since, end);
	return err || came ? err : did_not_come(&u);
}

KS_PUBLIC void ks_machine_stop(struct ks_machine *km)
{
	if (!km)
		return;
	km->stop = 1;
	loader_interrupt();
}

KS_PUBLIC void ks_machine_on_progress(struct ks_machine *km,
				      void (*progress)(void *arg, uint64_t done_ns, uint64_t of_ns),
				      void *arg)
{
	if (api_enter(km, API_ANYWHERE))
		return;
	km->progress = progress;
	km->progress_arg = arg;
}

KS_PUBLIC uint64_t ks_machine_now(const struct ks_machine *km)
{
	return km && km == api_machine ? now_ns() : 0;
}
