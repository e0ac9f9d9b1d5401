// SPDX-License-Identifier: GPL-2.0-only
/* fuzz_dump.c - sched_ext debug dumps, as `kickstand why` and `kickstand import` read them. */
#include "fuzz.h"
#include "scenario/import.h"
#include "trace/why_dump.h"

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	struct dump *d = NULL;
	char path[32];
	int fd = fuzz_file(data, size, path);
	FILE *in = fopen(path, "re");

	if (in && dump_is_in(in) && !dump_read(in, "dump", &d)) {
		why_dump_print(d, NULL, false, fuzz_sink());
		why_dump_print(d, NULL, true, fuzz_sink());
		import_dump(d, "dump", fuzz_sink(), fuzz_sink());
	}
	dump_destroy(d);
	if (in)
		fclose(in);
	close(fd);
	return 0;
}
