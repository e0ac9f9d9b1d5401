/* SPDX-License-Identifier: GPL-2.0-only */
/* top_keys.h - what the person at the keyboard of `kickstand top` wants. */
#ifndef KS_CLI_TOP_KEYS_H
#define KS_CLI_TOP_KEYS_H

#include <kickstand.h>

#include "base/types.h"

/* virtual time for real time, in thousandths; 0: as fast as it goes */
#define SPEED_MAX_MILLI 0

enum top_panel { PANEL_CPUS, PANEL_OPS, PANEL_DSQS, PANEL_TASKS, PANEL_EVENTS, NR_PANELS };
enum top_page { PAGE_ALL, PAGE_HELP, PAGE_STORY };
enum top_step { STEP_NONE, STEP_EVENT, STEP_KICK, STEP_TIME };

#define STEP_TIME_NS NSEC_PER_MSEC

struct top_wants {
	bool quit, paused;
	enum top_step step; /* once, then paused; who does it sets it back */
	u32 speed;	    /* index: speed_milli() */
	enum top_page page;
	enum top_panel focus;  /* what the arrows move */
	s64 scroll[NR_PANELS]; /* lines from the top; of events: from the newest back */
	s64 page_scroll;       /* of the page that is over all */
	enum ks_watch_order sort;
	bool list_cpus; /* a line a CPU, however many */
};

u32 speed_milli(u32 index);
/* "0.01x", "max"; static */
const char *speed_name(u32 index);
/* by its name; false: there is none */
bool speed_find(const char *name, u32 *index);
/* KEY_* of curses, or a character. @page_lines: what PageDown moves by */
void wants_key(struct top_wants *w, int key, u32 page_lines);
/* for the help page: pairs of key and meaning, NULL behind the last */
extern const char *const key_help[][2];

#endif
