// SPDX-License-Identifier: GPL-2.0-only
/*
 * top.c - `kickstand top`: a run that is watched, stopped and stepped. The machine runs
 * in pieces: a frame's worth of virtual time, or to the event that a step is to end at,
 * and never longer than a frame of real time. Where it stops changes nothing of what it
 * does, so the run is the one that `kickstand run` makes of the same options.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "base/host_clock.h"
#include "base/text_stream.h"
#include "cli.h"
#include "progress.h"
#include "top_keys.h"
#include "top_screen.h"
#include "top_terminal.h"

#define FRAME_NS (50 * NSEC_PER_MSEC) /* real time from one picture to the next */
#define IDLE_MS 250		      /* while nothing runs */
#define LOOK_EVERY 256		      /* events from one look at the real clock to the next */
#define DEFAULT_SPEED "0.01x"

static const char help_text[] =
	"usage: kickstand top OBJECT [options]\n\n"
	"Run a scheduler as kickstand run does, and see CPUs, DSQs, ops, kicks, tasks and\n"
	"events while it runs; stop it, step it, let it go faster and slower. It is the same\n"
	"run: what --json, --trace and the summary say does not depend on what you do here,\n"
	"but for how far it went.\n\n"
	"Options are those of kickstand run (see there), but --seeds, and:\n\n"
	"  --speed S           virtual seconds a real second: 0.001x, 0.002x, 0.005x, ... 10x,\n"
	"                      max (default " DEFAULT_SPEED
	")\n\n"
	"Keys: space pauses; e, k and m step to the next event, kick, millisecond; + and -\n"
	"change the speed; ? shows all.\n\n"
	"Exit status: as of kickstand run. q before the end is no failure: 0, or 4 or 5 if\n"
	"the scheduler had been ejected or the machine had locked up.\n";

struct top {
	struct ks_machine *machine;
	struct ks_watch *watch;
	struct top_wants wants;
	char title[256];
	u64 begin_ns, end_ns; /* of the run */
	bool over;
	/* the piece that runs */
	enum top_step step; /* what it steps to */
	u64 step_left_ns;   /* of STEP_TIME */
	bool came;	    /* the event that it steps to */
	u64 until_real_ns;
	u32 nr_unlooked;   /* events since the last look at the real clock */
	u64 frame_real_ns; /* when the last frame began */
	/* what is to be said */
	char trouble[512], note[256], verdict[512];
	char *story;
};

/* ---- listening ---- */

static bool ends_step(const struct top *t, const struct ks_event *ev)
{
	return t->step == STEP_EVENT || (t->step == STEP_KICK && !strcmp(ev->name, "kick"));
}

static bool frame_is_over(struct top *t)
{
	if (++t->nr_unlooked < LOOK_EVERY)
		return false;
	t->nr_unlooked = 0;
	return host_ns() >= t->until_real_ns;
}

static int on_event(void *arg, const struct ks_event *ev)
{
	struct top *t = arg;

	if (ends_step(t, ev))
		t->came = true;
	return t->came || frame_is_over(t);
}

static int watch(void *arg, struct ks_machine *m)
{
	struct top *t = arg;

	t->machine = m;
	t->until_real_ns = UINT64_MAX;
	t->watch = ks_machine_watch(m);
	return t->watch && !ks_machine_listen(m, NULL, on_event, t) ? KS_OK :
								      complain_error(KS_USAGE);
}

static void note(void *arg, const char *line)
{
	struct top *t = arg;

	snprintf(t->note, sizeof(t->note), "%s", line);
}

/* ---- running in pieces ---- */

static void tell_story(struct top *t)
{
	struct ks_watch_state now = { .sz = sizeof(now) };
	size_t len;
	FILE *f = text_stream(&t->story, &len);

	fprintf(f, "%s\n", t->trouble);
	if (!ks_watch_look(t->watch, t->wants.sort, &now) && now.exited)
		fprintf(f, "at %llu.%09llu s of virtual time\n", now.exit_ns / NSEC_PER_SEC,
			now.exit_ns % NSEC_PER_SEC);
	ks_machine_exit_report(t->machine, f);
	fclose(f);
}

static void run_piece(struct top *t, u64 ns)
{
	u64 was_ns = ks_machine_now(t->machine), now_ns;
	const char *said;
	int status;

	t->came = false;
	status = ks_machine_run(t->machine, ns);
	now_ns = ks_machine_now(t->machine);
	if ((status == KS_EJECTED || status == KS_LOCKUP) && !t->trouble[0]) {
		said = strstr(ks_error(), "ejected: "); /* whose it is stands in the first line */
		snprintf(t->trouble, sizeof(t->trouble), "%s", said ? said : ks_error());
		tell_story(t);
	}
	if (status == KS_USAGE) /* a trace that cannot be written */
		t->wants.quit = true;
	/* what stands still, and was not stopped, has ended: it locked up */
	t->over = now_ns >= t->end_ns || status == KS_LOCKUP ||
		  (status == KS_EJECTED && now_ns == was_ns && !t->came);
}

static void take_step(struct top *t)
{
	t->step = t->wants.step;
	t->step_left_ns = STEP_TIME_NS;
	t->wants.step = STEP_NONE;
}

static void advance_step(struct top *t, u64 rest_ns)
{
	u64 ns = t->step == STEP_TIME ? min(rest_ns, t->step_left_ns) : rest_ns;
	u64 was_ns = ks_machine_now(t->machine), done_ns;

	run_piece(t, ns);
	done_ns = ks_machine_now(t->machine) - was_ns;
	t->step_left_ns -= min(done_ns, t->step_left_ns);
	if (t->came || t->over || (t->step == STEP_TIME && !t->step_left_ns))
		t->step = STEP_NONE;
}

/* Virtual time for the real time since the last frame: a late frame is not made up for. */
static u64 owed_ns(const struct top *t, u64 real)
{
	u32 milli = speed_milli(t->wants.speed);
	u64 ns = min(real - t->frame_real_ns, 2 * FRAME_NS);

	return milli == SPEED_MAX_MILLI ? UINT64_MAX : ns * milli / 1000;
}

static void advance(struct top *t)
{
	u64 real = host_ns(), rest_ns = t->end_ns - min(ks_machine_now(t->machine), t->end_ns);

	t->until_real_ns = real + FRAME_NS;
	if (t->wants.step)
		take_step(t);
	if (!t->wants.paused)
		t->step = STEP_NONE;
	if (!t->over && t->step)
		advance_step(t, rest_ns);
	else if (!t->over && !t->wants.paused)
		run_piece(t, min(owed_ns(t, real), rest_ns));
	t->frame_real_ns = real;
}

/* ---- the screen and the keys ---- */

/* the first that harms: they come by weight */
static int take_finding(void *arg, const struct ks_finding *f)
{
	struct top *t = arg;

	if (!f->note)
		snprintf(t->verdict, sizeof(t->verdict), "%s: %s", f->kind, f->text);
	return !f->note;
}

static void draw(struct top *t)
{
	struct ks_kicks kicks = { .sz = sizeof(kicks) };
	struct top_frame f = {
		.watch = t->watch,
		.now = { .sz = sizeof(f.now) },
		.nr_cpus = ks_machine_nr_cpus(t->machine),
		.kicks = &kicks,
		.title = t->title,
		.begin_ns = t->begin_ns,
		.duration_ns = t->end_ns - t->begin_ns,
		.over = t->over,
		.trouble = t->trouble[0] ? t->trouble : NULL,
		.story = t->story,
		.note = t->note[0] ? t->note : NULL,
		.verdict = t->verdict,
	};

	t->verdict[0] = '\0';
	ks_machine_verdict(t->machine, take_finding, t);
	ks_machine_kicks(t->machine, &kicks);
	if (ks_watch_look(t->watch, t->wants.sort, &f.now)) { /* no memory: it is over */
		snprintf(t->note, sizeof(t->note), "%s", ks_error());
		t->wants.quit = true;
		return;
	}
	screen_draw(&f, &t->wants);
}

static int wait_ms(const struct top *t)
{
	u64 spent = host_ns() - t->frame_real_ns;

	if (t->over || (t->wants.paused && !t->step))
		return IDLE_MS;
	if (t->step || speed_milli(t->wants.speed) == SPEED_MAX_MILLI)
		return 0;
	return spent < FRAME_NS ? (FRAME_NS - spent) / NSEC_PER_MSEC : 0;
}

static void take_keys(struct top *t)
{
	int key = terminal_key(wait_ms(t));

	while (key != -1) {
		wants_key(&t->wants, key, screen_page_lines());
		key = t->wants.step ? -1 : terminal_key(0); /* steps are taken one by one */
	}
}

/* ---- the run ---- */

static void watch_run(struct top *t)
{
	t->frame_real_ns = host_ns();
	while (!t->wants.quit && !terminal_signal()) {
		advance(t);
		draw(t);
		take_keys(t);
	}
}

/* What it came to, for the reports: cut short, if it was. */
static int end(struct top *t)
{
	u64 now_ns = ks_machine_now(t->machine);
	u64 rest_ns = t->over ? 0 : t->end_ns - min(now_ns, t->end_ns);
	int status;

	t->step = STEP_NONE;
	if (rest_ns)
		ks_machine_stop(t->machine);
	status = ks_machine_run(t->machine, rest_ns);
	return status == KS_INTERRUPTED && !terminal_signal() ? KS_OK : status;
}

static int run(void *arg, struct ks_machine *m, uint64_t duration_ns)
{
	struct top *t = arg;
	int err = ks_machine_run(m, 0); /* it begins, unless it has */

	if (err)
		return err;
	t->begin_ns = ks_machine_now(m);
	t->end_ns = t->begin_ns + duration_ns;
	ks_watch_restart(t->watch);
	if (terminal_open(m))
		return -1;
	screen_begin();
	watch_run(t);
	terminal_close();
	return end(t);
}

/* ---- the command ---- */

/* --speed S is ours: out of the options, which are run's. KS_OK or after a complaint. */
static int take_speed(int *argc, char **argv, struct top *t)
{
	const char *name = DEFAULT_SPEED;
	int from, to = 1;

	for (from = 1; from < *argc; from++) {
		if (has_prefix(argv[from], "--speed="))
			name = argv[from] + 8;
		else if (strcmp(argv[from], "--speed"))
			argv[to++] = argv[from];
		else if (++from < *argc)
			name = argv[from];
		else
			return complain(KS_USAGE,
					"'--speed' lacks its value; see kickstand top --help");
	}
	*argc = to;
	argv[to] = NULL;
	return speed_find(name, &t->wants.speed) ?
		       KS_OK :
		       complain(KS_USAGE,
				"--speed %s: 0.001x, 0.002x, 0.005x, ... 10x or max is due", name);
}

static bool asks_help(int argc, char **argv)
{
	int i;

	for (i = 1; i < argc; i++)
		if (!strcmp(argv[i], "--help") || !strcmp(argv[i], "-h"))
			return true;
	return false;
}

static int check_options(const struct run_options *o)
{
	if (o->has_seeds)
		return complain(KS_USAGE, "--seeds is for kickstand run: top shows one run");
	if (o->asserts.nr)
		return complain(KS_USAGE, "--assert is for kickstand run");
	if (o->nr_kernels > 1)
		return complain(KS_USAGE,
				"--kernel of several is for kickstand run: top shows one run");
	if (o->machine.trace && !strcmp(o->machine.trace, "-"))
		return complain(KS_USAGE, "--trace -: standard output is the screen; name a file");
	return terminal_check();
}

static void make_title(struct top *t, const struct run_options *o)
{
	const char *object = o->object ? o->object : "no scheduler";
	const char *slash = strrchr(object, '/'), *name = slash ? slash + 1 : object;

	snprintf(t->title, sizeof(t->title), "kickstand top: %.*s   kernel %s, seed %llu, %s",
		 (int)strcspn(name, "."), name,
		 o->machine.kernel ? o->machine.kernel : ks_kernel_find(NULL, NULL),
		 (unsigned long long)o->machine.seed, o->workload);
}

static int top(struct run_options *o, struct top *t)
{
	struct run_front front = { watch, run, note, t };
	int status = check_options(o);

	if (status)
		return status;
	make_title(t, o);
	o->front = &front;
	return run_once(o);
}

int cmd_top(int argc, char **argv)
{
	struct top t = { 0 };
	struct run_options o;
	int status;

	if (asks_help(argc, argv)) {
		fputs(help_text, stdout);
		return KS_OK;
	}
	status = take_speed(&argc, argv, &t);
	if (status)
		return status;
	status = options_read(argc, argv, &o);
	if (!status)
		status = top(&o, &t);
	options_finish(&o);
	free(t.story);
	return status;
}
