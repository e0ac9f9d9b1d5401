// SPDX-License-Identifier: GPL-2.0-only
/* handle.c - see handle.h. */
#include <string.h>
#include "api/handle.h"
#include "kern/machine.h"
#include "kern/sched.h"

struct api_state api_state;

void api_callback_begin(void)
{
	api_state.callback_depth++;
}

void api_callback_end(void)
{
	api_state.callback_depth--;
}

/* ---- from where? ---- */

static enum api_place place_of(const struct ks_machine *km)
{
	if (api_state.callback_depth)
		return API_IN_LISTENER;
	if (smp_processor_id() >= 0)
		return API_IN_TASK;
	return km->running ? API_BETWEEN : API_OUTSIDE;
}

static const char *place_name(enum api_place place)
{
	switch (place) {
	case API_IN_LISTENER:
		return "from a listener or the log";
	case API_IN_TASK:
		return "from a task's function";
	default:
		return "while a run goes on";
	}
}

int api_enter_call(const struct ks_machine *km, u32 from, const char *call)
{
	enum api_place place;

	if (!km || km != api_machine)
		return api_fail(KS_USAGE, "%s: %s", call,
				km ? "this machine was destroyed" : "the machine is NULL");
	place = place_of(km);
	return place & from ? KS_OK :
			      api_fail(KS_USAGE, "%s cannot be called %s", call, place_name(place));
}

static bool is_open(const struct ks_object *obj)
{
	const struct ks_object *o = api_machine ? api_machine->objects : NULL;

	while (o && o != obj)
		o = o->next;
	return o;
}

static const char *state_fault(const struct ks_object *obj)
{
	switch (obj->state) {
	case OBJECT_OPEN:
		return "is not loaded yet";
	case OBJECT_LOADED:
		return "is loaded and not attached";
	case OBJECT_ATTACHED:
		return "is attached";
	default:
		return "could not be loaded: close it";
	}
}

int api_enter_object_call(const struct ks_object *obj, u32 from, u32 states, const char *call)
{
	int err;

	if (!obj || !is_open(obj))
		return api_fail(KS_USAGE, "%s: %s", call,
				obj ? "this object was closed" : "the object is NULL");
	err = api_enter_call(obj->km, from, call);
	if (err || obj->state & states)
		return err;
	return api_fail(KS_USAGE, "%s: %s %s", call, obj->name, state_fault(obj));
}

int api_need_arg(const void *arg, const char *what, const char *call)
{
	return arg ? KS_OK : api_fail(KS_USAGE, "%s: %s is NULL", call, what);
}

/* ---- structures ---- */

static int check_size(size_t sz, const char *what)
{
	return sz > sizeof(size_t) ?
		       KS_OK :
		       api_fail(KS_USAGE, "struct %s: sz is %zu: set it to the structure's size",
				what, sz);
}

int api_take(void *to, size_t size, const void *from, const char *what)
{
	size_t sz = from ? *(const size_t *)from : size, i;

	memset(to, 0, size);
	*(size_t *)to = size;
	if (!from)
		return KS_OK;
	if (check_size(sz, what))
		return KS_USAGE;
	for (i = size; i < sz; i++)
		if (((const u8 *)from)[i])
			return api_fail(KS_USAGE,
					"struct %s has fields that this library does not know: "
					"a newer one is needed",
					what);
	memcpy((u8 *)to + sizeof(sz), (const u8 *)from + sizeof(sz), min(sz, size) - sizeof(sz));
	return KS_OK;
}

int api_give(void *to, const void *from, size_t size, const char *what)
{
	size_t sz = *(const size_t *)to;

	if (check_size(sz, what))
		return KS_USAGE;
	memset((u8 *)to + sizeof(sz), 0, sz - sizeof(sz));
	memcpy((u8 *)to + sizeof(sz), (const u8 *)from + sizeof(sz), min(sz, size) - sizeof(sz));
	return KS_OK;
}
