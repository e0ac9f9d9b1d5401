// SPDX-License-Identifier: GPL-2.0-only
/* explore.c - a campaign, from its first run to its report. See explore.h. */
#include "explore/explore.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "api/handle.h"
#include "base/host_clock.h"
#include "base/json_out.h"
#include "base/printable.h"
#include "base/text_stream.h"
#include "kern/machine.h"
#include "kern/sched.h"

bool explore_has_time(struct explorer *x)
{
	const struct ks_explore_opts *o = &x->opts;

	if (o->stop && *o->stop)
		x->interrupted = true;
	return !x->interrupted && (!o->budget_ns || host_ns() - x->began_ns < o->budget_ns);
}

bool explore_goes_on(struct explorer *x)
{
	return explore_has_time(x) && !x->out_failed &&
	       (!x->opts.runs || x->nr_runs < x->opts.runs);
}

/* ---- taking in results ---- */

static u32 take_cover(struct explorer *x, const u8 *cover)
{
	u32 fresh = 0;

	for (u32 i = 0; i < sizeof(x->cover); i++) {
		fresh += (u32)__builtin_popcount(cover[i] & ~x->cover[i]);
		x->cover[i] |= cover[i];
	}
	return fresh;
}

static void take(struct explorer *x, const struct trial *t)
{
	const struct trial_result *r = t->result;
	u64 run = x->nr_runs++;

	x->nr_stopped += r->end == TRIAL_STOPPED;
	x->nr_died += r->end == TRIAL_DIED;
	if (r->end != TRIAL_OVER)
		return;
	if (take_cover(x, r->cover)) {
		x->nr_behaviours++;
		if (!r->nr_found && t->schedule.nr < SCHEDULE_MAX / 2)
			x->corpus[x->nr_corpus++ % CORPUS_MAX] = t->schedule;
	}
	findings_take(x, t, run);
}

static void tell(struct explorer *x)
{
	struct ks_explore_progress p = {
		.sz = sizeof(p),
		.runs = x->nr_runs,
		.behaviours = x->nr_behaviours,
		.findings = x->nr_findings,
		.real_ns = host_ns() - x->began_ns,
	};

	if (x->opts.progress)
		x->opts.progress(x->opts.arg, &p);
}

/* ---- the campaign ---- */

static int no_memory(void)
{
	return api_fail(KS_USAGE, "out of memory");
}

/* The run as it is: what it does, and whether it is a finding by itself. */
static int learn(struct explorer *x)
{
	const struct schedule none = {};
	const struct trial_result *r = trial_once(x, &none, true);

	if (r->end == TRIAL_DIED)
		return api_fail(KS_FAILED,
				"the run without decisions ended in a fault of "
				"kickstand: kickstand run shows it");
	if (r->end == TRIAL_STOPPED)
		return api_fail(KS_USAGE,
				"one run takes longer than a minute: a shorter --duration "
				"is due");
	if (r->status == KS_LOAD || r->status == KS_USAGE)
		return api_fail((enum ks_status)r->status, "%s", r->found[0].text);
	x->nr_base = r->nr_log;
	x->base = malloc((x->nr_base + 1) * sizeof(*x->base));
	if (!x->base)
		return no_memory();
	memcpy(x->base, x->log, x->nr_base * sizeof(*x->base));
	if (!x->resumed) {
		take_cover(x, r->cover);
		findings_take(x, &x->one, 0);
	}
	return pairs_find(x->base, x->nr_base, &x->pairs) ? no_memory() : KS_OK;
}

static void campaign(struct explorer *x)
{
	while (explore_goes_on(x)) {
		u32 n = strategy_batch(x, x->nr_batches++, x->batch);

		if (!n)
			return;
		trials_run(x, x->batch, n);
		for (u32 i = 0; i < n; i++)
			take(x, &x->batch[i]);
		progress_write(x, false);
		tell(x);
	}
}

/* ---- the report ---- */

static void report(const struct explorer *x, FILE *out)
{
	double s = (double)(host_ns() - x->began_ns) / NSEC_PER_SEC;
	struct printable p;
	FILE *to = printable_begin(&p, out);

	for (u32 i = 0; i < x->nr_findings; i++)
		finding_print(x, &x->findings[i], to);
	printable_end(&p);
	fprintf(out,
		"%llu runs in %.1f s, %.0f a second; %llu of them did what none before did; "
		"%u finding%s\n",
		x->nr_runs, s, s > 0 ? (double)x->nr_runs / s : 0, x->nr_behaviours, x->nr_findings,
		x->nr_findings == 1 ? "" : "s");
	fprintf(out, "%u points in the run without decisions, %u pairs of accesses nearly meet\n",
		x->nr_base, x->pairs.nr);
	if (x->nr_stopped)
		fprintf(out, "%llu runs took too long and were given up\n", x->nr_stopped);
	if (x->nr_died)
		fprintf(out, "%llu runs ended in a fault of kickstand itself\n", x->nr_died);
}

static void report_json(const struct explorer *x, FILE *out)
{
	json_t *root = json_object(), *list = json_array();

	for (u32 i = 0; i < x->nr_findings; i++)
		json_array_append_new(list, finding_seen_json(x, &x->findings[i]));
	json_object_set_new(root, "schema", json_integer(1));
	json_object_set(root, "provenance", x->run);
	json_object_set_new(root, "runs", json_integer((json_int_t)x->nr_runs));
	json_object_set_new(root, "behaviours", json_integer((json_int_t)x->nr_behaviours));
	json_object_set_new(root, "points", json_integer(x->nr_base));
	json_object_set_new(root, "pairs", json_integer(x->pairs.nr));
	json_object_set_new(root, "given_up", json_integer((json_int_t)x->nr_stopped));
	json_object_set_new(root, "faults", json_integer((json_int_t)x->nr_died));
	json_object_set_new(root, "interrupted", json_boolean(x->interrupted));
	json_object_set_new(root, "findings", list);
	json_out(root, out, JSON_INDENT(2));
	fputc('\n', out);
	json_decref(root);
}

/* ---- ks_explore() ---- */

static int no_strategy(const char *name)
{
	char list[128] = "";
	size_t n = 0;

	for (const struct strategy *s = strategies; s->name; s++)
		n += (size_t)snprintf(list + n, sizeof(list) - n, "%s%s", n ? ", " : "", s->name);
	return api_fail(KS_USAGE, "there is no strategy '%s'; there are %s", name, list);
}

static const char *switch_name(u32 i)
{
	return i == SWITCH_ALLOC ? "alloc" :
	       i == SWITCH_STEAL ? "steal" :
				   fault_name((enum fault)i);
}

static int no_fault(const char *name)
{
	char list[128] = "";
	size_t n = 0;

	for (u32 i = FAULT_NONE + 1; i < NR_FAULT_SWITCHES; i++)
		n += (size_t)snprintf(list + n, sizeof(list) - n, "%s, ", switch_name(i));
	return api_fail(KS_USAGE, "there is no fault '%s'; there are %sand all", name, list);
}

/* The bits of "hotplug" or "all"; 0: there is no such fault */
static u32 switches_of(const char *word)
{
	u32 bits = 0;

	for (u32 i = FAULT_NONE + 1; i < NR_FAULT_SWITCHES; i++)
		if (!strcmp(word, "all") || !strcmp(word, switch_name(i)))
			bits |= 1u << i;
	return bits;
}

/* "hotplug,alloc", "all" */
static int read_faults(const char *list, u32 *out)
{
	char word[32];

	for (*out = 0; list && *list; list += strcspn(list, ","), list += *list == ',') {
		u32 bits;

		snprintf(word, sizeof(word), "%.*s", (int)strcspn(list, ","), list);
		bits = switches_of(word);
		if (!bits)
			return no_fault(word);
		*out |= bits;
	}
	return KS_OK;
}

static pid_t last_pid(void)
{
	const struct task_struct *p;
	pid_t last = 0;

	for_each_task(p)
		last = max(last, p->pid);
	return last;
}

static int check(const struct ks_explore_opts *o)
{
	if (!o->duration_ns)
		return api_fail(KS_USAGE, "ks_explore: the length of a run is due: duration_ns");
	if (!o->runs && !o->budget_ns)
		return api_fail(KS_USAGE, "ks_explore: runs or budget_ns is due");
	return o->strategy && !strategy_find(o->strategy) ? no_strategy(o->strategy) : KS_OK;
}

static void finish(struct explorer *x)
{
	for (u32 i = 0; i < x->nr_findings; i++) {
		free(x->findings[i].file);
		free(x->findings[i].kept);
		for (u32 d = 0; d < SCHEDULE_MAX; d++)
			free(x->findings[i].meanwhile[d]);
	}
	free(x->findings);
	pairs_finish(&x->pairs);
	pairs_finish(&x->grown_pairs);
	free(x->base);
	json_decref(x->run);
	trials_finish(x);
	free(x);
}

static int explore(struct explorer *x, FILE *out)
{
	u64 nr_runs = x->nr_runs;
	int err = learn(x);

	if (err)
		return err;
	if (x->resumed)
		x->nr_runs = nr_runs; /* that one has been counted */
	tell(x);
	campaign(x);
	progress_write(x, true);
	if (x->out_failed)
		return KS_USAGE;
	report(x, out);
	if (x->opts.json)
		report_json(x, x->opts.json);
	return x->nr_findings ? api_fail(KS_FAILED, "%u finding%s", x->nr_findings,
					 x->nr_findings == 1 ? "" : "s") :
				KS_OK;
}

/* The machine is made, and what runs on it loaded. @x is gone afterwards. */
static int search(struct explorer *x, FILE *out)
{
	int err = check(&x->opts);

	if (!err)
		err = read_faults(x->opts.faults, &x->faults);
	if (!err && !x->faults && x->opts.strategy && !strcmp(x->opts.strategy, "faults"))
		err = api_fail(KS_USAGE, "the strategy 'faults' needs --faults: which may happen");
	if (!err && trials_init(x))
		err = no_memory();
	x->nr_cpus = machine->nr_cpu_ids;
	x->last_pid = last_pid();
	if (!err) {
		x->jobs = x->opts.jobs ? x->opts.jobs : (u32)sysconf(_SC_NPROCESSORS_ONLN);
		x->run = schedule_run_json(x->km);
		if (x->scenario)
			json_object_set_new(x->run, "scenario", scn_plain(x->scenario->root));
		err = folder_open(x);
	}
	if (!err)
		err = progress_read(x);
	if (!err) {
		x->began_ns = host_ns();
		err = explore(x, out);
	}
	finish(x);
	return err;
}

KS_PUBLIC int ks_explore(struct ks_object *obj, const struct ks_explore_opts *opts, FILE *out)
{
	struct explorer *x;
	int err = api_enter_object(obj, API_OUTSIDE, OBJECT_LOADED);

	if (err || api_need(out))
		return KS_USAGE;
	x = calloc(1, sizeof(*x));
	if (!x)
		return no_memory();
	x->obj = obj;
	x->km = obj->km;
	err = api_take(&x->opts, sizeof(x->opts), opts, "ks_explore_opts");
	if (!err)
		return search(x, out);
	finish(x);
	return err;
}

/* Made, read and loaded, for all its runs to be copies of. */
static int prepare(struct explorer *x, unsigned int run, FILE *report)
{
	struct ks_scenario *s = x->scenario;
	int err;

	if (s->schedule)
		return api_fail(KS_USAGE,
				"%s: its 'schedule' decides already what is to be searched",
				s->path);
	err = scn_prepare(s, run, report);
	if (err)
		return err;
	s->explored = true;
	err = scn_load(s);
	if (err)
		return api_fail(KS_LOAD, "%s: %s", s->path,
				s->nr_failures ?
					s->failed_seen :
					"the object is not to be loaded, and nothing runs");
	x->km = s->km;
	x->obj = s->obj;
	x->opts.duration_ns = s->duration_ns;
	return KS_OK;
}

KS_PUBLIC int ks_explore_scenario(struct ks_scenario *s, unsigned int run,
				  const struct ks_explore_opts *opts, FILE *out)
{
	struct explorer *x;
	char *report = NULL;
	size_t len;
	FILE *f;
	int err;

	if (api_need(s) || api_need(out))
		return KS_USAGE;
	x = calloc(1, sizeof(*x));
	if (!x)
		return no_memory();
	x->scenario = s;
	f = text_stream(&report, &len);
	err = api_take(&x->opts, sizeof(x->opts), opts, "ks_explore_opts");
	if (!err)
		err = prepare(x, run, f);
	if (!err)
		err = search(x, out);
	else
		finish(x);
	if (s->km)
		scn_finish(s);
	s->explored = false;
	fclose(f);
	free(report);
	return err;
}
