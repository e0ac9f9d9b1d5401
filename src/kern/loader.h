/* SPDX-License-Identifier: GPL-2.0-only */
/* loader.h - the task that makes the system calls of whoever loads the scheduler. */
#ifndef KS_KERN_LOADER_H
#define KS_KERN_LOADER_H

#include "base/types.h"

struct task_struct;

/* 0 or -errno; once a machine, before it runs */
int loader_create(void);
/* Whoever loads is gone: from here on no system call can take virtual time. */
void loader_forget(void);
/* NULL: there is none */
struct task_struct *loader_task(void);

/*
 * loader_run - run @fn(@arg) in the machine's loader task and let the machine
 * run until it returned. For what takes virtual time: enabling, test runs. On a
 * simulated CPU already: a plain call. 0; -EIO if the machine ended first, -ETIME
 * if it took longer than @limit_ns of virtual time (0: ten minutes) or the machine was
 * busy with other things only, -EINTR after loader_interrupt().
 */
int loader_run(void (*fn)(void *arg), void *arg, u64 limit_ns);
/* From a signal handler: whoever waits for the loader task gives up. */
void loader_interrupt(void);
/* The same without waiting; it begins when the machine next runs. -EBUSY if one is on its way. */
int loader_post(void (*fn)(void *arg), void *arg);

#endif
