// SPDX-License-Identifier: GPL-2.0-only
/*
 * svg.c - see svg.h. Lanes and arrows are put together apart, since arrows lie above
 * all lanes. Lengths are in tenths of a pixel, in integers: the same on any machine.
 */
#include "trace/svg.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "trace/out.h"
#include "trace/value.h"

#define LEFT 600		/* tenths of a pixel, as all that follows */
#define WIDTH 9000
#define TOP 420
#define LANE 260
#define BAR 200
#define LETTER 58
#define NR_HUES 12
#define NR_TICKS 8

enum kick_state { KICK_ASKED, KICK_DELIVERED };

struct kick {
	u64 n, flags, time_ns;
	s32 from, to;
	enum kick_state state;
};

struct lane {
	s64 pid;		/* -1: not known yet */
	u64 since_ns;
};

struct svg {
	struct trace_sink sink;
	struct trace_out out;
	struct svg_options o;
	char about[96];
	struct trace_names names;
	struct lane *lane;
	struct kick *kick;	/* on their way */
	u32 nr_kicks, nr_kicks_max;
	FILE *bars, *arrows;
	char *bars_text, *arrows_text;
	size_t bars_len, arrows_len;
	bool over, reached;
};

/* ---- places ---- */

static u64 x_of(const struct svg *s, u64 ns)
{
	u64 t = min(max(ns, s->o.from_ns), s->o.to_ns) - s->o.from_ns;

	return LEFT + (u64)((unsigned __int128)t * WIDTH / (s->o.to_ns - s->o.from_ns));
}

static u64 y_of(s32 cpu)
{
	return TOP + (u64)cpu * LANE;
}

static void put_tenths(FILE *f, const char *name, u64 v)
{
	fprintf(f, " %s=\"%llu.%llu\"", name, v / 10, v % 10);
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

static void label_put(struct svg *s, const char *comm, u64 x, u64 width, u64 y)
{
	if (width < (strlen(comm) + 1) * LETTER)	/* a part of a name says little */
		return;
	fputs("<text class=\"name\"", s->bars);
	put_tenths(s->bars, "x", x + LETTER / 2);
	put_tenths(s->bars, "y", y + BAR - 60);
	fputs(">", s->bars);
	put_escaped(s->bars, comm);
	fputs("</text>\n", s->bars);
}

/* Who ran on @cpu until @now_ns, if it is in the window. */
static void bar_put(struct svg *s, s32 cpu, u64 now_ns)
{
	const struct lane *l = &s->lane[cpu];
	const char *comm = trace_names_get(&s->names, l->pid);
	u64 x = x_of(s, l->since_ns), width = x_of(s, now_ns) - x;

	if (l->pid <= 0 || now_ns <= s->o.from_ns || l->since_ns >= s->o.to_ns)
		return;
	fprintf(s->bars, "<rect class=\"h%lld\"", l->pid % NR_HUES);
	put_tenths(s->bars, "x", x);
	put_tenths(s->bars, "y", y_of(cpu));
	put_tenths(s->bars, "width", max(width, 5ULL));
	put_tenths(s->bars, "height", BAR);
	fputs("><title>", s->bars);
	put_escaped(s->bars, comm);
	fprintf(s->bars, "-%lld on CPU %d, ", l->pid, cpu);
	put_time(s->bars, l->since_ns);
	fputs(" to ", s->bars);
	put_time(s->bars, now_ns);
	fputs("</title></rect>\n", s->bars);
	label_put(s, comm, x, width, y_of(cpu));
}

static void lane_switch(struct svg *s, const struct trace_record *r, s64 next)
{
	bar_put(s, r->cpu, r->time_ns);
	s->lane[r->cpu] = (struct lane){ next, r->time_ns };
}

/* ---- kicks ---- */

static const char *kick_class(u64 flags)
{
	return flags & 4 ? "wait" : flags & 2 ? "preempt" : flags & 1 ? "idle" : "plain";
}

static void kick_title(struct svg *s, const struct kick *k, const char *end, u64 end_ns)
{
	char flags[TRACE_VALUE_MAX];

	trace_value_text(flags, &s->names, FIELD_kick, k->flags);
	fprintf(s->arrows, "<title>kick %llu, %s, CPU %d to %d: asked at ", k->n, flags, k->from,
		k->to);
	put_time(s->arrows, k->time_ns);
	fprintf(s->arrows, ", %s at ", end);
	put_time(s->arrows, end_ns);
	fputs("</title>", s->arrows);
}

static bool outside(const struct svg *s, const struct kick *k, u64 end_ns)
{
	return end_ns < s->o.from_ns || k->time_ns > s->o.to_ns;
}

static void arrow_put(struct svg *s, const struct kick *k, u64 end_ns)
{
	const char *class = kick_class(k->flags);

	if (outside(s, k, end_ns))
		return;
	fprintf(s->arrows, "<line class=\"kick %s\" marker-end=\"url(#%s)\"", class, class);
	put_tenths(s->arrows, "x1", x_of(s, k->time_ns));
	put_tenths(s->arrows, "y1", y_of(k->from) + BAR / 2);
	put_tenths(s->arrows, "x2", x_of(s, end_ns));
	put_tenths(s->arrows, "y2", y_of(k->to) + (k->to > k->from ? 0 : BAR));
	fputs(">", s->arrows);
	kick_title(s, k, "answered", end_ns);
	fputs("</line>\n", s->arrows);
}

static void cross_put(struct svg *s, const struct kick *k, u64 end_ns)
{
	u64 x = x_of(s, end_ns), y = y_of(k->from) + BAR / 2;

	if (outside(s, k, end_ns))
		return;
	fprintf(s->arrows, "<path class=\"kick %s\" d=\"M%llu.%llu %llu.%llul6 6m-6 0l6 -6\">",
		kick_class(k->flags), (x - 30) / 10, (x - 30) % 10, (y - 30) / 10, (y - 30) % 10);
	kick_title(s, k, "came to nothing", end_ns);
	fputs("</path>\n", s->arrows);
}

static void kick_add(struct svg *s, const struct trace_record *r)
{
	struct kick *more = s->kick;

	if (s->nr_kicks == s->nr_kicks_max) {
		more = realloc(more, (s->nr_kicks_max * 2 + 64) * sizeof(*more));
		if (!more)
			return;
		s->kick = more;
		s->nr_kicks_max = s->nr_kicks_max * 2 + 64;
	}
	more[s->nr_kicks++] = (struct kick){ r->arg[0], r->arg[2], r->time_ns, r->cpu, r->arg[1],
					     KICK_ASKED };
}

/* Those that end with @r, as its kind says, leave the list; the others keep their order. */
static void kicks_end(struct svg *s, const struct trace_record *r)
{
	u32 kept = 0;

	for (u32 i = 0; i < s->nr_kicks; i++) {
		struct kick *k = &s->kick[i];

		if (r->id == EV_kick_drop && k->n == r->arg[0])
			cross_put(s, k, r->time_ns);
		else if (r->id == EV_kick_answer && k->to == r->cpu && k->state == KICK_DELIVERED)
			arrow_put(s, k, r->time_ns);
		else
			s->kick[kept++] = *k;
	}
	s->nr_kicks = kept;
}

static void kicks_deliver(struct svg *s, const struct trace_record *r)
{
	for (u32 i = 0; i < s->nr_kicks; i++)
		if (s->kick[i].from == r->cpu && s->kick[i].to == (s64)r->arg[1])
			s->kick[i].state = KICK_DELIVERED;
}

/* ---- the sink ---- */

static void window_ends(struct svg *s)
{
	for (u32 cpu = 0; cpu < s->o.nr_cpus; cpu++)
		bar_put(s, cpu, s->o.to_ns);
	s->over = true;
}

static void svg_record(struct trace_sink *sink, const struct trace_record *r)
{
	struct svg *s = container_of(sink, struct svg, sink);
	bool on_cpu = r->cpu >= 0 && (u32)r->cpu < s->o.nr_cpus;

	if (s->over)
		return;
	s->reached = s->reached || r->time_ns >= s->o.from_ns;
	if (r->id == EV_task_new)
		trace_names_add(&s->names, r->arg[0], &r->arg[2]);
	if (r->time_ns > s->o.to_ns && s->nr_kicks == 0) {	/* arrows come to their ends */
		window_ends(s);
		return;
	}
	if (!on_cpu)
		return;
	if (s->lane[r->cpu].pid < 0 && r->pid >= 0)
		s->lane[r->cpu] = (struct lane){ r->pid, r->time_ns };
	if (r->id == EV_sched_switch)
		lane_switch(s, r, r->arg[2]);
	else if (r->id == EV_kick && r->time_ns <= s->o.to_ns && r->arg[1] < s->o.nr_cpus)
		kick_add(s, r);
	else if (r->id == EV_kick_deliver)
		kicks_deliver(s, r);
	else if (r->id == EV_kick_drop || r->id == EV_kick_answer)
		kicks_end(s, r);
}

/* ---- the page ---- */

static const char style[] =
	"<style>text{font:10px sans-serif;fill:#222}.name{fill:#000}.axis{stroke:#999;"
	"stroke-width:.5}.lane{fill:#f2f2f2}.back{fill:#fff}"
	".kick{fill:none;stroke-width:1.4}.idle{stroke:#0a7d32;color:#0a7d32}"
	".preempt{stroke:#c4161c;color:#c4161c}.wait{stroke:#7a2fb0;color:#7a2fb0}"
	".plain{stroke:#1453c4;color:#1453c4}"
	"@media(prefers-color-scheme:dark){.back{fill:#161616}text{fill:#ddd}"
	".name{fill:#000}.lane{fill:#262626}.idle{stroke:#5fd38a;color:#5fd38a}"
	".preempt{stroke:#ff7b7b;color:#ff7b7b}.wait{stroke:#cf9bff;color:#cf9bff}"
	".plain{stroke:#86b4ff;color:#86b4ff}}";

static void head_put(const struct svg *s, FILE *f)
{
	static const char *const flags[] = { "plain", "idle", "preempt", "wait" };
	u64 height = y_of(s->o.nr_cpus) + 300;

	fprintf(f, "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %llu\" "
		"font-family=\"sans-serif\">\n<title>kickstand: %s</title>\n%s",
		(LEFT + WIDTH + 200) / 10, height / 10, s->about, style);
	for (u32 i = 0; i < NR_HUES; i++)
		fprintf(f, ".h%u{fill:hsl(%u,55%%,%u%%)}", i, i * 150 % 360, i & 1 ? 68 : 76);
	fputs("</style>\n<defs>", f);
	for (u32 i = 0; i < ARRAY_SIZE(flags); i++)
		fprintf(f, "<marker id=\"%s\" class=\"%s\" viewBox=\"0 0 6 6\" refX=\"6\" refY=\"3\" "
			"markerWidth=\"5\" markerHeight=\"5\" orient=\"auto\"><path d=\"M0 0L6 3L0 6z\" "
			"fill=\"currentColor\" stroke=\"none\"/></marker>", flags[i], flags[i]);
	fprintf(f, "</defs>\n<rect class=\"back\" width=\"%d\" height=\"%llu\"/>\n",
		(LEFT + WIDTH + 200) / 10, height / 10);
	fprintf(f, "<text x=\"%d\" y=\"14\">%s", LEFT / 10, s->about);
	fputs("</text>\n", f);
	for (u32 i = 0; i < ARRAY_SIZE(flags); i++)
		fprintf(f, "<line class=\"kick %s\" marker-end=\"url(#%s)\" x1=\"%u\" x2=\"%u\" "
			"y1=\"27\" y2=\"27\"/><text x=\"%u\" y=\"30\">%s kick</text>\n", flags[i],
			flags[i], LEFT / 10 + i * 110, LEFT / 10 + i * 110 + 20,
			LEFT / 10 + i * 110 + 25, flags[i]);
	fprintf(f, "<text x=\"%u\" y=\"30\">&#215; came to nothing</text>\n", LEFT / 10 + 440);
}

static void lanes_put(const struct svg *s, FILE *f)
{
	for (u32 cpu = 0; cpu < s->o.nr_cpus; cpu++) {
		fprintf(f, "<text x=\"4\" y=\"%llu\">CPU %u</text><rect class=\"lane\" x=\"%d\" "
			"y=\"%llu\" width=\"%d\" height=\"%d\"/>\n", (y_of(cpu) + BAR - 60) / 10, cpu,
			LEFT / 10, y_of(cpu) / 10, WIDTH / 10, BAR / 10);
	}
	for (u32 i = 0; i <= NR_TICKS; i++) {
		u64 x = LEFT + (u64)WIDTH * i / NR_TICKS;
		u64 ns = s->o.from_ns + (s->o.to_ns - s->o.from_ns) * i / NR_TICKS;

		fprintf(f, "<line class=\"axis\" x1=\"%llu\" x2=\"%llu\" y1=\"%d\" y2=\"%llu\"/>"
			"<text x=\"%llu\" y=\"%llu\" text-anchor=\"%s\">%llu.%03llu ms</text>\n", x / 10,
			x / 10, TOP / 10 - 4, y_of(s->o.nr_cpus) / 10, x / 10,
			y_of(s->o.nr_cpus) / 10 + 14, i == NR_TICKS ? "end" : i ? "middle" : "start",
			ns / NSEC_PER_MSEC, ns % NSEC_PER_MSEC / NSEC_PER_USEC);
	}
}

static int page_write(struct svg *s)
{
	FILE *f = s->out.file;

	if (!s->over)
		window_ends(s);
	if (fflush(s->bars) || fflush(s->arrows))
		return -ENOMEM;
	head_put(s, f);
	lanes_put(s, f);
	trace_out_write(&s->out, s->bars_text, s->bars_len);
	trace_out_write(&s->out, s->arrows_text, s->arrows_len);
	fputs("</svg>\n", f);
	return 0;
}

/* ---- life ---- */

static void svg_free(struct svg *s)
{
	if (s->bars)
		fclose(s->bars);
	if (s->arrows)
		fclose(s->arrows);
	free(s->bars_text);
	free(s->arrows_text);
	trace_names_finish(&s->names);
	free(s->lane);
	free(s->kick);
	free(s);
}

static int svg_close(struct trace_sink *sink, bool commit)
{
	struct svg *s = container_of(sink, struct svg, sink);
	int ret = 0, err;

	if (commit)
		ret = s->reached ? page_write(s) : -ERANGE;
	err = trace_out_close(&s->out, commit && !ret);
	svg_free(s);
	return ret ? ret : err;
}

int trace_svg_create(const char *path, const struct svg_options *o, struct trace_sink **out)
{
	struct svg *s = calloc(1, sizeof(*s));
	int ret = -ENOMEM;

	if (!s)
		return -ENOMEM;
	s->o = *o;
	snprintf(s->about, sizeof(s->about), "%s", o->about);
	s->lane = calloc(o->nr_cpus, sizeof(*s->lane));
	s->bars = open_memstream(&s->bars_text, &s->bars_len);
	s->arrows = open_memstream(&s->arrows_text, &s->arrows_len);
	if (s->lane && s->bars && s->arrows)
		ret = trace_out_open(&s->out, path);
	if (ret) {
		svg_free(s);
		return ret;
	}
	for (u32 cpu = 0; cpu < o->nr_cpus; cpu++)
		s->lane[cpu].pid = -1;
	s->sink.record = svg_record;
	s->sink.close = svg_close;
	*out = &s->sink;
	return 0;
}
