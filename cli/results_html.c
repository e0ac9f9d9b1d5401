// SPDX-License-Identifier: GPL-2.0-only
/* results_html.c - the groups and their runs as a page: a template with d3 in it, and one gap for the data. */
#include <jansson.h>
#include <math.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include "base/figure.h"
#include "base/json_out.h"
#include "base/shortage.h"
#include "base/text_stream.h"
#include "campaign/campaign.h"
#include "cli.h"
#include "compare.h"
#include "results.h"

#define GAP "@data@"

/* from the template, see scripts/html-page.sh */
extern const char ks_results_page_start[], ks_results_page_end[];

static json_t *cell_json(const struct cell *c)
{
	return c->nr ? json_pack("{s:f, s:f, s:f, s:f}", "mean", c->mean, "half", c->half, "least",
				 c->least, "most", c->most) :
		       json_null();
}

static json_t *group_json(struct results *r, const struct group *g)
{
	json_t *axis = json_object(), *cells = json_array(), *o;
	char id[32], *command;

	snprintf(id, sizeof(id), "%016llx", (unsigned long long)g->first);
	command = results_command(r, id);
	for (u32 a = 0; a < NR_AXES; a++)
		if (r->varies[a] || a == AXIS_SCHEDULER)
			json_object_set_new(axis, axis_names[a],
					    json_string(r->by & 1u << a ? g->axis[a] : ""));
	for (u32 k = 0; k < r->nr_figures; k++)
		json_array_append_new(cells, cell_json(&g->cell[k]));
	o = json_pack("{s:o, s:o, s:i, s:i, s:b, s:I, s:s}", "axis", axis, "cell", cells, "nr",
		      (int)g->nr, "bad", (int)g->bad, "front", (int)g->in_front, "seed",
		      (json_int_t)g->seed, "command", command ? command : "");
	free(command);
	return o;
}

static json_t *runs_json(const struct results *r)
{
	json_t *runs = json_array();

	for (u32 i = 0; i < r->nr_runs; i++) {
		const struct result_run *run = &r->run[i];
		json_t *one = json_pack("[i, I]", (int)run->group, (json_int_t)run->seed);

		for (u32 k = 0; k < r->nr_figures; k++)
			json_array_append_new(one, isnan(run->v[k]) ? json_null() :
								      json_real(run->v[k]));
		json_array_append_new(runs, one);
	}
	return runs;
}

static char *common_text(const struct results *r)
{
	char *text = NULL;
	size_t len;
	FILE *f = text_stream(&text, &len);

	for (u32 a = 0; a < NR_AXES; a++)
		if (axis_is_common(r, a))
			fprintf(f, "%s%s %s", ftell(f) ? ", " : "", axis_names[a],
				r->group[0].axis[a]);
	fclose(f);
	return text;
}

static json_t *data_json(struct results *r)
{
	json_t *figures = json_array(), *axes = json_array(), *groups = json_array(), *data;
	char *common = common_text(r);

	for (u32 k = 0; k < r->nr_figures; k++)
		json_array_append_new(figures,
				      json_pack("{s:s, s:b, s:b}", "path", r->figure[k].path,
						"more", (int)r->figure[k].more, "time",
						(int)figure_is_time(r->figure[k].path)));
	for (u32 a = 0; a < NR_AXES; a++)
		if (r->varies[a])
			json_array_append_new(axes, json_string(axis_names[a]));
	for (u32 i = 0; i < r->nr; i++)
		json_array_append_new(groups, group_json(r, &r->group[i]));
	data = json_pack("{s:s, s:s, s:o, s:o, s:o, s:o}", "name", r->path, "common", common,
			 "figures", figures, "axes", axes, "groups", groups, "runs", runs_json(r));
	shortage_on(!data, "out of memory for a page");
	free(common);
	return data;
}

/* Nothing in it may end the script that it stands in. */
static void put_data(const char *text, FILE *out)
{
	for (; *text; text++)
		if (*text == '<')
			fputs("\\u003c", out);
		else
			fputc(*text, out);
}

int results_html(struct results *r, const char *path)
{
	const char *gap = memmem(ks_results_page_start, ks_results_page_end - ks_results_page_start,
				 GAP, strlen(GAP));
	struct output out;
	json_t *data;
	char *text;
	int err = output_open(&out, path);

	if (err)
		return err;
	data = data_json(r);
	text = json_out_text(data, JSON_COMPACT);
	json_decref(data);
	shortage_on(!text || !gap, "out of memory for a page");
	fwrite(ks_results_page_start, 1, gap - ks_results_page_start, out.file);
	put_data(text, out.file);
	gap += strlen(GAP);
	fwrite(gap, 1, ks_results_page_end - gap, out.file);
	output_check(&out);
	free(text);
	err = output_commit(&out);
	output_drop(&out);
	return err;
}
