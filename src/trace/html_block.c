// SPDX-License-Identifier: GPL-2.0-only
/* html_block.c - see html_block.h. */
#include "trace/html_block.h"

void html_block_put(struct html_blocks *b, enum html_block kind, const void *data, size_t len)
{
	struct pb head = { 0 };

	pb_bare(&head, kind);
	pb_bare(&head, len);
	b->no_memory |= head.failed;
	if (!head.failed) {
		packed_write(&b->packed, head.data, head.len);
		packed_write(&b->packed, data, len);
	}
	pb_finish(&head);
}

void html_column_put(struct html_blocks *b, struct pb *c)
{
	b->no_memory |= c->failed;
	if (c->len)
		pb_raw(&b->block, c->data, c->len);
	pb_reset(c);
}

void html_block_end(struct html_blocks *b, enum html_block kind)
{
	b->no_memory |= b->block.failed;
	if (!b->block.failed)
		html_block_put(b, kind, b->block.data, b->block.len);
	pb_reset(&b->block);
}

/* ---- tables ---- */

void html_table_end(struct html_blocks *b, struct html_table *t)
{
	if (!t->nr_rows)
		return;
	pb_bare(&b->block, t->nr_rows);
	for (u32 i = 0; i < t->nr_columns; i++)
		html_column_put(b, &t->column[i]);
	html_block_end(b, t->kind);
	t->nr_rows = 0;
}

void html_row_end(struct html_blocks *b, struct html_table *t)
{
	if (++t->nr_rows == HTML_CHUNK)
		html_table_end(b, t);
}

void html_table_finish(struct html_table *t)
{
	for (u32 i = 0; i < HTML_COLUMNS_MAX; i++)
		pb_finish(&t->column[i]);
}
