// SPDX-License-Identifier: GPL-2.0-only
/*
 * poll.c - epoll on our descriptors. They are memfds, which the host's epoll
 * refuses with EPERM, so a list of who watches what is kept here and looked at
 * before the real epoll_wait(). Level-triggered, as the kernel's ring buffers are:
 * a descriptor is reported as long as its map has something to read.
 */
#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include "bpf/map.h"
#include "sys/door.h"

struct watch {
	struct watch *next;
	int epfd;
	u32 map_id;
	struct epoll_event event;
};

static struct watch **find_watch(int epfd, u32 map_id)
{
	struct watch **w;

	for (w = &sys_state.watches; *w; w = &(*w)->next)
		if ((*w)->epfd == epfd && (*w)->map_id == map_id)
			break;
	return w;
}

static int add_watch(int epfd, u32 map_id, const struct epoll_event *ev)
{
	struct watch **end = find_watch(epfd, map_id), *w;

	if (*end)
		return -EEXIST;
	w = calloc(1, sizeof(*w));
	if (!w)
		return -ENOMEM;
	*w = (struct watch){ .epfd = epfd, .map_id = map_id, .event = *ev };
	*end = w;
	return 0;
}

static int del_watch(struct watch **w)
{
	struct watch *gone = *w;

	if (!gone)
		return -ENOENT;
	*w = gone->next;
	free(gone);
	return 0;
}

static int ctl_watch(int epfd, int op, u32 map_id, const struct epoll_event *ev)
{
	struct watch **w = find_watch(epfd, map_id);

	switch (op) {
	case EPOLL_CTL_ADD:
		return ev ? add_watch(epfd, map_id, ev) : -EFAULT;
	case EPOLL_CTL_DEL:
		return del_watch(w);
	case EPOLL_CTL_MOD:
		if (!*w)
			return -ENOENT;
		(*w)->event = *ev;
		return 0;
	default:
		return -EINVAL;
	}
}

bool poll_ctl(int epfd, int op, int fd, struct epoll_event *ev, int *ret)
{
	struct map *map = map_from_fd(fd);

	if (!map)
		return false;
	*ret = map->ops->poll ? ctl_watch(epfd, op, map_id(map), ev) : -EPERM;
	map_put(map);
	return true;
}

static u32 watch_events(const struct watch *w)
{
	struct map *map = map_by_id(w->map_id);
	u32 events;

	if (!map)
		return 0;
	events = map->ops->poll(map) & (w->event.events | EPOLLERR | EPOLLHUP);
	map_put(map);
	return events;
}

int poll_ready(int epfd, struct epoll_event *events, int max)
{
	struct watch *w;
	int n = 0;
	u32 ready;

	for (w = sys_state.watches; w && n < max; w = w->next) {
		ready = w->epfd == epfd ? watch_events(w) : 0;
		if (!ready)
			continue;
		events[n] = w->event;
		events[n++].events = ready;
	}
	return n;
}

void poll_reset(void)
{
	while (sys_state.watches)
		del_watch(&sys_state.watches);
}
