// SPDX-License-Identifier: GPL-2.0-only
/*
 * poll.c - waiting for descriptors and signals. The host is asked without waiting;
 * until it has something, the machine runs. A timerfd is an eventfd that a timer of
 * the machine writes to: the same eight bytes come out of it. (epoll_wait() is in
 * sys/interpose.c, since ring buffers need it in any case.)
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <sys/uio.h>
#include <unistd.h>
#include "exec/ident.h"
#include "exec/process.h"
#include "kern/sched.h"
#include "sys/host.h"
#include "sys/vfs.h"

#define NS 1000000000ULL

/* ---- poll and select ---- */

struct poll_look {
	struct pollfd *fds;
	nfds_t nr;
	int n;
};

static bool poll_now(void *arg)
{
	struct poll_look *l = arg;

	l->n = HOST(poll)(l->fds, l->nr, 0);
	if (l->n < 0)
		l->n = -errno;
	return l->n;
}

static u64 timeout_until(const struct timespec *ts)
{
	return ts ? now_ns() + ts->tv_sec * NS + ts->tv_nsec : ~0ULL;
}

/* in the kernel; leaves it */
static int wait_poll(struct poll_look *l, u64 until_ns)
{
	int ret = process_wait(poll_now, l, until_ns);

	process_leave();
	return (int)to_errno(ret < 0 ? ret : l->n);
}

KS_PUBLIC int poll(struct pollfd *fds, nfds_t nr, int timeout)
{
	struct poll_look l = { fds, nr, 0 };

	if (!process_enter())
		return HOST(poll)(fds, nr, timeout);
	return wait_poll(&l, timeout < 0 ? ~0ULL : now_ns() + timeout * 1000000ULL);
}

KS_PUBLIC int ppoll(struct pollfd *fds, nfds_t nr, const struct timespec *ts, const sigset_t *mask)
{
	struct poll_look l = { fds, nr, 0 };
	sigset_t old;
	int ret;

	if (!process_user)
		return HOST(ppoll)(fds, nr, ts, mask);
	if (mask)
		sigprocmask(SIG_SETMASK, mask, &old);
	process_enter();
	ret = wait_poll(&l, timeout_until(ts));
	if (mask)
		sigprocmask(SIG_SETMASK, &old, NULL);
	return ret;
}

struct select_look {
	int nr, n;
	fd_set *sets[3], asked[3];
};

static bool select_now(void *arg)
{
	struct select_look *l = arg;
	struct timeval none = { 0 };
	int i;

	for (i = 0; i < 3; i++)
		if (l->sets[i])
			*l->sets[i] = l->asked[i];
	l->n = HOST(select)(l->nr, l->sets[0], l->sets[1], l->sets[2], &none);
	if (l->n < 0)
		l->n = -errno;
	return l->n;
}

static int wait_select(struct select_look *l, u64 until_ns)
{
	int ret, i;

	for (i = 0; i < 3; i++)
		if (l->sets[i])
			l->asked[i] = *l->sets[i];
	ret = process_wait(select_now, l, until_ns);
	process_leave();
	return (int)to_errno(ret < 0 ? ret : l->n);
}

KS_PUBLIC int select(int nr, fd_set *r, fd_set *w, fd_set *e, struct timeval *tv)
{
	struct select_look l = { .nr = nr, .sets = { r, w, e } };

	if (!process_enter())
		return HOST(select)(nr, r, w, e, tv);
	return wait_select(&l, tv ? now_ns() + tv->tv_sec * NS + tv->tv_usec * 1000ULL : ~0ULL);
}

KS_PUBLIC int pselect(int nr, fd_set *r, fd_set *w, fd_set *e, const struct timespec *ts,
		      const sigset_t *mask)
{
	struct select_look l = { .nr = nr, .sets = { r, w, e } };
	sigset_t old;
	int ret;

	if (!process_user)
		return HOST(pselect)(nr, r, w, e, ts, mask);
	if (mask)
		sigprocmask(SIG_SETMASK, mask, &old);
	process_enter();
	ret = wait_select(&l, timeout_until(ts));
	if (mask)
		sigprocmask(SIG_SETMASK, &old, NULL);
	return ret;
}

KS_PUBLIC int epoll_pwait(int epfd, struct epoll_event *events, int max, int timeout,
			  const sigset_t *mask)
{
	sigset_t old;
	int ret;

	if (mask)
		sigprocmask(SIG_SETMASK, mask, &old);
	ret = epoll_wait(epfd, events, max, timeout);
	if (mask)
		sigprocmask(SIG_SETMASK, &old, NULL);
	return ret;
}

KS_PUBLIC int epoll_pwait2(int epfd, struct epoll_event *events, int max, const struct timespec *ts,
			   const sigset_t *mask)
{
	u64 ms = ts ? ts->tv_sec * 1000ULL + (ts->tv_nsec + 999999ULL) / 1000000 : 0;

	if (!process_user)
		return HOST(epoll_pwait2)(epfd, events, max, ts, mask);
	return epoll_pwait(epfd, events, max, !ts ? -1 : ms > INT_MAX ? INT_MAX : (int)ms, mask);
}

/* ---- reading what is not there yet ---- */

static bool would_block(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	int flags = fcntl(fd, F_GETFL);

	return flags >= 0 && !(flags & O_NONBLOCK) && !HOST(poll)(&p, 1, 0);
}

/* a socket's SO_RCVTIMEO is a virtual time too */
static u64 input_until(int fd)
{
	struct timeval tv = { 0 };
	socklen_t len = sizeof(tv);

	if (getsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &tv, &len) || (!tv.tv_sec && !tv.tv_usec))
		return ~0ULL;
	return now_ns() + tv.tv_sec * NS + tv.tv_usec * 1000ULL;
}

/* Loader code is about to ask the host for input: false with errno, if there will be none. */
static bool wait_input(int fd, int flags)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	struct poll_look l = { &p, 1, 0 };
	int ret;

	if (!process_user || flags & MSG_DONTWAIT || !would_block(fd) || !process_enter())
		return true;
	ret = wait_poll(&l, input_until(fd));
	if (!ret)
		errno = EAGAIN;
	return ret > 0;
}

KS_PUBLIC ssize_t read(int fd, void *buf, size_t len)
{
	return wait_input(fd, 0) ? HOST(read)(fd, buf, len) : -1;
}

KS_PUBLIC ssize_t readv(int fd, const struct iovec *iov, int nr)
{
	return wait_input(fd, 0) ? HOST(readv)(fd, iov, nr) : -1;
}

KS_PUBLIC ssize_t recv(int fd, void *buf, size_t len, int flags)
{
	return wait_input(fd, flags) ? HOST(recv)(fd, buf, len, flags) : -1;
}

KS_PUBLIC ssize_t recvfrom(int fd, void *buf, size_t len, int flags, struct sockaddr *addr,
			   socklen_t *addr_len)
{
	return wait_input(fd, flags) ? HOST(recvfrom)(fd, buf, len, flags, addr, addr_len) : -1;
}

KS_PUBLIC ssize_t recvmsg(int fd, struct msghdr *msg, int flags)
{
	return wait_input(fd, flags) ? HOST(recvmsg)(fd, msg, flags) : -1;
}

KS_PUBLIC int accept(int fd, struct sockaddr *addr, socklen_t *len)
{
	return wait_input(fd, 0) ? HOST(accept)(fd, addr, len) : -1;
}

KS_PUBLIC int accept4(int fd, struct sockaddr *addr, socklen_t *len, int flags)
{
	return wait_input(fd, 0) ? HOST(accept4)(fd, addr, len, flags) : -1;
}

/* ---- writing to the machine's files ---- */

KS_PUBLIC ssize_t write(int fd, const void *buf, size_t len)
{
	long ret;

	if (!process_user || !vfs_is_writer(fd) || !process_enter())
		return HOST(write)(fd, buf, len);
	ret = vfs_write(fd, buf, len);
	process_leave();
	return to_errno(ret);
}

/* ---- timerfd ---- */

struct timer_fd {
	bool used;
	bool realtime;
	u64 next_ns, interval_ns; /* next_ns 0: disarmed */
	struct hrtimer timer;
};

static void timer_fires(struct hrtimer *t)
{
	struct timer_fd *tf = container_of(t, struct timer_fd, timer);
	u64 one = 1;
	int fd;

	for (fd = 0; fd < TIMER_FDS_MAX && exec_state.timers[fd] != tf; fd++)
		;
	if (fd == TIMER_FDS_MAX)
		return;
	tf->next_ns = tf->interval_ns ? tf->next_ns + tf->interval_ns : 0;
	if (write(fd, &one, sizeof(one)) == sizeof(one) && tf->next_ns)
		hrtimer_start(t, max(tf->next_ns, now_ns()), -1);
}

/* close() comes by poll_closing(), so a number is not taken for another file. */
static struct timer_fd *timer_of(int fd)
{
	return fd >= 0 && fd < TIMER_FDS_MAX && exec_state.timers[fd] &&
			       exec_state.timers[fd]->used ?
		       exec_state.timers[fd] :
		       NULL;
}

/* -errno, if @fd is no number for one or there is no memory for it */
static int begin_timer(int fd, bool realtime)
{
	struct timer_fd **tf = &exec_state.timers[fd];

	if (fd >= TIMER_FDS_MAX)
		return -EMFILE;
	*tf = *tf ?: calloc(1, sizeof(**tf));
	if (!*tf)
		return -ENOMEM;
	(*tf)->used = true;
	(*tf)->realtime = realtime;
	(*tf)->next_ns = 0;
	hrtimer_init(&(*tf)->timer, false, timer_fires);
	return 0;
}

KS_PUBLIC int timerfd_create(int clock, int flags)
{
	int fd, err;

	if (!process_enter())
		return HOST(timerfd_create)(clock, flags);
	fd = eventfd(0, (flags & TFD_NONBLOCK ? EFD_NONBLOCK : 0) |
				(flags & TFD_CLOEXEC ? EFD_CLOEXEC : 0));
	err = fd < 0 ? -EMFILE : begin_timer(fd, clock == CLOCK_REALTIME);
	if (fd >= 0 && err)
		HOST(close)(fd);
	process_leave();
	return err ? (int)to_errno(err) : fd;
}

static u64 spec_ns(const struct timespec *ts)
{
	return ts->tv_sec * NS + ts->tv_nsec;
}

static void fill_spec(const struct timer_fd *tf, struct itimerspec *out)
{
	u64 left = tf->next_ns > now_ns() ? tf->next_ns - now_ns() : 0;

	out->it_value = (struct timespec){ (time_t)(left / NS), (long)(left % NS) };
	out->it_interval =
		(struct timespec){ (time_t)(tf->interval_ns / NS), (long)(tf->interval_ns % NS) };
}

static void arm(struct timer_fd *tf, bool absolute, const struct itimerspec *spec)
{
	u64 at = spec_ns(&spec->it_value), base = tf->realtime ? PROCESS_EPOCH_S * NS : 0;

	hrtimer_cancel(&tf->timer);
	tf->interval_ns = spec_ns(&spec->it_interval);
	tf->next_ns = 0;
	if (!at)
		return;
	if (!absolute)
		tf->next_ns = now_ns() + at;
	else
		tf->next_ns = max(at > base ? at - base : 0, now_ns() + 1);
	hrtimer_start(&tf->timer, tf->next_ns, -1);
}

KS_PUBLIC int timerfd_settime(int fd, int flags, const struct itimerspec *spec,
			      struct itimerspec *old)
{
	struct timer_fd *tf = timer_of(fd);

	if (!tf || !process_enter())
		return HOST(timerfd_settime)(fd, flags, spec, old);
	if (old)
		fill_spec(tf, old);
	arm(tf, flags & TFD_TIMER_ABSTIME, spec);
	process_leave();
	return 0;
}

KS_PUBLIC int timerfd_gettime(int fd, struct itimerspec *out)
{
	struct timer_fd *tf = timer_of(fd);

	if (!tf || !process_enter())
		return HOST(timerfd_gettime)(fd, out);
	fill_spec(tf, out);
	process_leave();
	return 0;
}

void poll_closing(int fd)
{
	struct timer_fd *tf = timer_of(fd);

	vfs_closed(fd);
	if (!tf)
		return;
	hrtimer_cancel(&tf->timer);
	tf->used = false;
}

/* ---- signals ---- */

struct signal_look {
	const sigset_t *set;
	siginfo_t *info;
	int signal;
};

static bool signal_now(void *arg)
{
	static const struct timespec none;
	struct signal_look *l = arg;

	l->signal = HOST(sigtimedwait)(l->set, l->info, &none);
	return l->signal > 0;
}

KS_PUBLIC int sigtimedwait(const sigset_t *set, siginfo_t *info, const struct timespec *ts)
{
	struct signal_look l = { set, info, -1 };
	int ret;

	if (!process_enter())
		return HOST(sigtimedwait)(set, info, ts);
	ret = process_wait(signal_now, &l, timeout_until(ts));
	process_leave();
	return ret > 0 ? l.signal : (int)to_errno(ret ? ret : -EAGAIN);
}

KS_PUBLIC int sigwaitinfo(const sigset_t *set, siginfo_t *info)
{
	return process_user ? sigtimedwait(set, info, NULL) : HOST(sigwaitinfo)(set, info);
}

KS_PUBLIC int sigwait(const sigset_t *set, int *out)
{
	int ret;

	if (!process_user)
		return HOST(sigwait)(set, out);
	do
		ret = sigtimedwait(set, NULL, NULL);
	while (ret < 0 && errno == EINTR);
	if (ret > 0)
		*out = ret;
	return ret > 0 ? 0 : errno;
}

KS_PUBLIC int sigsuspend(const sigset_t *mask)
{
	sigset_t old;

	if (!process_user)
		return HOST(sigsuspend)(mask);
	sigprocmask(SIG_SETMASK, mask, &old);
	pause();
	sigprocmask(SIG_SETMASK, &old, NULL);
	return (int)to_errno(-EINTR);
}
