// SPDX-License-Identifier: GPL-2.0-only
/* file.c - see file.h. */
#include "trace/file.h"

#include <errno.h>
#include <string.h>

#include "trace/perfetto.h"
#include "trace/text.h"
#include "trace/tracecmd.h"

static bool has_suffix(const char *s, const char *suffix)
{
	size_t n = strlen(s), k = strlen(suffix);

	return n >= k && !strcmp(s + n - k, suffix);
}

int trace_file_create(const char *path, const struct trace_machine *m, struct trace_sink **out)
{
	const struct text_options text = { .about = m->about,
					   .place = m->place,
					   .nr_cpus = m->nr_cpus };

	if (!strcmp(path, "-") || has_suffix(path, ".txt"))
		return trace_text_create(path, &text, out);
	if (has_suffix(path, ".pftrace"))
		return trace_perfetto_create(path, m->about, m->nr_cpus, out);
	if (has_suffix(path, ".dat"))
		return trace_tracecmd_create(path, m->nr_cpus, m->comm_dynamic, out);
	return -EINVAL;
}
