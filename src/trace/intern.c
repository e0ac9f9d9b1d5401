// SPDX-License-Identifier: GPL-2.0-only
/* intern.c - see intern.h. */
#include "trace/intern.h"

#include <stdlib.h>
#include <string.h>
#include "base/fnv.h"
#include "base/shortage.h"

#define FIRST_SLOTS 64

/* where @text is, or where it would go */
static u32 *slot_of(const struct intern *in, const char *text)
{
	u32 i = fnv1a(text) & (in->nr_slots - 1);

	while (in->slots[i] && strcmp(in->text[in->slots[i] - 1], text))
		i = (i + 1) & (in->nr_slots - 1);
	return &in->slots[i];
}

static void grow(struct intern *in)
{
	u32 nr = in->nr_slots ? in->nr_slots * 2 : FIRST_SLOTS;
	char **text = realloc(in->text, nr / 2 * sizeof(*text));
	u32 *slots;

	shortage_on(!text, "out of memory for a table of names");
	in->text = text;
	slots = calloc(nr, sizeof(*slots));
	shortage_on(!slots, "out of memory for a table of names");
	free(in->slots);
	in->slots = slots;
	in->nr_slots = nr;
	for (u32 i = 0; i < in->nr; i++)
		*slot_of(in, in->text[i]) = i + 1;
}

u32 intern_get(struct intern *in, const char *text, bool *fresh)
{
	u32 *slot;

	*fresh = false;
	if (in->nr >= in->nr_slots / 2)
		grow(in);
	slot = slot_of(in, text);
	if (*slot)
		return *slot;
	in->text[in->nr] = strdup(text);
	shortage_on(!in->text[in->nr], "out of memory for a name");
	*fresh = true;
	*slot = ++in->nr;
	return *slot;
}

void intern_finish(struct intern *in)
{
	for (u32 i = 0; i < in->nr; i++)
		free(in->text[i]);
	free(in->text);
	free(in->slots);
	*in = (struct intern){ 0 };
}
