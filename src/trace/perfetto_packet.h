/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * perfetto_packet.h - TracePackets, one at a time, into a file. Names go by numbers
 * that the packet which uses one first tells.
 *
 *	pf_begin(w, now, track, TYPE_INSTANT);
 *	pf_name(w, "kick");
 *	pf_int(w, "cpu", 5);
 *	pf_end(w);
 */
#ifndef KS_TRACE_PERFETTO_PACKET_H
#define KS_TRACE_PERFETTO_PACKET_H

#include "trace/intern.h"
#include "trace/out.h"
#include "trace/pb.h"
#include "trace/perfetto_schema.h"

struct pf_writer {
	struct trace_out out;
	struct pb packet, told; /* told: interned data of this packet */
	struct intern categories, names, annotations, strings;
	size_t at_packet, at_event, at_bundle, at_ftrace;
	bool failed; /* no memory */
};

struct pf_track {
	u64 uuid, parent; /* parent 0: none */
	const char *name;
	u32 rank;	  /* among its siblings */
	bool ordered;	  /* its children go by rank */
	const char *unit; /* of a counter; NULL: none */
};

/* The sequence's head: its clock. Before all else. */
void pf_head(struct pf_writer *w);
void pf_track(struct pf_writer *w, const struct pf_track *t);
void pf_begin(struct pf_writer *w, u64 time_ns, u64 track, u32 type);
void pf_name(struct pf_writer *w, const char *name);
void pf_category(struct pf_writer *w, const char *name);
/* @last: the arrow ends here */
void pf_flow(struct pf_writer *w, u64 id, bool last);
void pf_int(struct pf_writer *w, const char *name, s64 v);
void pf_uint(struct pf_writer *w, const char *name, u64 v);
void pf_text(struct pf_writer *w, const char *name, const char *text);
void pf_end(struct pf_writer *w);
/* An event of ftrace's, @event its number: pf_ftrace_int() and pf_ftrace_text(), then pf_ftrace_end() */
void pf_ftrace_begin(struct pf_writer *w, u64 time_ns, u32 cpu, s32 pid, u32 event);
void pf_ftrace_int(struct pf_writer *w, u32 field, s64 v);
void pf_ftrace_text(struct pf_writer *w, u32 field, const char *text);
void pf_ftrace_end(struct pf_writer *w);
void pf_counter(struct pf_writer *w, u64 time_ns, u64 track, s64 v);
void pf_finish(struct pf_writer *w);

#endif
