// SPDX-License-Identifier: GPL-2.0-only
/* top_keys.c - see top_keys.h. */
#include <curses.h>
#include <string.h>
#include "top_keys.h"

static const struct {
	u32 milli;
	const char *name;
} speeds[] = {
	{ 1, "0.001x" },  { 2, "0.002x" },
	{ 5, "0.005x" },  { 10, "0.01x" },
	{ 20, "0.02x" },  { 50, "0.05x" },
	{ 100, "0.1x" },  { 200, "0.2x" },
	{ 500, "0.5x" },  { 1000, "1x" },
	{ 2000, "2x" },	  { 5000, "5x" },
	{ 10000, "10x" }, { SPEED_MAX_MILLI, "max" },
};

const char *const key_help[][2] = {
	{ "space", "pause, go on" },
	{ "e", "step to the next event, and what happens in the same instant" },
	{ "k", "step to the next kick" },
	{ "m", "step 1 ms of virtual time" },
	{ "+ -", "faster, slower: virtual seconds a real second, 0.001x to max" },
	{ "r w l p", "order tasks by time run, time waited, latency, pid" },
	{ "f", "CPUs: a line each, or a sign each by topology" },
	{ "Tab", "the next table: arrows, PageUp, PageDown, Home, End move in it" },
	{ "s", "the story of an ejection or a lockup" },
	{ "? h", "this page" },
	{ "q", "quit: the reports are made of what has run" },
	{ NULL, NULL },
};

u32 speed_milli(u32 index)
{
	return speeds[index].milli;
}

const char *speed_name(u32 index)
{
	return speeds[index].name;
}

bool speed_find(const char *name, u32 *index)
{
	u32 i;

	for (i = 0; i < ARRAY_SIZE(speeds); i++)
		if (!strcmp(speeds[i].name, name)) {
			*index = i;
			return true;
		}
	return false;
}

static void step(struct top_wants *w, enum top_step step)
{
	w->step = step;
	w->paused = true;
	w->scroll[PANEL_EVENTS] = 0;
}

static void show(struct top_wants *w, enum top_page page)
{
	w->page = w->page == page ? PAGE_ALL : page;
	w->page_scroll = 0;
}

static void sort_by(struct top_wants *w, enum ks_watch_order by)
{
	w->sort = by;
	w->scroll[PANEL_TASKS] = 0;
}

/* Events lie with the newest below, so that older ones are up. Whoever draws clamps. */
static void move_by(struct top_wants *w, s64 lines)
{
	s64 *at = w->page == PAGE_ALL ? &w->scroll[w->focus] : &w->page_scroll;

	if (w->page == PAGE_ALL && w->focus == PANEL_EVENTS)
		lines = -lines;
	*at = max(*at + lines, (s64)0);
}

static bool is_scroll_key(struct top_wants *w, int key, s64 page)
{
	switch (key) {
	case KEY_UP:
		move_by(w, -1);
		return true;
	case KEY_DOWN:
		move_by(w, 1);
		return true;
	case KEY_PPAGE:
		move_by(w, -page);
		return true;
	case KEY_NPAGE:
		move_by(w, page);
		return true;
	case KEY_HOME:
		move_by(w, INT32_MIN);
		return true;
	case KEY_END:
		move_by(w, INT32_MAX);
		return true;
	}
	return false;
}

static bool is_run_key(struct top_wants *w, int key)
{
	switch (key) {
	case ' ':
		w->paused = !w->paused;
		return true;
	case 'e':
		step(w, STEP_EVENT);
		return true;
	case 'k':
		step(w, STEP_KICK);
		return true;
	case 'm':
		step(w, STEP_TIME);
		return true;
	case '+':
	case '=':
		w->speed = min(w->speed + 1, (u32)ARRAY_SIZE(speeds) - 1);
		return true;
	case '-':
		w->speed -= w->speed > 0;
		return true;
	}
	return false;
}

static void look_key(struct top_wants *w, int key)
{
	switch (key) {
	case 'r':
		sort_by(w, KS_BY_RUN);
		break;
	case 'w':
		sort_by(w, KS_BY_WAIT);
		break;
	case 'l':
		sort_by(w, KS_BY_LATENCY);
		break;
	case 'p':
		sort_by(w, KS_BY_PID);
		break;
	case 'f':
		w->list_cpus = !w->list_cpus;
		w->scroll[PANEL_CPUS] = 0;
		break;
	case '\t':
		w->focus = (w->focus + 1) % NR_PANELS;
		break;
	case KEY_BTAB:
		w->focus = (w->focus + NR_PANELS - 1) % NR_PANELS;
		break;
	}
}

void wants_key(struct top_wants *w, int key, u32 page_lines)
{
	if (key == 'q' || key == 'Q')
		w->quit = true;
	else if (key == '?' || key == 'h')
		show(w, PAGE_HELP);
	else if (key == 's')
		show(w, PAGE_STORY);
	else if (key == '\033' || key == '\r')
		w->page = PAGE_ALL;
	else if (!is_scroll_key(w, key, page_lines) && !is_run_key(w, key))
		look_key(w, key);
}
