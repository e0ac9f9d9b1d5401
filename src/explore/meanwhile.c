// SPDX-License-Identifier: GPL-2.0-only
/*
 * meanwhile.c - what another CPU did to the same memory, lock, queue or mask while the one of a
 * decision was held: the order that the decision turned round.
 */
#include "explore/explore.h"

#include <stdlib.h>
#include <string.h>

#include "base/text_stream.h"
#include "bpf/prog.h"
#include "bpf/state.h"

/* The decision's own point in the log; @nr: it is not there */
static u32 find_point(const struct access *log, u32 nr, const struct decision *d)
{
	u32 i = 0;

	while (i < nr && (log[i].nth != d->nth || !site_equal(&log[i].site, &d->site)))
		i++;
	return i;
}

static const struct access *find_conflict(const struct access *log, u32 nr, u32 at, u64 hold_ns)
{
	const struct access *a = &log[at];

	for (u32 i = at + 1; i < nr && log[i].now_ns <= a->ahead_ns + hold_ns; i++)
		if (log[i].addr == a->addr && log[i].site.cpu != a->site.cpu &&
		    (log[i].write || a->write))
			return &log[i];
	return NULL;
}

/* "in q_dispatch, q.bpf.c:31: text," */
static void put_program(u32 key, u32 insn, FILE *out)
{
	char where[WHERE_MAX] = "";

	for (u32 id = 1; id <= vm_state.object.last_id[OBJ_PROG]; id++) {
		struct prog *prog = prog_by_id(id);

		if (!prog)
			continue;
		if (prog_key(prog) == key) {
			prog_calling_line(prog, insn, where, sizeof(where));
			fprintf(out, " in %s%s%s,", prog_name(prog), *where ? ", " : "", where);
			prog_put(prog);
			return;
		}
		prog_put(prog);
	}
}

char *meanwhile(const struct access *log, u32 nr, const struct decision *d)
{
	u32 at = find_point(log, nr, d);
	const struct access *b;
	char *text = NULL;
	size_t len;
	FILE *out;

	if (at == nr || !log[at].addr)
		return NULL;
	b = find_conflict(log, nr, at, d->hold_ns);
	if (!b)
		return NULL;
	out = text_stream(&text, &len);
	fprintf(out, "meanwhile CPU %d", b->site.cpu);
	if (b->site.prog)
		put_program(b->site.prog, b->site.insn, out);
	fprintf(out, " comes first: %s", point_words(b->site.kind));
	if (b->pid >= 0)
		fprintf(out, " (pid %d)", b->pid);
	fclose(out);
	return text;
}
