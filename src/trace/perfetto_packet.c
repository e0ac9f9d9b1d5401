// SPDX-License-Identifier: GPL-2.0-only
/* perfetto_packet.c - see perfetto_packet.h. */
#include "trace/perfetto_packet.h"

#define SEQUENCE 1 /* the only one: any number but 0 */

/* ---- packets ---- */

static void packet_begin(struct pf_writer *w)
{
	pb_reset(&w->packet);
	pb_reset(&w->told);
	w->at_packet = pb_begin(&w->packet, TRACE_PACKET);
	pb_uint(&w->packet, PACKET_SEQUENCE_ID, SEQUENCE);
}

static void packet_end(struct pf_writer *w)
{
	size_t at;

	if (w->told.len) {
		at = pb_begin(&w->packet, PACKET_INTERNED_DATA);
		pb_raw(&w->packet, w->told.data, w->told.len);
		pb_end(&w->packet, at);
	}
	pb_end(&w->packet, w->at_packet);
	w->failed = w->failed || w->packet.failed || w->told.failed;
	if (!w->failed)
		trace_out_write(&w->out, w->packet.data, w->packet.len);
}

static u32 number_of(struct pf_writer *w, struct intern *in, u32 field, const char *text)
{
	bool fresh;
	u32 iid = intern_get(in, text, &fresh);
	size_t at;

	if (!fresh)
		return iid;
	at = pb_begin(&w->told, field);
	pb_uint(&w->told, INTERNED_IID, iid);
	pb_string(&w->told, INTERNED_TEXT, text);
	pb_end(&w->told, at);
	return iid;
}

static void clock_put(struct pb *pb, u32 id)
{
	size_t at = pb_begin(pb, SNAPSHOT_CLOCKS);

	pb_uint(pb, CLOCK_ID, id);
	pb_uint(pb, CLOCK_TIMESTAMP, 0);
	pb_end(pb, at);
}

void pf_head(struct pf_writer *w)
{
	struct pb *pb = &w->packet;
	size_t at;

	packet_begin(w);
	pb_uint(pb, PACKET_SEQUENCE_FLAGS, SEQUENCE_CLEARED);
	pb_uint(pb, PACKET_FIRST_ON_SEQUENCE, 1);
	at = pb_begin(pb, PACKET_DEFAULTS);
	pb_uint(pb, DEFAULTS_TIMESTAMP_CLOCK_ID, CLOCK_VIRTUAL);
	pb_end(pb, at);
	at = pb_begin(pb, PACKET_CLOCK_SNAPSHOT);
	clock_put(pb, CLOCK_BOOTTIME);
	clock_put(pb, CLOCK_VIRTUAL);
	pb_uint(pb, SNAPSHOT_PRIMARY, CLOCK_BOOTTIME);
	pb_end(pb, at);
	packet_end(w);
}

/* ---- tracks ---- */

void pf_track(struct pf_writer *w, const struct pf_track *t)
{
	struct pb *pb = &w->packet;
	size_t at, counter;

	packet_begin(w);
	at = pb_begin(pb, PACKET_TRACK_DESCRIPTOR);
	pb_uint(pb, TRACK_UUID, t->uuid);
	pb_string(pb, TRACK_NAME, t->name);
	if (t->parent)
		pb_uint(pb, TRACK_PARENT, t->parent);
	if (t->unit) {
		counter = pb_begin(pb, TRACK_COUNTER);
		pb_uint(pb, COUNTER_UNIT, UNIT_COUNT);
		pb_string(pb, COUNTER_UNIT_NAME, t->unit);
		pb_end(pb, counter);
	}
	if (t->ordered)
		pb_uint(pb, TRACK_CHILD_ORDERING, ORDER_EXPLICIT);
	pb_uint(pb, TRACK_RANK, t->rank);
	pb_end(pb, at);
	packet_end(w);
}

/* ---- events ---- */

void pf_begin(struct pf_writer *w, u64 time_ns, u64 track, u32 type)
{
	packet_begin(w);
	pb_uint(&w->packet, PACKET_TIMESTAMP, time_ns);
	pb_uint(&w->packet, PACKET_SEQUENCE_FLAGS, SEQUENCE_NEEDS_STATE);
	w->at_event = pb_begin(&w->packet, PACKET_TRACK_EVENT);
	pb_uint(&w->packet, EVENT_TYPE, type);
	pb_uint(&w->packet, EVENT_TRACK, track);
}

void pf_name(struct pf_writer *w, const char *name)
{
	pb_uint(&w->packet, EVENT_NAME_IID, number_of(w, &w->names, INTERNED_NAMES, name));
}

void pf_category(struct pf_writer *w, const char *name)
{
	pb_uint(&w->packet, EVENT_CATEGORY_IIDS,
		number_of(w, &w->categories, INTERNED_CATEGORIES, name));
}

void pf_flow(struct pf_writer *w, u64 id, bool last)
{
	pb_fixed64(&w->packet, last ? EVENT_LAST_FLOWS : EVENT_FLOWS, id);
}

static size_t annotation_begin(struct pf_writer *w, const char *name)
{
	size_t at = pb_begin(&w->packet, EVENT_ANNOTATIONS);

	pb_uint(&w->packet, ANNOTATION_NAME_IID,
		number_of(w, &w->annotations, INTERNED_ANNOTATIONS, name));
	return at;
}

void pf_int(struct pf_writer *w, const char *name, s64 v)
{
	size_t at = annotation_begin(w, name);

	pb_uint(&w->packet, ANNOTATION_INT, v);
	pb_end(&w->packet, at);
}

void pf_uint(struct pf_writer *w, const char *name, u64 v)
{
	size_t at = annotation_begin(w, name);

	pb_uint(&w->packet, ANNOTATION_UINT, v);
	pb_end(&w->packet, at);
}

void pf_text(struct pf_writer *w, const char *name, const char *text)
{
	size_t at = annotation_begin(w, name);

	pb_uint(&w->packet, ANNOTATION_STRING_IID,
		number_of(w, &w->strings, INTERNED_STRINGS, text));
	pb_end(&w->packet, at);
}

void pf_end(struct pf_writer *w)
{
	pb_end(&w->packet, w->at_event);
	packet_end(w);
}

/* ---- ftrace: what Perfetto's own tables of scheduling are made of ---- */

void pf_ftrace_begin(struct pf_writer *w, u64 time_ns, u32 cpu, s32 pid, u32 event)
{
	packet_begin(w);
	w->at_bundle = pb_begin(&w->packet, PACKET_FTRACE_EVENTS);
	pb_uint(&w->packet, BUNDLE_CPU, cpu);
	w->at_ftrace = pb_begin(&w->packet, BUNDLE_EVENT);
	pb_uint(&w->packet, FTRACE_TIMESTAMP, time_ns);
	pb_uint(&w->packet, FTRACE_PID, (u32)pid);
	w->at_event = pb_begin(&w->packet, event);
}

void pf_ftrace_int(struct pf_writer *w, u32 field, s64 v)
{
	pb_uint(&w->packet, field, v);
}

void pf_ftrace_text(struct pf_writer *w, u32 field, const char *text)
{
	pb_string(&w->packet, field, text);
}

void pf_ftrace_end(struct pf_writer *w)
{
	pb_end(&w->packet, w->at_event);
	pb_end(&w->packet, w->at_ftrace);
	pb_end(&w->packet, w->at_bundle);
	packet_end(w);
}

void pf_counter(struct pf_writer *w, u64 time_ns, u64 track, s64 v)
{
	pf_begin(w, time_ns, track, TYPE_COUNTER);
	pb_uint(&w->packet, EVENT_COUNTER_VALUE, v);
	pf_end(w);
}

void pf_finish(struct pf_writer *w)
{
	pb_finish(&w->packet);
	pb_finish(&w->told);
	intern_finish(&w->categories);
	intern_finish(&w->names);
	intern_finish(&w->annotations);
	intern_finish(&w->strings);
}
