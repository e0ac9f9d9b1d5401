/* SPDX-License-Identifier: GPL-2.0-only */
/* reads_user.bpf.c - a program of its loader's, which reads what the loader points it to. */
#include "test.h"

struct where {
	u64 at, value;
	s64 err;
	u32 bytes;
	char text[8];
};

SEC("syscall")
int look(struct where *w)
{
	w->value = ~0ULL;
	w->err = bpf_probe_read_user(&w->value, w->bytes & 8, (void *)w->at);
	return 0;
}

SEC("syscall")
int look_at_text(struct where *w)
{
	w->err = bpf_probe_read_user_str(w->text, sizeof(w->text), (void *)w->at);
	return 0;
}
