// SPDX-License-Identifier: GPL-2.0-only
/* told.c - see told.h. */
#include "trace/told.h"

#include <stdlib.h>
#include <string.h>

#include "base/text_stream.h"
#include "trace/value.h"

static bool prog_told(const struct told *t, u32 prog)
{
	for (u32 i = 0; i < t->nr_sites; i++)
		if (t->sites[i].prog == prog)
			return true;
	return false;
}

static bool site_told(const struct told *t, u32 prog, u32 insn)
{
	for (u32 i = 0; i < t->nr_sites; i++)
		if (t->sites[i].prog == prog && t->sites[i].insn == insn)
			return true;
	return false;
}

static void tell_site(struct told *t, u32 prog, u32 insn)
{
	const char *name = trace_state.prog_name ? trace_state.prog_name(prog) : NULL;
	struct call_site *more;
	char line[256];

	if (!name || site_told(t, prog, insn))
		return;
	if (!prog_told(t, prog)) {
		snprintf(line, sizeof(line), "%s", name);
		trace_make_printable(line);
		t->to->prog(t, prog, line);
	}
	if (trace_state.source_line && trace_state.source_line(prog, insn, line, sizeof(line))) {
		trace_make_printable(line);
		t->to->line(t, prog, insn, line);
	}
	more = realloc(t->sites, (t->nr_sites + 1) * sizeof(*more));
	if (!more)
		return; /* then it is told again */
	t->sites = more;
	more[t->nr_sites++] = (struct call_site){ prog, insn };
}

void told_event(struct told *t, const struct trace_record *r)
{
	if ((r->id == EV_kick || r->id == EV_insert_call) && r->arg[4])
		tell_site(t, (u32)r->arg[4], (u32)r->arg[5]);
}

/* The story's lines, in order; empty ones too, it has paragraphs. */
void told_end(struct told *t)
{
	char *story = NULL, *rest, *line;
	size_t len;
	FILE *f;

	if (!trace_state.end_story)
		return;
	f = text_stream(&story, &len);
	trace_state.end_story(f);
	fclose(f);
	if (len) {
		rest = story;
		if (story[len - 1] == '\n')
			story[len - 1] = '\0';
		while ((line = strsep(&rest, "\n"))) {
			trace_make_printable(line);
			if (strlen(line) > TOLD_LINE_MAX)
				line[TOLD_LINE_MAX] = '\0';
			t->to->exit(t, line);
		}
	}
	free(story);
}

void told_finish(struct told *t)
{
	free(t->sites);
	t->sites = NULL;
	t->nr_sites = 0;
}
