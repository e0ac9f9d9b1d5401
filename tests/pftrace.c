// SPDX-License-Identifier: GPL-2.0-only
/*
 * pftrace.c - reads a Perfetto trace back by the published schema's field numbers,
 * written down here a second time, and prints the events in it as
 *
 *	0.004000250 [003] kick: n=1 cpu=5 flags=IDLE ...
 *
 * and last, as comments, what else there is. What no viewer could make sense of (a
 * track that is not described, a slice that ends and has not begun, time that runs
 * backwards, an arrow that ends and has not begun) is an error.
 *
 *	pftrace FILE
 */
#include <err.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* It reads one file and ends: what it holds then goes with the process. */
const char *__asan_default_options(void);
__attribute__((visibility("default"))) const char *__asan_default_options(void)
{
	return "detect_leaks=0";
}

#define NAMES_MAX 65536
#define TRACKS_MAX 65536
#define DEPTH_MAX 64
#define NOTES_MAX 16
#define FLOWS_MAX (1 << 20)

struct span {
	const uint8_t *at, *end;
};

struct field {
	uint32_t number, type;
	uint64_t value;
	struct span bytes;
};

struct note {
	char *name, *text;
};

struct slice {
	struct note note[NOTES_MAX];
	unsigned int nr;
};

struct track {
	uint64_t uuid, time_ns;
	char *name;
	struct slice open[DEPTH_MAX];
	unsigned int depth;
};

enum table { CATEGORIES, NAMES, ANNOTATIONS, STRINGS, NR_TABLES };

static char *names[NR_TABLES][NAMES_MAX];
static struct track *tracks[TRACKS_MAX];
static unsigned int nr_tracks;
static uint8_t flow_state[FLOWS_MAX]; /* 1 begun, 2 ended */
static uint64_t clock_of_defaults, nr_counters, nr_kick_arrows, nr_wakeup_arrows, nr_states;

/* ---- the wire ---- */

static uint64_t varint(struct span *s)
{
	uint64_t v = 0;
	unsigned int shift = 0;

	for (;;) {
		if (s->at == s->end || shift > 63)
			errx(1, "a number is cut off");
		v |= (uint64_t)(*s->at & 0x7f) << shift;
		if (!(*s->at++ & 0x80))
			return v;
		shift += 7;
	}
}

static bool next(struct span *s, struct field *f)
{
	uint64_t tag, n;

	if (s->at == s->end)
		return false;
	tag = varint(s);
	*f = (struct field){ .number = tag >> 3, .type = tag & 7 };
	if (f->type == 0) {
		f->value = varint(s);
		return true;
	}
	n = f->type == 1 ? 8 : f->type == 2 ? varint(s) : UINT64_MAX;
	if (n > (uint64_t)(s->end - s->at))
		errx(1, "field %u of type %u is cut off", f->number, f->type);
	if (f->type == 1)
		memcpy(&f->value, s->at, 8);
	f->bytes = (struct span){ s->at, s->at + n };
	s->at += n;
	return true;
}

static char *text_of(struct span s)
{
	return strndup((const char *)s.at, s.end - s.at);
}

static char *name_of(enum table t, uint64_t iid)
{
	if (iid >= NAMES_MAX || !names[t][iid])
		errx(1, "number %" PRIu64 " of table %d has no name", iid, t);
	return names[t][iid];
}

/* ---- what packets tell ---- */

static void interned(struct span s)
{
	struct field f, g;

	while (next(&s, &f)) {
		enum table t = f.number == 1  ? CATEGORIES :
			       f.number == 2  ? NAMES :
			       f.number == 3  ? ANNOTATIONS :
			       f.number == 29 ? STRINGS :
						NR_TABLES;
		uint64_t iid = 0;
		char *text = NULL;

		if (t == NR_TABLES)
			errx(1, "interned data has field %u", f.number);
		while (next(&f.bytes, &g)) {
			if (g.number == 1)
				iid = g.value;
			else if (g.number == 2)
				text = text_of(g.bytes);
		}
		if (!iid || iid >= NAMES_MAX || !text || names[t][iid])
			errx(1, "interned data is incomplete, or told twice");
		names[t][iid] = text;
	}
}

static struct track *track_find(uint64_t uuid)
{
	for (unsigned int i = 0; i < nr_tracks; i++)
		if (tracks[i]->uuid == uuid)
			return tracks[i];
	return NULL;
}

static void descriptor(struct span s)
{
	uint64_t uuid = 0, parent = 0;
	struct track *t;
	struct field f;
	char *name = NULL;

	while (next(&s, &f)) {
		if (f.number == 1)
			uuid = f.value;
		else if (f.number == 2)
			name = text_of(f.bytes);
		else if (f.number == 5)
			parent = f.value;
	}
	if (!uuid || !name || (parent && !track_find(parent)))
		errx(1, "track '%s' is incomplete", name ? name : "");
	t = track_find(uuid);
	if (!t) {
		if (nr_tracks == TRACKS_MAX)
			errx(1, "too many tracks");
		t = tracks[nr_tracks++] = calloc(1, sizeof(*t));
		t->uuid = uuid;
	}
	t->name = name;
}

static void flow(uint64_t id, bool last)
{
	if (id >= FLOWS_MAX)
		return;
	if (flow_state[id] == 2 || (last && !flow_state[id]))
		errx(1, "arrow %" PRIu64 " goes on after its end, or ends before its begin", id);
	flow_state[id] = last ? 2 : 1;
	if (last)
		++*(id & 1 ? &nr_kick_arrows : &nr_wakeup_arrows);
}

static struct note note_read(struct span s)
{
	struct note n = { 0 };
	struct field f;

	while (next(&s, &f)) {
		if (f.number == 1)
			n.name = name_of(ANNOTATIONS, f.value);
		else if (f.number == 17)
			n.text = name_of(STRINGS, f.value);
		else if ((f.number == 4 && asprintf(&n.text, "%" PRId64, (int64_t)f.value) < 0) ||
			 (f.number == 3 && asprintf(&n.text, "%" PRIu64, f.value) < 0))
			err(1, NULL);
	}
	if (!n.name || !n.text)
		errx(1, "an annotation is incomplete");
	return n;
}

/* ---- events ---- */

struct event {
	uint64_t time_ns, type;
	struct track *track;
	char *category, *name;
	struct slice notes;
	bool has_value;
};

static void print(const struct event *e, const struct slice *begun)
{
	unsigned int cpu, i, shared = begun ? !strcmp(e->category, "op_exit") ? 2 : 1 : 0;

	printf("%" PRIu64 ".%09" PRIu64 " ", e->time_ns / 1000000000, e->time_ns % 1000000000);
	if (sscanf(e->track->name, "CPU %u", &cpu) == 1)
		printf("[%03u] %s:", cpu, e->category);
	else
		printf("[---] %s:", e->category);
	for (i = 0; i < shared && i < begun->nr; i++)
		printf(" %s=%s", begun->note[i].name, begun->note[i].text);
	for (i = 0; i < e->notes.nr; i++)
		printf(" %s=%s", e->notes.note[i].name, e->notes.note[i].text);
	putchar('\n');
}

static void slice(const struct event *e)
{
	struct track *t = e->track;

	if (e->type == 1) {
		if (t->depth == DEPTH_MAX || !e->name)
			errx(1, "track '%s': a slice without a name, or too many", t->name);
		t->open[t->depth++] = e->notes;
		nr_states += !strcmp(e->name, "runnable") || !strcmp(e->name, "sleeping");
		return;
	}
	if (!t->depth)
		errx(1, "track '%s': a slice ends that has not begun", t->name);
	t->depth--;
}

static void take_field(struct event *e, const struct field *f)
{
	switch (f->number) {
	case 3:
		e->category = name_of(CATEGORIES, f->value);
		break;
	case 4:
		if (e->notes.nr == NOTES_MAX)
			errx(1, "too many annotations");
		e->notes.note[e->notes.nr++] = note_read(f->bytes);
		break;
	case 9:
		e->type = f->value;
		break;
	case 10:
		e->name = name_of(NAMES, f->value);
		break;
	case 11:
		e->track = track_find(f->value);
		break;
	case 30:
		e->has_value = true;
		break;
	case 47:
	case 48:
		flow(f->value, f->number == 48);
		break;
	default:
		errx(1, "a TrackEvent has field %u", f->number);
	}
}

static void event(struct span s, uint64_t time_ns)
{
	struct event e = { .time_ns = time_ns };
	struct field f;

	while (next(&s, &f))
		take_field(&e, &f);
	if (!e.track || e.type < 1 || e.type > 4 || e.has_value != (e.type == 4))
		errx(1, "an event without its track, or of type %" PRIu64, e.type);
	if (time_ns < e.track->time_ns)
		errx(1, "track '%s': time runs backwards", e.track->name);
	e.track->time_ns = time_ns;
	nr_counters += e.type == 4;
	if (e.type < 3)
		slice(&e);
	if (e.category)
		print(&e, e.type == 2 ? &e.track->open[e.track->depth] : NULL);
}

static void defaults(struct span s)
{
	struct field f;

	while (next(&s, &f))
		if (f.number == 58)
			clock_of_defaults = f.value;
}

static void packet(struct span s)
{
	struct span told = { 0 }, at = { 0 }, track = { 0 };
	uint64_t time_ns = 0, sequence = 0;
	struct field f;

	while (next(&s, &f)) {
		if (f.number == 8)
			time_ns = f.value;
		else if (f.number == 10)
			sequence = f.value;
		else if (f.number == 11)
			at = f.bytes;
		else if (f.number == 12)
			told = f.bytes;
		else if (f.number == 60)
			track = f.bytes;
		else if (f.number == 59)
			defaults(f.bytes);
	}
	if (!sequence)
		errx(1, "a packet of no sequence");
	interned(told);
	if (track.at)
		descriptor(track);
	if (at.at)
		event(at, time_ns);
}

int main(int argc, char **argv)
{
	FILE *f = argc == 2 ? fopen(argv[1], "rb") : NULL;
	struct span s;
	struct field p;
	uint8_t *data;
	size_t n;

	if (!f)
		errx(1, "usage: pftrace FILE");
	fseek(f, 0, SEEK_END);
	n = ftell(f);
	rewind(f);
	data = malloc(n + 1);
	if (!data || fread(data, 1, n, f) != n)
		err(1, "%s", argv[1]);
	s = (struct span){ data, data + n };
	while (next(&s, &p)) {
		if (p.number != 1 || p.type != 2)
			errx(1, "a trace has field %u", p.number);
		packet(p.bytes);
	}
	for (unsigned int i = 0; i < nr_tracks; i++)
		if (tracks[i]->depth)
			errx(1, "track '%s': a slice has no end", tracks[i]->name);
	printf("# clock %" PRIu64
	       ", tracks %u, states %d, counters %d, wakeup arrows %d, "
	       "kick arrows %d\n",
	       clock_of_defaults, nr_tracks, !!nr_states, !!nr_counters, !!nr_wakeup_arrows,
	       !!nr_kick_arrows);
	return 0;
}
