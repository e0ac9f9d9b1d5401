// SPDX-License-Identifier: GPL-2.0-only
/*
 * cancel.c - the end of a thread in the middle of its calls: pthread_cancel(),
 * pthread_exit(). The C library would send a signal to the host's thread, which only lends
 * its stack (thread.c). Here the waiting task is told, and the thread unwinds itself:
 *
 *	pthread_cancel(t) ──▶ t->cancelled ──▶ t's wait ends ──▶ process_leave()
 *		──▶ each frame's destructors (_Unwind_ForcedUnwind)
 *		    pthread_cleanup_push()'s function, where its frame is reached
 *		──▶ thread_finish()
 *
 * Points of cancellation are the calls that wait (process_wait()), of condition variables,
 * semaphores and pthread_join() too; locks are none.
 */
#undef _FORTIFY_SOURCE
#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdlib.h>
#include <unwind.h>

#include "exec/process.h"
#include "exec/thread.h"
#include "sys/host.h"

/* nptl's pthread_cleanup_push(): __pad is the C library's own, and is ours here */
enum { PAD_OUTER, PAD_FRAME };

void __pthread_register_cancel(__pthread_unwind_buf_t *buf);
void __pthread_unregister_cancel(__pthread_unwind_buf_t *buf);
void __pthread_register_cancel_defer(__pthread_unwind_buf_t *buf);
void __pthread_unregister_cancel_restore(__pthread_unwind_buf_t *buf);

bool thread_cancel_due(const struct thread *t)
{
	return t->cancelled && !t->cancel_off && t->point;
}

/* ---- unwinding ---- */

static void __noreturn finish(void)
{
	thread_end_data();
	thread_finish();
}

/* The buffer is the beginning of a sigjmp_buf: no mask was saved, so none is read. */
static void __noreturn run_cleanup(struct thread *t)
{
	__pthread_unwind_buf_t *buf = t->cleanup;

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wstringop-overflow"
	siglongjmp((void *)buf->__cancel_jmp_buf, 1);
#pragma GCC diagnostic pop
}

/* Called before each frame's own cleanup, with where its stack ended. */
static _Unwind_Reason_Code at_frame(int version, _Unwind_Action actions, _Unwind_Exception_Class c,
				    struct _Unwind_Exception *e, struct _Unwind_Context *context,
				    void *arg)
{
	struct thread *t = arg;
	__pthread_unwind_buf_t *buf = t->cleanup;
	uintptr_t cfa = _Unwind_GetCFA(context);
	bool over = actions & _UA_END_OF_STACK || (t->bottom && cfa > (uintptr_t)t->bottom);

	if (buf && (over || cfa > (uintptr_t)buf->__pad[PAD_FRAME]))
		run_cleanup(t);
	if (over)
		finish();
	return _URC_NO_REASON;
}

static void __noreturn unwind(struct thread *t)
{
	/* the unwinder keeps what it knows in it: as long-lived as the thread's frames */
	struct _Unwind_Exception *e = &t->unwinding;

	*e = (struct _Unwind_Exception){ 0 };
	_Unwind_ForcedUnwind(e, at_frame, t);
	if (t->cleanup) /* frames that nothing is known of */
		run_cleanup(t);
	finish();
}

void thread_unwind(void *ret)
{
	struct thread *t = thread_self();

	t->cancel_off = true;
	t->cancel_now = false;
	thread_set_result(t, ret);
	unwind(t);
}

void thread_cancel_leave(void)
{
	struct thread *t = thread_self();

	if (t->cancel_now || (t->cancel_async && !t->cancel_off))
		thread_unwind(PTHREAD_CANCELED);
}

/* ---- pthread_cleanup_push() and _pop() of C ---- */

KS_PUBLIC void __pthread_register_cancel(__pthread_unwind_buf_t *buf)
{
	struct thread *t;

	if (!process_user) {
		HOST(__pthread_register_cancel)(buf);
		return;
	}
	t = thread_self();
	buf->__pad[PAD_OUTER] = t->cleanup;
	buf->__pad[PAD_FRAME] = __builtin_frame_address(0);
	t->cleanup = buf;
}

KS_PUBLIC void __pthread_unregister_cancel(__pthread_unwind_buf_t *buf)
{
	if (!process_user)
		HOST(__pthread_unregister_cancel)(buf);
	else
		thread_self()->cleanup = buf->__pad[PAD_OUTER];
}

KS_PUBLIC void __pthread_register_cancel_defer(__pthread_unwind_buf_t *buf)
{
	__pthread_register_cancel(buf);
}

KS_PUBLIC void __pthread_unregister_cancel_restore(__pthread_unwind_buf_t *buf)
{
	__pthread_unregister_cancel(buf);
}

/* A function that was pushed has run: on with what is outside of it. */
KS_PUBLIC void __pthread_unwind_next(__pthread_unwind_buf_t *buf)
{
	struct thread *t;

	if (!process_user)
		HOST(__pthread_unwind_next)(buf);
	t = thread_self();
	t->cleanup = buf->__pad[PAD_OUTER];
	unwind(t);
}

/* ---- asking for it ---- */

KS_PUBLIC int pthread_cancel(pthread_t id)
{
	struct thread *t;

	if (!process_user)
		return HOST(pthread_cancel)(id);
	t = thread_by_id(id);
	if (!t)
		return ESRCH;
	t->cancelled = true;
	process_tell(); /* and, of oneself, at once if that is asked for */
	return 0;
}

KS_PUBLIC void pthread_testcancel(void)
{
	struct thread *t;

	if (!process_user) {
		HOST(pthread_testcancel)();
		return;
	}
	t = thread_self();
	if (t->cancelled && !t->cancel_off)
		thread_unwind(PTHREAD_CANCELED);
}

KS_PUBLIC int pthread_setcancelstate(int state, int *old)
{
	struct thread *t;

	if (!process_user)
		return HOST(pthread_setcancelstate)(state, old);
	if (state != PTHREAD_CANCEL_ENABLE && state != PTHREAD_CANCEL_DISABLE)
		return EINVAL;
	t = thread_self();
	if (old)
		*old = t->cancel_off ? PTHREAD_CANCEL_DISABLE : PTHREAD_CANCEL_ENABLE;
	t->cancel_off = state == PTHREAD_CANCEL_DISABLE;
	return 0;
}

KS_PUBLIC int pthread_setcanceltype(int type, int *old)
{
	struct thread *t;

	if (!process_user)
		return HOST(pthread_setcanceltype)(type, old);
	if (type != PTHREAD_CANCEL_DEFERRED && type != PTHREAD_CANCEL_ASYNCHRONOUS)
		return EINVAL;
	t = thread_self();
	if (old)
		*old = t->cancel_async ? PTHREAD_CANCEL_ASYNCHRONOUS : PTHREAD_CANCEL_DEFERRED;
	t->cancel_async = type == PTHREAD_CANCEL_ASYNCHRONOUS;
	return 0;
}
