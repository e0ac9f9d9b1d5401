/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * top_screen.h - the screen of `kickstand top`. In 80 columns and 24 lines:
 *
 *	 0	what runs, and whether it does
 *	 1	time, rates
 *	 2	(a line about the ejection or lockup, when there is one)
 *	 3	CPUs                       | ops
 *	        ...                        | DSQs
 *	12	kicks, two lines
 *	14	tasks
 *	19	events, the newest last
 *	22	(the worst finding of the verdict, when there is one)
 *	23	keys
 *
 * What there is more of than lines is scrolled.
 */
#ifndef KS_CLI_TOP_SCREEN_H
#define KS_CLI_TOP_SCREEN_H

#include <kickstand.h>
#include "top_keys.h"

/* what is to be seen */
struct top_frame {
	struct ks_watch *watch;
	struct ks_watch_state now; /* its last look */
	u32 nr_cpus;
	const struct ks_kicks *kicks;
	const char *title;	   /* "central  kernel 7.3  8 CPUs  seed 1" */
	u64 begin_ns, duration_ns; /* of the run; times are the trace's, from the boot on */
	bool over;		   /* it has reached its end */
	const char *trouble;	   /* one line: it was ejected, or locked up; NULL: neither */
	const char *story;	   /* all of it, lines; NULL: there is none yet */
	const char *note;	   /* the last line of the console; NULL: none */
	const char *verdict;	   /* the worst that was found so far; "": nothing */
};

/* Once, when the terminal is open: colours, unless NO_COLOR says that there be none. */
void screen_begin(void);
/* @w: scrolling is brought into bounds */
void screen_draw(const struct top_frame *f, struct top_wants *w);
/* what PageDown moves by, now */
u32 screen_page_lines(void);

/* ---- for those who draw the parts: top_panels.c ---- */

struct area {
	int y, x, lines, cols;
};

enum shade { SHADE_NONE, SHADE_HEAD, SHADE_GOOD, SHADE_WARN, SHADE_BAD, SHADE_DIM, NR_SHADES };

void put(int y, int x, int cols, enum shade shade, const char *fmt, ...) __printf(5, 6);
/* a heading across @a's first line; marked when it is the one that arrows move */
void put_head(const struct area *a, bool focus, const char *fmt, ...) __printf(3, 4);
/* @at of @total lines is the first of @lines shown; into bounds */
s64 clamp_scroll(s64 at, u32 total, int lines);
void draw_cpus(const struct top_frame *f, struct top_wants *w, const struct area *a);
void draw_ops(const struct top_frame *f, struct top_wants *w, const struct area *a);
void draw_dsqs(const struct top_frame *f, struct top_wants *w, const struct area *a);
void draw_kicks(const struct top_frame *f, const struct area *a);
void draw_tasks(const struct top_frame *f, struct top_wants *w, const struct area *a);
void draw_events(const struct top_frame *f, struct top_wants *w, const struct area *a);
/* how many lines the CPUs want in @cols, of @most */
int cpu_lines(const struct top_frame *f, const struct top_wants *w, int cols, int most);

#endif
