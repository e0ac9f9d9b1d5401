// SPDX-License-Identifier: GPL-2.0-only
/*
 * svg.c - see svg.h. Bars are put down as the events go by, arrows when the kicks' lives
 * are known; hues and the drawing of kicks are those of html/view.js and html/paint.js.
 * Lengths are in tenths of a pixel, in integers: the same on any machine.
 */
#include "trace/svg.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fnv.h"
#include "base/shortage.h"
#include "base/text_stream.h"
#include "trace/explain_words.h"
#include "trace/intern.h"
#include "trace/value.h"

#define LEFT 960 /* tenths of a pixel, as all that follows */
#define WIDTH 9000
#define RIGHT 200
#define TOP 500
#define LANE 260 /* of few CPUs; many share LANES_HEIGHT, with no less than LANE_LEAST each */
#define LANES_HEIGHT 14000
#define LANE_LEAST 40
#define LANE_NAMED 110 /* from here on bars and lanes have names in them */
#define LABEL_ROOM 120 /* from one lane's name to the next */
#define GROUP_GAP 80
#define LETTER 58
#define FAR 20000 /* of the plot: what is beyond is cut there, since it is not seen */
#define NR_HUES 15
#define TICKS_MAX 10
#define KICK_MARGIN 3 /* around a kick: so many times its life, on both sides together */
#define KICK_LEAST_NS 20000

struct lane {
	u32 y, cpu;
	struct trace_place place;
};

struct svg {
	struct trace_reader *r;
	struct trace_out *out;
	struct svg_window w;
	u32 nr_cpus, bottom;
	u32 nr_lanes, lane_height, bar;
	struct lane *lane; /* in the order of the picture */
	u32 *y;		   /* by CPU; 0: it has no lane */
	struct replay *rp;
	struct kick_lives lives;
	struct intern stems; /* of all tasks that run; their numbers are classes of bars */
	FILE *bars;
	char *bars_text;
	size_t bars_len;
	bool over, reached;
};

/* ---- places ---- */

static s64 x_of(const struct svg *s, u64 ns)
{
	s64 after = (s64)(ns - s->w.from_ns);
	s64 x = (s64)((__int128)after * WIDTH / (s64)(s->w.to_ns - s->w.from_ns));

	return LEFT + min(max(x, (s64)-FAR), (s64)WIDTH + FAR);
}

static void put_tenths(FILE *f, const char *name, s64 v)
{
	fprintf(f, "%s%s%lld.%lld", name, v < 0 ? "-" : "", llabs(v) / 10, llabs(v) % 10);
}

static void put_attribute(FILE *f, const char *name, s64 v)
{
	fprintf(f, " %s=\"", name);
	put_tenths(f, "", v);
	fputc('"', f);
}

static void put_escaped(FILE *f, const char *text)
{
	for (; *text; text++) {
		if (strchr("<>&\"", *text))
			fprintf(f, "&#%d;", *text);
		else
			fputc((u8)*text < 0x80 ? *text : '?', f);
	}
}

static void put_time(FILE *f, u64 ns)
{
	fprintf(f, "%llu.%06llu ms", ns / NSEC_PER_MSEC, ns % NSEC_PER_MSEC);
}

/* ---- lanes ---- */

static int lane_order(const void *a, const void *b)
{
	const struct lane *l = a, *m = b;

	if (l->place.node != m->place.node)
		return l->place.node < m->place.node ? -1 : 1;
	if (l->place.llc != m->place.llc)
		return l->place.llc < m->place.llc ? -1 : 1;
	if (l->place.core != m->place.core)
		return l->place.core < m->place.core ? -1 : 1;
	return l->cpu < m->cpu ? -1 : 1;
}

static bool group_begins(const struct svg *s, u32 i)
{
	return i && (s->lane[i].place.llc != s->lane[i - 1].place.llc ||
		     s->lane[i].place.node != s->lane[i - 1].place.node);
}

/* The digits at *@at, behind which it is then. false: there are none */
static bool number_next(const char **at, u64 *n)
{
	char *end;

	if (!isdigit((unsigned char)**at))
		return false;
	*n = strtoull(*at, &end, 10);
	*at = end;
	return true;
}

/* The same of a range: "8" or "0-3" */
static bool range_next(const char **at, u64 *first, u64 *last)
{
	if (!number_next(at, first))
		return false;
	*last = *first;
	if (**at != '-')
		return true;
	++*at;
	return number_next(at, last) && *first <= *last;
}

bool svg_cpus_are_list(const char *text)
{
	u64 first, last;

	do {
		if (!range_next(&text, &first, &last))
			return false;
	} while (*text++ == ',');
	return !text[-1];
}

static bool list_has(const char *list, u32 cpu)
{
	u64 first, last;

	do {
		if (!range_next(&list, &first, &last))
			return false;
		if (cpu >= first && cpu <= last)
			return true;
	} while (*list++ == ',');
	return false;
}

static void lanes_lay(struct svg *s)
{
	u32 y = TOP;

	for (u32 i = 0; i < s->nr_cpus; i++)
		if (!s->w.cpus || list_has(s->w.cpus, i))
			s->lane[s->nr_lanes++] =
				(struct lane){ .cpu = i, .place = trace_reader_place(s->r, i) };
	qsort(s->lane, s->nr_lanes, sizeof(*s->lane), lane_order);
	s->lane_height =
		min((u32)LANE, max(LANES_HEIGHT / max(s->nr_lanes, 1u) / 10 * 10, (u32)LANE_LEAST));
	s->bar = s->lane_height * 3 / 4 / 10 * 10;
	for (u32 i = 0; i < s->nr_lanes; i++, y += s->lane_height) {
		y += group_begins(s, i) ? GROUP_GAP : 0;
		s->lane[i].y = y;
		s->y[s->lane[i].cpu] = y;
	}
	s->bottom = y;
}

/* names that touch each other say nothing */
static bool lane_is_named(const struct svg *s, u32 i)
{
	u32 every = (LABEL_ROOM + s->lane_height - 1) / s->lane_height;

	return !(i % every);
}

/* ---- bars ---- */

/* What is numbered goes by its name before the number: hog-0 and hog-1 are one kind. */
static size_t stem_length(const char *comm)
{
	size_t n = strlen(comm);

	while (n && comm[n - 1] >= '0' && comm[n - 1] <= '9')
		n--;
	while (n && (comm[n - 1] == '-' || comm[n - 1] == '/' || comm[n - 1] == ':'))
		n--;
	return n ? n : strlen(comm);
}

static u32 stem_number(struct svg *s, const char *comm)
{
	char stem[READER_COMM_BYTES];
	bool fresh;

	snprintf(stem, sizeof(stem), "%.*s", (int)stem_length(comm), comm);
	return intern_get(&s->stems, stem, &fresh);
}

/* @pid was on @cpu from @since_ns until @now_ns: if that is in the window. */
static void bar_put(struct svg *s, u32 cpu, s64 pid, const char *comm, u64 since_ns, u64 now_ns)
{
	u64 from = max(since_ns, s->w.from_ns), to = min(now_ns, s->w.to_ns);
	s64 x, width;

	if (pid <= 0 || from >= to || !s->y[cpu])
		return;
	x = x_of(s, from);
	width = max(x_of(s, to) - x, 5LL);
	fprintf(s->bars, "<rect class=\"t%u\"", stem_number(s, comm));
	put_attribute(s->bars, "x", x);
	put_attribute(s->bars, "y", s->y[cpu]);
	put_attribute(s->bars, "width", width > 20 ? width - 7 : width);
	put_attribute(s->bars, "height", s->bar);
	fputs("><title>", s->bars);
	put_escaped(s->bars, comm);
	fprintf(s->bars, "-%lld on CPU %u, ", pid, cpu);
	put_time(s->bars, since_ns);
	fputs(" to ", s->bars);
	put_time(s->bars, now_ns);
	fputs("</title></rect>\n", s->bars);
	/* a part of a name says little */
	if (width < (s64)(strlen(comm) + 1) * LETTER || s->lane_height < LANE_NAMED)
		return;
	fputs("<text class=\"name\"", s->bars);
	put_attribute(s->bars, "x", x + LETTER / 2);
	put_attribute(s->bars, "y", s->y[cpu] + s->bar / 2 + 40);
	fputs(">", s->bars);
	put_escaped(s->bars, comm);
	fputs("</text>\n", s->bars);
}

/* Who is on @cpu is so until @now_ns; @before: who was there before that. */
static void stay_put(struct svg *s, const struct replay *rp, u32 cpu, bool before, u64 now_ns)
{
	const struct replay_cpu *c = &rp->cpu[cpu];
	s32 pid = before ? c->prev : c->curr;

	bar_put(s, cpu, pid, replay_comm(rp, pid), before ? c->prev_since_ns : c->since_ns, now_ns);
}

/* All who are there as the window ends; on CPU @switched another has come by now. */
static void bars_end(struct svg *s, const struct replay *rp, s32 switched)
{
	for (u32 cpu = 0; cpu < s->nr_cpus; cpu++)
		stay_put(s, rp, cpu, (s32)cpu == switched, s->w.to_ns);
	s->over = true;
}

/* @rp has taken it. */
static void event_take(struct svg *s, const struct trace_record *r, const struct replay *rp)
{
	bool is_switch = r->id == EV_sched_switch;

	if (!s->bottom) /* the lines that say where CPUs sit are before all events */
		lanes_lay(s);
	s->reached = s->reached || r->time_ns >= s->w.from_ns;
	if (r->cpu < 0)
		return;
	if (!s->over && r->time_ns > s->w.to_ns)
		bars_end(s, rp, is_switch ? r->cpu : -1);
	if (is_switch && !s->over)
		stay_put(s, rp, (u32)r->cpu, true, r->time_ns);
	if (rp->cpu[r->cpu].curr > 0) /* the colours of all who run */
		stem_number(s, replay_comm(rp, rp->cpu[r->cpu].curr));
}

/* ---- kicks ---- */

static const char *const flag_names[] = { "plain", "idle", "preempt", "wait" };

static const char *flag_name(u32 flags)
{
	return flag_names[flags & KICK_FLAG_WAIT     ? 3 :
			  flags & KICK_FLAGS_PREEMPT ? 2 :
			  flags & KICK_FLAG_IDLE     ? 1 :
						       0];
}

static u64 drawn_until(const struct kick_lives *lives, const struct kick *k)
{
	const struct kick_delivery *d = k->delivery == NOBODY ? NULL :
								&lives->deliveries[k->delivery];

	if (!d)
		return k->called_ns;
	return d->answer_ns == NEVER ? d->at_ns : d->answer_ns;
}

static void title_put(const struct svg *s, FILE *f, u32 i)
{
	const struct kick *k = &s->lives.kicks[i];
	char flags[TRACE_VALUE_MAX];

	trace_value_text(flags, NULL, FIELD_kick, k->flags);
	fprintf(f, "<title>kick %u, %s, CPU %d to %lld: asked at ", i + 1,
		k->flags ? flags : "plain", k->asker, k->target);
	put_time(f, k->called_ns);
	fputs("; ", f);
	put_escaped(f, kick_outcome_text(&s->lives, k).at);
	if (kick_answered_ns(&s->lives, k) != NEVER)
		fprintf(f, ", after %llu ns", kick_answered_ns(&s->lives, k) - k->called_ns);
	fputs("</title>", f);
}

static void cross_put(FILE *f, s64 x, s64 y)
{
	put_tenths(f, "<path d=\"M", x - 30);
	put_tenths(f, " ", y - 30);
	fputs("l6 6m-6 0l6 -6\"/>", f);
}

/* A bow over the lane for a kick of the own CPU, else from lane to lane. */
static void curve_put(const struct svg *s, FILE *f, const struct kick *k, s64 x1, s64 x2)
{
	s64 y1 = s->y[k->asker] + s->bar / 2, y2 = s->y[k->target], bow = min((x2 - x1) / 2, 300LL);

	fputs("<path", f);
	if (kick_fate(&s->lives, k) == KICK_ANSWERED)
		fprintf(f, " marker-end=\"url(#%s)\"", flag_name(k->flags));
	fputs(" d=\"M", f);
	if (k->asker == k->target) {
		put_tenths(f, "", x1);
		put_tenths(f, " ", y2 + 40);
		put_tenths(f, "C", x1);
		put_tenths(f, " ", y2 - 60);
		put_tenths(f, " ", x2);
		put_tenths(f, " ", y2 - 60);
	} else {
		y2 += kick_fate(&s->lives, k) != KICK_ANSWERED ? s->bar / 2 : y1 > y2 ? s->bar : 0;
		put_tenths(f, "", x1);
		put_tenths(f, " ", y1);
		put_tenths(f, "C", x1 + bow);
		put_tenths(f, " ", y1 + (y2 - y1) / 4);
		put_tenths(f, " ", x2 - bow);
		put_tenths(f, " ", y2 - (y2 - y1) / 4);
	}
	put_tenths(f, " ", x2);
	put_tenths(f, " ", y2);
	fputs("\"/>", f);
	if (kick_fate(&s->lives, k) != KICK_SKIPPED)
		return;
	fputs("<circle class=\"ring\" r=\"3\"", f);
	put_attribute(f, "cx", x2);
	put_attribute(f, "cy", y2);
	fputs("/>", f);
}

static void kick_put(const struct svg *s, FILE *f, u32 i)
{
	const struct kick *k = &s->lives.kicks[i];
	enum kick_fate fate = kick_fate(&s->lives, k);
	s64 x1 = x_of(s, k->called_ns), x2 = x_of(s, drawn_until(&s->lives, k));

	fprintf(f, "<g class=\"kick %s%s\">", flag_name(k->flags),
		fate != KICK_ANSWERED ? " dots" :
		k->coalesced	      ? " dash" :
					"");
	title_put(s, f, i);
	if (fate == KICK_DROPPED || k->target < 0 || k->target >= s->nr_cpus) {
		cross_put(f, x1, s->y[k->asker] + s->bar / 2);
	} else {
		curve_put(s, f, k, x1, x2);
		fputs("<circle class=\"dot\" r=\"1.8\"", f);
		put_attribute(f, "cx", x1);
		put_attribute(f, "cy", s->y[k->asker] + (k->asker == k->target ? 40 : s->bar / 2));
		fputs("/>", f);
	}
	fputs("</g>\n", f);
}

/* One to a CPU that is not there is a cross, one to a CPU that is left out nothing. */
static bool target_is_shown(const struct svg *s, const struct kick *k)
{
	return k->target < 0 || k->target >= s->nr_cpus || s->y[k->target];
}

static void kicks_put(const struct svg *s, FILE *f)
{
	for (u32 i = 0; i < s->lives.nr_kicks; i++) {
		const struct kick *k = &s->lives.kicks[i];

		if (k->asker >= 0 && s->y[k->asker] && target_is_shown(s, k) &&
		    k->called_ns <= s->w.to_ns && drawn_until(&s->lives, k) >= s->w.from_ns)
			kick_put(s, f, i);
	}
}

/* SCX_KICK_WAIT: hatched while the asker waits */
static void waits_put(const struct svg *s, FILE *f)
{
	for (u32 i = 0; i < s->lives.nr_deliveries; i++) {
		const struct kick_delivery *d = &s->lives.deliveries[i];
		u64 from = max(d->wait_begin_ns, s->w.from_ns),
		    to = min(d->wait_end_ns, s->w.to_ns);

		if (d->wait_begin_ns == NEVER || from >= to || !s->y[d->asker])
			continue;
		fputs("<rect class=\"waits\"", f);
		put_attribute(f, "x", x_of(s, from));
		put_attribute(f, "y", s->y[d->asker]);
		put_attribute(f, "width", max(x_of(s, to) - x_of(s, from), 10LL));
		put_attribute(f, "height", s->bar);
		fprintf(f, "><title>CPU %d waits for CPU %d</title></rect>\n", d->asker, d->target);
	}
}

/* ---- the page ---- */

/* as the page's, in view.js: one lightness, one strength, 15 hues */
static const char *const hues[2][NR_HUES] = {
	{ "f0a8a9", "edac93", "e4b383", "d3bc7d", "bdc484", "a3cb96", "8bcfad", "7ad0c6", "78cddc",
	  "86c7ec", "9cc0f5", "b4b8f4", "cbb0ea", "deaad8", "eaa7c1" },
	{ "ad6b6d", "ab6f57", "a37647", "947e41", "7f8648", "678c5a", "4d9071", "389188", "368e9c",
	  "4889ab", "6081b3", "787ab2", "8d73a9", "9d6d98", "a86b84" },
};

static const char light[] =
	"text{font:10.5px system-ui,sans-serif;fill:#2b2f36}.name{fill:#1d2126}.quiet{fill:#7b818b}"
	".axis{stroke:#dddcd6}.lane{fill:#eeeeeb}.back{fill:#fbfbfa}.group{fill:#dddcd6}"
	".kick path,.kick .ring{fill:none;stroke:currentColor;stroke-width:1.3}.dot{fill:currentColor}"
	".kick .tip,.tip{fill:currentColor;stroke:none}.dots path{stroke-dasharray:2 3}.dash path{stroke-dasharray:5 3}.waits{fill:url(#hatch)}"
	"#hatch path{stroke:#8245b8}"
	".plain{color:#2b6fd6}.idle{color:#12874a}.preempt{color:#d03a3a}.wait{color:#8245b8}";
static const char dark[] =
	"text{fill:#d5d9df}.name{fill:#0d0f12}.quiet{fill:#878e99}.axis{stroke:#31363e}"
	".lane{fill:#20242a}.back{fill:#16181c}.group{fill:#31363e}#hatch path{stroke:#c495f5}"
	".plain{color:#74a9ff}.idle{color:#55c98a}.preempt{color:#ff7a76}.wait{color:#c495f5}";

static const char *const greys[2] = { "adb1b9", "5f636a" }; /* kernel threads */

static bool is_kernels(const char *stem)
{
	static const char *const names[] = {
		"init", "kthreadd",  "migration", "kworker", "ksoftirqd",
		"rcu",	"kickstand", "watchdog",  "cpuhp",   "sched_ext",
	};

	for (u32 i = 0; i < ARRAY_SIZE(names); i++)
		if (has_prefix(stem, names[i]))
			return true;
	return false;
}

/* none of the first @nr of @taken is nearer than @room to @hue, around the circle */
static bool hue_is_free(const u32 *taken, u32 nr, u32 hue, u32 room)
{
	for (u32 i = 0; i < nr; i++)
		if (min((taken[i] + NR_HUES - hue) % NR_HUES,
			(hue + NR_HUES - taken[i]) % NR_HUES) < room)
			return false;
	return true;
}

/* The hash's, or the next that is as far from the others as there is room. */
static u32 hue_choose(const u32 *taken, u32 nr, const char *stem)
{
	u32 wanted = fnv1a(stem) % NR_HUES;

	for (u32 room = 3; room > 0; room--)
		for (u32 n = 0; n < NR_HUES; n++)
			if (hue_is_free(taken, nr, (wanted + n) % NR_HUES, room))
				return (wanted + n) % NR_HUES;
	return wanted;
}

static int text_order(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The colours of all tasks, light or dark; in the order of their names, as view.js. */
static void hues_put(struct svg *s, FILE *f, bool is_dark)
{
	u32 nr = 0, *taken = calloc(s->stems.nr + 1, sizeof(*taken));
	const char **sorted = calloc(s->stems.nr + 1, sizeof(*sorted));
	bool fresh;

	shortage_on(!taken || !sorted, "out of memory for the colours of a picture");
	for (u32 i = 0; i < s->stems.nr; i++)
		sorted[i] = s->stems.text[i];
	qsort(sorted, s->stems.nr, sizeof(*sorted), text_order);
	for (u32 i = 0; i < s->stems.nr; i++) {
		u32 class = intern_get(&s->stems, sorted[i], &fresh);

		if (is_kernels(sorted[i])) {
			fprintf(f, ".t%u{fill:#%s}", class, greys[is_dark]);
			continue;
		}
		taken[nr] = hue_choose(taken, nr, sorted[i]);
		fprintf(f, ".t%u{fill:#%s}", class, hues[is_dark][taken[nr++]]);
	}
	free(sorted);
	free(taken);
}

static void style_put(struct svg *s, FILE *f)
{
	fprintf(f, "<style>%s", light);
	hues_put(s, f, false);
	fprintf(f, "@media(prefers-color-scheme:dark){%s", dark);
	hues_put(s, f, true);
	fputs("}</style>\n", f);
}

static void legend_put(FILE *f)
{
	u32 x = LEFT / 10;

	for (u32 i = 0; i < ARRAY_SIZE(flag_names); i++, x += 105)
		fprintf(f,
			"<g class=\"kick %s\"><path marker-end=\"url(#%s)\" d=\"M%u 30h20\"/></g>"
			"<text class=\"quiet\" x=\"%u\" y=\"33.5\">%s kick</text>\n",
			flag_names[i], flag_names[i], x, x + 25, flag_names[i]);
	fprintf(f,
		"<g class=\"kick plain dash\"><path marker-end=\"url(#plain)\" d=\"M%u 30h22\"/></g>"
		"<text class=\"quiet\" x=\"%u\" y=\"33.5\">came with another</text>\n",
		x, x + 27);
	x += 140;
	fprintf(f,
		"<g class=\"kick idle dots\"><path d=\"M%u 30h16\"/><circle class=\"ring\" cx=\"%u\" "
		"cy=\"30\" r=\"3\"/></g><text class=\"quiet\" x=\"%u\" y=\"33.5\">skipped: not idle</text>\n",
		x, x + 19, x + 27);
	x += 125;
	fprintf(f,
		"<g class=\"kick plain\"><path d=\"M%u 27l6 6m-6 0l6 -6\"/></g>"
		"<text class=\"quiet\" x=\"%u\" y=\"33.5\">dropped</text>\n",
		x, x + 11);
}

/* ", object shared.bpf.o, workload mixed": what a file that is passed on must say of itself */
static void runs_put(const struct svg *s, FILE *f)
{
	const struct trace_run *run;

	for (u32 i = 0; (run = trace_reader_run(s->r, i)); i++) {
		fprintf(f, ", ");
		put_escaped(f, run->key);
		fputc(' ', f);
		put_escaped(f, run->value);
	}
}

static void head_put(struct svg *s, FILE *f)
{
	char about[96];
	u32 width = (LEFT + WIDTH + RIGHT) / 10, height = (s->bottom + 260) / 10;

	trace_about_text(trace_reader_about(s->r), about, sizeof(about));
	fprintf(f,
		"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %u %u\">\n<title>kickstand: ",
		width, height);
	put_escaped(f, about);
	runs_put(s, f);
	fputs("</title>\n", f);
	style_put(s, f);
	fputs("<defs>", f);
	for (u32 i = 0; i < ARRAY_SIZE(flag_names); i++)
		fprintf(f,
			"<marker id=\"%s\" class=\"%s\" viewBox=\"0 0 6 6\" refX=\"5.5\" refY=\"3\" "
			"markerWidth=\"5\" markerHeight=\"5\" orient=\"auto\"><path class=\"tip\" "
			"d=\"M0 .4L6 3L0 5.6z\"/></marker>",
			flag_names[i], flag_names[i]);
	fputs("<pattern id=\"hatch\" width=\"5\" height=\"5\" patternUnits=\"userSpaceOnUse\">"
	      "<path d=\"M-1 6L6 -1\" stroke-width=\"1.2\"/></pattern>",
	      f);
	fprintf(f,
		"<clipPath id=\"plot\"><rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%u\"/></clipPath></defs>\n"
		"<rect class=\"back\" width=\"%u\" height=\"%u\"/>\n<text x=\"%d\" y=\"17\">",
		LEFT / 10, TOP / 10 - 12, WIDTH / 10, (s->bottom - TOP) / 10 + 12, width, height,
		LEFT / 10);
	put_escaped(f, about);
	fputs("</text>\n", f);
	legend_put(f);
}

/* a bar beside the lanes from..to, with its name */
static void group_put(const struct svg *s, FILE *f, u32 x, u32 from, u32 to, const char *name,
		      s32 n)
{
	u32 top = s->lane[from].y / 10, bottom = (s->lane[to].y + s->bar) / 10;

	fprintf(f, "<rect class=\"group\" x=\"%u\" y=\"%u\" width=\"2\" height=\"%u\"/>\n", x, top,
		bottom - top);
	if (bottom - top >= 40)
		fprintf(f,
			"<text class=\"quiet\" text-anchor=\"middle\" transform=\"translate(%u %u) "
			"rotate(-90)\">%s %d</text>\n",
			x - 4, (top + bottom) / 2, name, n);
}

static void groups_put(const struct svg *s, FILE *f)
{
	bool nodes = s->lane[s->nr_lanes - 1].place.node != s->lane[0].place.node;
	bool llcs = s->lane[s->nr_lanes - 1].place.llc != s->lane[0].place.llc;
	u32 node = 0, llc = 0;

	for (u32 i = 1; i <= s->nr_lanes; i++) {
		if (llcs && (i == s->nr_lanes || group_begins(s, i))) {
			group_put(s, f, 40, llc, i - 1, "LLC", s->lane[llc].place.llc);
			llc = i;
		}
		if (nodes &&
		    (i == s->nr_lanes || s->lane[i].place.node != s->lane[node].place.node)) {
			group_put(s, f, 20, node, i - 1, "node", s->lane[node].place.node);
			node = i;
		}
	}
}

/* 1, 2 or 5 of a power of ten, so that there are TICKS_MAX ticks at most */
static u64 tick_step(u64 window_ns)
{
	static const u32 steps[] = { 1, 2, 5 };

	for (u64 ten = 1;; ten *= 10)
		for (u32 i = 0; i < ARRAY_SIZE(steps); i++)
			if (window_ns / (ten * steps[i]) < TICKS_MAX)
				return ten * steps[i];
}

/* in ms, with the digits that @step_ns needs */
static void tick_put(FILE *f, u64 ns, u64 step_ns)
{
	u64 one = NSEC_PER_MSEC, rest = ns % NSEC_PER_MSEC;
	u32 digits = 0;

	for (; step_ns % one; one /= 10)
		digits++;
	fprintf(f, "%llu", ns / NSEC_PER_MSEC);
	if (digits)
		fprintf(f, ".%0*llu", (int)digits, rest / one);
	fputs(" ms</text>\n", f);
}

static void axis_put(const struct svg *s, FILE *f)
{
	u64 step = tick_step(s->w.to_ns - s->w.from_ns);

	for (u64 ns = (s->w.from_ns + step - 1) / step * step; ns <= s->w.to_ns; ns += step) {
		u32 x = x_of(s, ns) / 10;

		fprintf(f,
			"<line class=\"axis\" x1=\"%u\" x2=\"%u\" y1=\"%d\" y2=\"%u\"/>"
			"<text class=\"quiet\" x=\"%u\" y=\"%u\" text-anchor=\"%s\">",
			x, x, TOP / 10 - 4, s->bottom / 10, x, s->bottom / 10 + 14,
			x > (LEFT + WIDTH) / 10 - 10 ? "end" : "middle");
		tick_put(f, ns, step);
	}
}

static void lanes_put(const struct svg *s, FILE *f)
{
	for (u32 i = 0; i < s->nr_lanes; i++) {
		if (lane_is_named(s, i))
			fprintf(f, "<text x=\"%d\" y=\"%u\" text-anchor=\"end\">CPU %u</text>",
				LEFT / 10 - 8, (s->lane[i].y + s->bar / 2 + 40) / 10,
				s->lane[i].cpu);
		fprintf(f, "<rect class=\"lane\" x=\"%d\" y=\"%u\" width=\"%d\" height=\"%d\"/>\n",
			LEFT / 10, s->lane[i].y / 10, WIDTH / 10, s->bar / 10);
	}
}

static int picture_put(struct svg *s)
{
	FILE *f = s->out->to.file;

	if (!s->reached)
		return -ERANGE;
	if (!s->nr_lanes)
		return -ENODEV;
	if (!s->over)
		bars_end(s, s->rp, -1);
	if (fflush(s->bars))
		return -ENOMEM;
	head_put(s, f);
	groups_put(s, f);
	lanes_put(s, f);
	axis_put(s, f);
	trace_out_write(s->out, s->bars_text, s->bars_len);
	fputs("<g clip-path=\"url(#plot)\">\n", f);
	waits_put(s, f);
	kicks_put(s, f);
	fputs("</g>\n</svg>\n", f);
	return 0;
}

/* ---- reading ---- */

static int on_event(void *arg, const struct trace_record *rec, const struct replay *rp)
{
	event_take(arg, rec, rp);
	return 0;
}

static void svg_finish(struct svg *s)
{
	if (s->bars)
		fclose(s->bars);
	free(s->bars_text);
	intern_finish(&s->stems);
	free(s->lane);
	free(s->y);
	replay_destroy(s->rp);
	kicks_finish(&s->lives);
}

/* The window around kick @w->kick: its life in the middle. 0 or -errno */
static int window_of_kick(struct trace_reader *r, struct svg_window *w)
{
	struct kick_lives lives = { 0 };
	u64 from, to, margin;
	int ret = kicks_read(r, &lives);

	if (!ret && w->kick > lives.nr_kicks)
		ret = -ENOENT;
	if (!ret) {
		const struct kick *k = &lives.kicks[w->kick - 1];

		from = k->called_ns;
		to = drawn_until(&lives, k);
		margin = max((to - from) * KICK_MARGIN, (u64)KICK_LEAST_NS) / 2;
		w->from_ns = from > margin ? from - margin : 0;
		w->to_ns = to + margin;
	}
	kicks_finish(&lives);
	return ret ? ret : trace_reader_again(r);
}

int trace_svg_write(struct trace_reader *r, struct trace_out *out, const void *arg)
{
	struct svg s = { .r = r, .out = out, .w = *(const struct svg_window *)arg };
	int ret = s.w.kick ? window_of_kick(r, &s.w) : 0;

	if (ret)
		return ret;
	ret = -ENOMEM;
	s.nr_cpus = trace_reader_about(r)->cpus;
	s.lane = calloc(s.nr_cpus, sizeof(*s.lane));
	s.y = calloc(s.nr_cpus, sizeof(*s.y));
	s.rp = replay_of_reader(r);
	s.bars = text_stream(&s.bars_text, &s.bars_len);
	if (s.lane && s.y && s.rp) {
		ret = kicks_follow(r, s.rp, &s.lives, on_event, &s);
		if (!ret)
			ret = picture_put(&s);
	}
	svg_finish(&s);
	return ret;
}
