/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * handle.h - may this call be made, with this handle, from here? And structures whose
 * size the caller says.
 *
 *	KS_PUBLIC int ks_machine_foo(struct ks_machine *km)
 *	{
 *		int err = api_enter(km, API_OUTSIDE | API_IN_TASK);
 */
#ifndef KS_API_HANDLE_H
#define KS_API_HANDLE_H

#include "api/api.h"
#include "api/state.h"

/* where the library's caller stands */
enum api_place {
	API_OUTSIDE = 1 << 0,	  /* nothing runs */
	API_BETWEEN = 1 << 1,	  /* in a condition or a progress line: the run stands still */
	API_IN_TASK = 1 << 2,	  /* in a task's function */
	API_IN_LISTENER = 1 << 3, /* in a listener or the log: in the middle of anything */
	API_ANYWHERE = 15,
};

/* KS_OK, or KS_USAGE with a line: @km is not the machine that there is, or not from here. */
int api_enter_call(const struct ks_machine *km, u32 from, const char *call);
#define api_enter(km, from) api_enter_call(km, from, __func__)
/* The same for a call that is about no machine: nothing runs, or it stands still. */
#define api_enter_still() (api_machine ? api_enter(api_machine, API_OUTSIDE | API_BETWEEN) : KS_OK)
/* The same for an object, which must be one of the machine's and in one of @states. */
int api_enter_object_call(const struct ks_object *obj, u32 from, u32 states, const char *call);
#define api_enter_object(obj, from, states) api_enter_object_call(obj, from, states, __func__)
/* An argument that may not be NULL. */
int api_need_arg(const void *arg, const char *what, const char *call);
#define api_need(arg) api_need_arg(arg, #arg, __func__)

/* Around a call of a listener or of the log. */
void api_callback_begin(void);
void api_callback_end(void);

/*
 * api_take - a caller's structure that begins with its size, into ours of @size bytes
 * What it lacks is zero; what it has and we do not know must be zero. @from NULL: all zero.
 */
int api_take(void *to, size_t size, const void *from, const char *what);
/* The way back: as much of ours as the caller's has room for. */
int api_give(void *to, const void *from, size_t size, const char *what);

#endif
