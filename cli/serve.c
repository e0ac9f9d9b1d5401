// SPDX-License-Identifier: GPL-2.0-only
/*
 * serve.c - `kickstand serve`: runs for an optimiser or an agent, over standard input and output: one
 * line of JSON in, one out, in the same order. A request is a small plan; what comes back is what a
 * database has of its runs.
 *
 *	{"id": 1, "schedulers": "central.bpf.o", "set": {"turn_ns": 2000000}, "seeds": "1..3"}
 *	{"id": 1, "runs": [{"seed": 1, "ok": true, "figures": {...}, "command": "...", ...}, ...]}
 */
#include <errno.h>
#include <getopt.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "base/json_out.h"
#include "base/shortage.h"
#include "campaign/campaign.h"
#include "campaign/state.h"
#include "cli.h"
#include "sweep.h"

#define RUNS_A_REQUEST 10000

const struct option serve_options[] = {
	{ "help", no_argument, NULL, 'h' },
	{ NULL, 0, NULL, 0 },
};

static const char help_text[] =
	"usage: kickstand serve\n\n"
	"Runs for a program: one line of JSON on standard input is a request, one on standard output its\n"
	"answer. A request is a plan as kickstand sweep takes it, with an \"id\" that the answer repeats;\n"
	"the answer has \"runs\", or \"error\". {\"hello\": true} asks for version and kernels. Ends with\n"
	"its input. docs/campaigns.md has the members; examples/optimise.py uses it.\n\n"
	"Exit status: 0; 2 bad usage; 130 it was interrupted. A request that is wrong has an answer that\n"
	"says so, and the next one is read.\n";

static void answer(json_t *o)
{
	json_out(o, stdout, JSON_COMPACT);
	putchar('\n');
	fflush(stdout);
	json_decref(o);
}

static json_t *error_answer(const json_t *id, const char *why)
{
	return json_pack("{s:O?, s:s}", "id", id, "error", why);
}

static json_t *hello(const json_t *id)
{
	json_t *kernels = json_array();
	const char *name;

	for (u32 i = 0; (name = ks_kernel_name(i)); i++)
		json_array_append_new(kernels, json_string(name));
	return json_pack("{s:O?, s:s, s:o}", "id", id, "version", KS_VERSION, "kernels", kernels);
}

/* ---- a request ---- */

/* What the database's row has, and its configuration's names. */
static int take_record(void *arg, const struct points *p, const struct point *at, json_t *record)
{
	const struct config *c = &p->config[at->config];
	char *command = point_command(p, at);

	json_object_update_new(record, json_pack("{s:I, s:s, s:s, s:s, s:s, s:s, s:s, s:s}", "seed",
						 (json_int_t)at->seed, "scheduler", c->scheduler,
						 "settings", c->set, "kernel", c->kernel, "machine",
						 c->machine, "workload", c->workload, "sha256",
						 c->sha256, "command", command));
	json_array_append(arg, record);
	free(command);
	return KS_OK;
}

static int run_request(const char *text, const json_t *id)
{
	json_t *runs = json_array();
	int err = campaign_request(text, RUNS_A_REQUEST, &command_runner, take_record, runs);

	if (err == KS_INTERRUPTED)
		json_decref(runs);
	else if (err)
		answer(error_answer(id,
				    *campaign_error() ?
					    campaign_error() :
					    "its options cannot be read; standard error says why")),
			json_decref(runs);
	else
		answer(json_pack("{s:O?, s:o}", "id", id, "runs", runs));
	return err == KS_INTERRUPTED ? err : KS_OK;
}

static int serve_line(const char *line)
{
	json_error_t why;
	json_t *o = json_loads(line, 0, &why), *id;
	char *text;
	int err = KS_OK;

	if (!json_is_object(o)) {
		answer(error_answer(NULL, o ? "a request is an object {...}" : why.text));
		json_decref(o);
		return KS_OK;
	}
	id = json_incref(json_object_get(o, "id"));
	json_object_del(o, "id");
	if (json_object_get(o, "hello")) {
		answer(hello(id));
	} else {
		text = json_dumps(o, 0);
		shortage_on(!text, "out of memory for a request");
		err = run_request(text, id);
		free(text);
	}
	json_decref(id);
	json_decref(o);
	return err;
}

static int serve(void)
{
	char *line = NULL;
	size_t room = 0;
	int err = KS_OK;

	while (!err && !campaign_state.asked_to_end && getline(&line, &room, stdin) > 0)
		if (line[strspn(line, " \t\r\n")])
			err = serve_line(line);
	free(line);
	if (!err && ferror(stdout))
		err = flush_output();
	return campaign_state.asked_to_end ? KS_INTERRUPTED : err;
}

int cmd_serve(int argc, char **argv)
{
	int opt;

	opterr = 0;
	while ((opt = getopt_long(argc, argv, ":h", serve_options, NULL)) != -1) {
		if (opt != 'h')
			return complain_option(argv, opt, serve_options, "kickstand serve");
		fputs(help_text, stdout);
		return KS_OK;
	}
	if (optind < argc)
		return complain(KS_USAGE,
				"'%s' is one argument too many: requests come on standard input",
				argv[optind]);
	campaign_let_interrupt();
	return serve();
}
