// SPDX-License-Identifier: GPL-2.0-only
/*
 * keys.c - what a thread has of its own ends with it: values of keys, and C++'s and Rust's
 * thread-local objects. The C library would end them where its own thread ends, at the host
 * (thread.c); but their code is the loader's, and may wait for the loader's other threads:
 *
 *	fn() returns ─▶ thread_end_data(), in the task ─▶ thread_finish() ─▶ the host's thread ends
 */
#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <stdlib.h>
#include <threads.h>

#include "exec/process.h"
#include "exec/thread.h"
#include "sys/host.h"

typedef void (*destructor)(void *value);

int __pthread_key_create(pthread_key_t *key, destructor fn);
int __cxa_thread_atexit_impl(destructor fn, void *object, void *dso);

KS_PUBLIC int pthread_key_create(pthread_key_t *key, destructor fn)
{
	int err;

	if (!process_user)
		return HOST(pthread_key_create)(key, fn);
	err = HOST(pthread_key_create)(key, NULL);
	if (!err && *key < PTHREAD_KEYS_MAX)
		exec_state.threads.destructors[*key] = fn;
	return err;
}

KS_PUBLIC int __pthread_key_create(pthread_key_t *key, destructor fn)
{
	return pthread_key_create(key, fn);
}

KS_PUBLIC int pthread_key_delete(pthread_key_t key)
{
	if (process_user && key < PTHREAD_KEYS_MAX)
		exec_state.threads.destructors[key] = NULL;
	return HOST(pthread_key_delete)(key);
}

KS_PUBLIC int tss_create(tss_t *key, destructor fn)
{
	if (!process_user)
		return HOST(tss_create)(key, fn);
	return pthread_key_create(key, fn) ? thrd_error : thrd_success;
}

KS_PUBLIC void tss_delete(tss_t key)
{
	pthread_key_delete(key);
}

static bool end_values(void)
{
	bool any = false;
	void *value;
	u32 i;

	for (i = 0; i < PTHREAD_KEYS_MAX; i++) {
		value = exec_state.threads.destructors[i] ? pthread_getspecific(i) : NULL;
		if (!value)
			continue;
		any = true;
		pthread_setspecific(i, NULL);
		exec_state.threads.destructors[i](value);
	}
	return any;
}

/* ---- objects ---- */

struct thread_object {
	struct thread_object *next;
	destructor fn;
	void *object;
};

/* The first thread's end with the process: that is the C library's. */
KS_PUBLIC int __cxa_thread_atexit_impl(destructor fn, void *object, void *dso)
{
	struct thread *t = process_user ? thread_self() : NULL;
	struct thread_object *o;

	if (!t || process_is_first(t))
		return HOST(__cxa_thread_atexit_impl)(fn, object, dso);
	o = malloc(sizeof(*o));
	if (!o)
		return -1;
	*o = (struct thread_object){ t->objects, fn, object };
	t->objects = o;
	return 0;
}

static void end_objects(struct thread *t)
{
	struct thread_object *o;

	while ((o = t->objects)) {
		t->objects = o->next;
		o->fn(o->object);
		free(o);
	}
}

void thread_end_data(void)
{
	int i;

	thread_self()->cancel_off = true;
	end_objects(thread_self());
	for (i = 0; i < PTHREAD_DESTRUCTOR_ITERATIONS && end_values(); i++)
		;
}
