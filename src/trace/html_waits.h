/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * html_waits.h - the waits whose stories the page of --html tells: of each task the
 * longest, if it is long; of these the longest ones. They are found while the events are
 * read, and watched when they are read again.
 */
#ifndef KS_TRACE_HTML_WAITS_H
#define KS_TRACE_HTML_WAITS_H

#include "trace/why_words.h"

#define HTML_WAITS_MAX 32
#define HTML_WAIT_LONG_NS (1 * NSEC_PER_MSEC) /* shorter ones are nobody's trouble */

struct html_waits {
	struct pids worst;  /* of struct why_wait */
	struct why_case *c; /* those that are told, the longest first */
	u32 nr;
	struct replay *rp; /* as the trace ends: names */
};

/* after each event of the first reading */
void html_waits_event(struct html_waits *w, const struct replay *rp, const struct trace_record *r);
/* @rp: as the first reading left it. Reads @r again, if there is something to tell. 0 or -errno. */
int html_waits_read(struct html_waits *w, const struct replay *rp, struct trace_reader *r);
void html_waits_finish(struct html_waits *w);

#endif
