// SPDX-License-Identifier: GPL-2.0-only
/* top_screen.c - see top_screen.h. */
#include <curses.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "top_screen.h"
#include "top_terminal.h"
#include "numbers.h"
#include "state.h"

#define LINE_MAX_BYTES 1024
#define KICK_LINES 2
#define EVENT_LINES_MIN 4
#define CPU_LINES_MIN 7
#define CPU_LINES_USUAL 14 /* room for ops and DSQs beside few CPUs */
#define LEFT_COLS_MIN 49   /* CPUs; names and numbers too far apart are hard to read */
#define LEFT_COLS_MAX 90
#define RIGHT_COLS_MAX 60 /* ops and DSQs */
#define BAR_COLS 16

/* ---- putting text ---- */

/* colours where there are any, attributes everywhere */
static const struct {
	short colour; /* 0: the usual one */
	attr_t coloured, plain;
} shades[NR_SHADES] = {
	[SHADE_HEAD] = { COLOR_CYAN, A_BOLD, A_BOLD },
	[SHADE_GOOD] = { COLOR_GREEN, A_NORMAL, A_NORMAL },
	[SHADE_WARN] = { COLOR_YELLOW, A_NORMAL, A_BOLD },
	[SHADE_BAD] = { COLOR_RED, A_BOLD, A_BOLD },
	[SHADE_DIM] = { 0, A_DIM, A_DIM },
};

void screen_begin(void)
{
	const char *no_color = getenv("NO_COLOR");
	short i;

	cli_state.coloured = has_colors() && !(no_color && *no_color) && start_color() == OK &&
			     use_default_colors() == OK;
	for (i = 0; cli_state.coloured && i < NR_SHADES; i++)
		if (shades[i].colour)
			init_pair(i, shades[i].colour, -1);
}

static attr_t attribute(enum shade shade)
{
	if (!cli_state.coloured)
		return shades[shade].plain;
	return shades[shade].coloured | (shades[shade].colour ? COLOR_PAIR(shade) : 0);
}

static void put_text(int y, int x, int cols, attr_t how, char *text)
{
	char *p;

	for (p = text; *p; p++)
		if (*p < ' ' || *p == 0x7f) /* names of tasks may be anything */
			*p = '?';
	attrset(how);
	mvaddnstr(y, x, text, min(cols, COLS - x));
	attrset(A_NORMAL);
}

void put(int y, int x, int cols, enum shade shade, const char *fmt, ...)
{
	char text[LINE_MAX_BYTES];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	put_text(y, x, cols, attribute(shade), text);
}

void put_head(const struct area *a, bool focus, const char *fmt, ...)
{
	char text[LINE_MAX_BYTES];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	put_text(a->y, a->x, a->cols, attribute(SHADE_HEAD) | (focus ? A_UNDERLINE : 0), text);
}

/* A line of the screen's width, in reverse. */
static void put_bar(int y, enum shade shade, const char *left, const char *right)
{
	char text[LINE_MAX_BYTES];
	int room = min(COLS, (int)sizeof(text) - 1) - (int)strlen(right);

	snprintf(text, sizeof(text), "%-*.*s%s", room, room, left, right);
	put_text(y, 0, COLS, attribute(shade) | A_REVERSE, text);
}

s64 clamp_scroll(s64 at, u32 total, int lines)
{
	return max(min(at, (s64)total - lines), (s64)0);
}

/* ---- above and below ---- */

static const char *run_state(const struct top_frame *f, const struct top_wants *w,
			     char buf[SHORT_MAX * 2])
{
	if (f->over)
		return " ENDED ";
	snprintf(buf, SHORT_MAX * 2, w->paused ? " PAUSED (%s) " : " %s ", speed_name(w->speed));
	return buf;
}

static u64 done_ns(const struct top_frame *f)
{
	return f->now.now_ns - min(f->now.now_ns, f->begin_ns);
}

static void draw_top(const struct top_frame *f, const struct top_wants *w)
{
	const struct ks_watch_state *now = &f->now;
	u64 done = done_ns(f);
	u32 share = f->duration_ns ? min(done * 100.0 / f->duration_ns, 100.0) : 100;
	char title[LINE_MAX_BYTES], state[SHORT_MAX * 2], bar[BAR_COLS + 1];

	snprintf(title, sizeof(title), " %s", f->title);
	put_bar(0, SHADE_NONE, title, run_state(f, w, state));
	memset(bar, ' ', BAR_COLS);
	memset(bar, '=', share * BAR_COLS / 100);
	bar[BAR_COLS] = 0;
	put(1, 0, COLS, SHADE_NONE, " %llu.%09llu [%s] %u%% of %s  %s switches/s  %s kicks/s",
	    (unsigned long long)(now->now_ns / NSEC_PER_SEC),
	    (unsigned long long)(now->now_ns % NSEC_PER_SEC), bar, share, TIME(f->duration_ns),
	    COUNT(now->switches_per_s), COUNT(now->kicks_per_s));
	if (now->bypass_depth)
		put(1, COLS - 7, 7, SHADE_BAD, "BYPASS");
}

static void draw_bottom(const struct top_frame *f, const struct top_wants *w)
{
	char keys[LINE_MAX_BYTES];

	snprintf(keys, sizeof(keys), " space %s  step e event k kick m 1ms  +- speed  rwlp order",
		 w->paused ? "go   " : "pause");
	put_bar(LINES - 1, SHADE_NONE, w->page == PAGE_ALL ? keys : " arrows move   Esc back",
		"? help  q quit ");
}

/* ---- the page with everything ---- */

static void draw_all(const struct top_frame *f, struct top_wants *w)
{
	int left = min(max(LEFT_COLS_MIN, COLS * 11 / 20), LEFT_COLS_MAX);
	int right = min(COLS - left - 2, RIGHT_COLS_MAX);
	int y = 2, rest, most, top, ops, events;

	if (f->trouble) {
		put_bar(y, SHADE_BAD, f->trouble,
			w->page == PAGE_ALL && f->story ? " s: story " : "");
		y++;
	}
	rest = LINES - 1 - y - !!f->note - !!*f->verdict - KICK_LINES;
	events = max(rest * 22 / 100, EVENT_LINES_MIN);
	most = max((rest + 2) * 48 / 100, CPU_LINES_MIN);
	top = min(most, max(cpu_lines(f, w, left, most), CPU_LINES_USUAL));
	draw_cpus(f, w, &(struct area){ y, 0, top, left });
	ops = (top * 5 + 4) / 9;
	draw_ops(f, w, &(struct area){ y, left + 2, ops, right });
	draw_dsqs(f, w, &(struct area){ y + ops, left + 2, top - ops, right });
	y += top;
	draw_kicks(f, &(struct area){ y, 0, KICK_LINES, COLS });
	y += KICK_LINES;
	draw_tasks(f, w, &(struct area){ y, 0, rest - top - events, COLS });
	y += rest - top - events;
	draw_events(f, w, &(struct area){ y, 0, events, COLS });
	if (f->note)
		put(LINES - 2 - !!*f->verdict, 0, COLS, SHADE_WARN, " log: %s", f->note);
	if (*f->verdict)
		put(LINES - 2, 0, COLS, SHADE_BAD, " verdict: %s", f->verdict);
}

/* ---- pages of text ---- */

u32 screen_page_lines(void)
{
	return max(LINES - 6, 1);
}

static void draw_help(void)
{
	int y = 2, i;

	put(y++, 1, COLS, SHADE_HEAD, "KEYS");
	for (i = 0; key_help[i][0]; i++)
		put(y++, 1, COLS - 1, SHADE_NONE, "%-8s %s", key_help[i][0], key_help[i][1]);
}

static u32 count_lines(const char *text)
{
	u32 n = 0;

	for (; *text; n++) {
		text += strcspn(text, "\n");
		text += *text == '\n';
	}
	return n;
}

static void draw_story(const struct top_frame *f, struct top_wants *w)
{
	const char *text = f->story ? f->story : "Nothing: no scheduler was ejected so far.\n";
	int y, lines = LINES - 3, n;
	s64 i;

	w->page_scroll = clamp_scroll(w->page_scroll, count_lines(text), lines);
	for (i = 0; *text && i < w->page_scroll + lines; i++) {
		n = strcspn(text, "\n");
		y = 2 + (int)(i - w->page_scroll);
		if (i >= w->page_scroll)
			put(y, 1, COLS - 1, SHADE_NONE, "%.*s", n, text);
		text += n + (text[n] == '\n');
	}
}

/* ---- all ---- */

static bool is_too_small(void)
{
	return LINES < TERMINAL_LINES_MIN || COLS < TERMINAL_COLS_MIN;
}

static void draw_too_small(void)
{
	put(0, 0, COLS, SHADE_NONE, "%dx%d: too small, %dx%d are needed", COLS, LINES,
	    TERMINAL_COLS_MIN, TERMINAL_LINES_MIN);
}

void screen_draw(const struct top_frame *f, struct top_wants *w)
{
	erase();
	if (is_too_small()) {
		draw_too_small();
		refresh();
		return;
	}
	draw_top(f, w);
	switch (w->page) {
	case PAGE_HELP:
		draw_help();
		break;
	case PAGE_STORY:
		draw_story(f, w);
		break;
	default:
		draw_all(f, w);
	}
	draw_bottom(f, w);
	refresh();
}
