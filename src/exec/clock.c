// SPDX-License-Identifier: GPL-2.0-only
/* clock.c - what time it is, and sleeping: both in virtual time. */
#include <errno.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>
#include "exec/process.h"
#include "kern/sched.h"
#include "sys/host.h"

#define NS 1000000000ULL

static struct timespec to_timespec(u64 ns)
{
	return (struct timespec){ .tv_sec = (time_t)(ns / NS), .tv_nsec = (long)(ns % NS) };
}

static bool valid(const struct timespec *ts)
{
	return ts->tv_sec >= 0 && ts->tv_nsec >= 0 && ts->tv_nsec < (long)NS;
}

static u64 to_ns(const struct timespec *ts)
{
	return ts->tv_sec > (time_t)(1ULL << 33) ? ~0ULL >> 1 : ts->tv_sec * NS + ts->tv_nsec;
}

/* CPU time is counted to the task's last stop; what the loader sees is behind by less than a tick */
static u64 clock_ns(clockid_t clock)
{
	switch (clock) {
	case CLOCK_REALTIME:
	case CLOCK_REALTIME_COARSE:
	case CLOCK_TAI:
		return PROCESS_EPOCH_S * NS + now_ns();
	case CLOCK_PROCESS_CPUTIME_ID:
	case CLOCK_THREAD_CPUTIME_ID:
		return host_of(current)->m->runtime_ns;
	default:
		return now_ns();
	}
}

/* virtual time of an absolute @ns of @clock */
static u64 from_clock(clockid_t clock, u64 ns)
{
	u64 base = clock == CLOCK_REALTIME || clock == CLOCK_TAI ? PROCESS_EPOCH_S * NS : 0;

	return ns > base ? ns - base : 0;
}

static u64 read_clock(clockid_t clock)
{
	u64 ns = clock_ns(clock);

	process_leave();
	return ns;
}

/* Unknown ones, and CPU clocks of others. The vdso's system call is nobody's of the loader. */
static int host_clock(clockid_t clock, struct timespec *ts)
{
	const bool user = process_user;
	int ret;

	process_user = false;
	ret = HOST(clock_gettime)(clock, ts);
	process_user = user;
	return ret;
}

KS_PUBLIC int clock_gettime(clockid_t clock, struct timespec *ts)
{
	if (clock < 0 || clock > CLOCK_TAI)
		return host_clock(clock, ts);
	if (!process_enter())
		return HOST(clock_gettime)(clock, ts);
	*ts = to_timespec(read_clock(clock));
	return 0;
}

KS_PUBLIC int gettimeofday(struct timeval *tv, void *tz)
{
	struct timespec ts;

	if (!process_enter())
		return HOST(gettimeofday)(tv, tz);
	ts = to_timespec(read_clock(CLOCK_REALTIME));
	*tv = (struct timeval){ .tv_sec = ts.tv_sec, .tv_usec = ts.tv_nsec / 1000 };
	if (tz)
		memset(tz, 0, sizeof(struct timezone));
	return 0;
}

KS_PUBLIC time_t time(time_t *out)
{
	time_t now;

	if (!process_enter())
		return HOST(time)(out);
	now = (time_t)(read_clock(CLOCK_REALTIME) / NS);
	if (out)
		*out = now;
	return now;
}

KS_PUBLIC clock_t clock(void)
{
	if (!process_enter())
		return HOST(clock)();
	return (clock_t)(read_clock(CLOCK_PROCESS_CPUTIME_ID) / (NS / CLOCKS_PER_SEC));
}

/* ---- sleeping ---- */

/* 0, or EINTR with *@left_ns; in and out of the kernel */
static int sleep_until(u64 until_ns, u64 *left_ns)
{
	int ret = process_wait(NULL, NULL, until_ns);

	*left_ns = until_ns > now_ns() ? until_ns - now_ns() : 0;
	process_leave();
	return -ret;
}

KS_PUBLIC int clock_nanosleep(clockid_t clock, int flags, const struct timespec *req,
			      struct timespec *rem)
{
	u64 until, left;
	int err;

	if (!process_enter())
		return HOST(clock_nanosleep)(clock, flags, req, rem);
	if (!valid(req)) {
		process_leave();
		return EINVAL;
	}
	until = flags & TIMER_ABSTIME ? from_clock(clock, to_ns(req)) : now_ns() + to_ns(req);
	err = sleep_until(until, &left);
	if (err && rem && !(flags & TIMER_ABSTIME))
		*rem = to_timespec(left);
	return err;
}

KS_PUBLIC int nanosleep(const struct timespec *req, struct timespec *rem)
{
	if (!process_user)
		return HOST(nanosleep)(req, rem);
	return (int)to_errno(-clock_nanosleep(CLOCK_MONOTONIC, 0, req, rem));
}

KS_PUBLIC int usleep(useconds_t us)
{
	struct timespec ts = to_timespec(us * 1000ULL);

	return nanosleep(&ts, NULL);
}

KS_PUBLIC unsigned int sleep(unsigned int seconds)
{
	struct timespec ts = { .tv_sec = seconds }, left = { 0 };

	if (!nanosleep(&ts, &left))
		return 0;
	return (unsigned int)left.tv_sec + (left.tv_nsec >= (long)NS / 2);
}

KS_PUBLIC int pause(void)
{
	int ret;

	if (!process_enter())
		return HOST(pause)();
	ret = process_wait(NULL, NULL, ~0ULL);
	process_leave();
	return (int)to_errno(ret);
}
