// SPDX-License-Identifier: GPL-2.0-only
/* fuzz_trace.c - text traces, as `kickstand report`, `explain` and `why` read them. */
#include "fuzz.h"
#include "trace/explain.h"
#include "trace/timehist.h"
#include "trace/why.h"

static void report(const char *path)
{
	struct trace_reader *r;

	if (!trace_reader_open(path, &r))
		timehist_print(r, fuzz_sink(), fuzz_sink());
	trace_reader_close(r);
}

static void explain(const char *path)
{
	struct kick_lives lives = { 0 };
	struct trace_reader *r;
	int err = trace_reader_open(path, &r);

	if (!err)
		err = kicks_read(r, &lives);
	if (!err) {
		explain_table(&lives, r, fuzz_sink());
		for (u32 n = 1; n <= lives.nr_kicks; n++)
			explain_kick(&lives, r, n, fuzz_sink());
	}
	kicks_finish(&lives);
	trace_reader_close(r);
}

static void why(const char *path, const struct why_question *q)
{
	struct trace_reader *r;

	if (!trace_reader_open(path, &r))
		why_print(r, q, fuzz_sink());
	trace_reader_close(r);
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	char path[32];
	int fd = fuzz_file(data, size, path);

	report(path);
	explain(path);
	why(path, &(struct why_question){ 0 });
	why(path, &(struct why_question){ .json = true, .has_at = true, .at_ns = 1000000 });
	why(path, &(struct why_question){ .task = "b-8" });
	close(fd);
	return 0;
}
