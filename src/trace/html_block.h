/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * html_block.h - the stream of blocks that is the data of the page of --html: each a kind, a
 * length and that many bytes. Tables lie in them by columns, since those pack best:
 *
 *	pb_bare(&t->column[0], time);
 *	pb_bare_signed(&t->column[1], cpu);
 *	html_row_end(b, t);			after HTML_CHUNK of them, a block
 */
#ifndef KS_TRACE_HTML_BLOCK_H
#define KS_TRACE_HTML_BLOCK_H

#include "trace/packed.h"
#include "trace/pb.h"

#define HTML_CHUNK 65536
#define HTML_COLUMNS_MAX 4

enum html_block {
	BLOCK_EVENTS = 1,
	BLOCK_KICKS,
	BLOCK_DELIVERIES,
	BLOCK_STORIES,
	BLOCK_META,
	BLOCK_SLICES,
	BLOCK_SPANS,
	BLOCK_STEPS,
	BLOCK_NOTES,
};

struct html_blocks {
	struct packed packed;
	struct pb block; /* the one that is being made */
	bool no_memory;
};

void html_block_put(struct html_blocks *b, enum html_block kind, const void *data, size_t len);
/* Put @c at the end of the block that is being made, and empty it. */
void html_column_put(struct html_blocks *b, struct pb *c);
void html_block_end(struct html_blocks *b, enum html_block kind);

struct html_table {
	enum html_block kind;
	u32 nr_columns, nr_rows;
	struct pb column[HTML_COLUMNS_MAX];
};

void html_row_end(struct html_blocks *b, struct html_table *t);
/* What has not been written yet. */
void html_table_end(struct html_blocks *b, struct html_table *t);
void html_table_finish(struct html_table *t);

#endif
