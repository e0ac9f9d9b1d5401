// SPDX-License-Identifier: GPL-2.0-only
/* progress.c - see progress.h. */
#include <kickstand.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/host_clock.h"
#include "numbers.h"
#include "progress.h"

#define FIRST_NS (300 * NSEC_PER_MSEC) /* what is over sooner needs no line */
#define EVERY_NS (100 * NSEC_PER_MSEC)
#define LINE_BYTES 256
#define COLS_USUAL 80

static bool is_wanted(void)
{
	struct stat out;

	return isatty(STDERR_FILENO) && (fstat(STDOUT_FILENO, &out) || !S_ISFIFO(out.st_mode));
}

static bool is_due(const struct progress *p, uint64_t now)
{
	return p->wanted && now - p->begin_ns >= FIRST_NS && now - p->shown_ns >= EVERY_NS;
}

/* One that is wider than the terminal would stay in part when it is cleared. */
static void show(struct progress *p, uint64_t now, const char *line)
{
	struct winsize size;
	int cols = COLS_USUAL;

	if (!ioctl(STDERR_FILENO, TIOCGWINSZ, &size) && size.ws_col)
		cols = size.ws_col;
	fprintf(stderr, "\r\033[K%.*s", cols - 1, line);
	fflush(stderr);
	p->shown = true;
	p->shown_ns = now;
}

/* real time that the rest will take, if it goes on as so far */
static uint64_t to_go_ns(uint64_t spent, uint64_t done, uint64_t of)
{
	return done ? (uint64_t)((double)spent * (of - done) / done) : 0;
}

static uint64_t count_switches(struct ks_machine *m)
{
	struct ks_cpu c = { .sz = sizeof(c) };
	unsigned int nr = ks_machine_nr_cpus(m), i;
	uint64_t sum = 0;

	for (i = 0; i < nr; i++)
		if (!ks_machine_cpu(m, i, &c))
			sum += c.switches;
	return sum;
}

static void on_progress(void *arg, uint64_t done_ns, uint64_t of_ns)
{
	struct progress *p = arg;
	struct ks_kicks k = { .sz = sizeof(k) };
	uint64_t now = host_ns(), spent = now - p->begin_ns;
	char line[LINE_BYTES];

	if (!is_due(p, now))
		return;
	ks_machine_kicks(p->machine, &k);
	snprintf(line, sizeof(line), "%3u%%  %.3f of %s  %.4gx  %s switches  %s kicks  %s to go",
		 (unsigned int)(done_ns * 100.0 / of_ns), done_ns / 1e9, TIME(of_ns),
		 (double)done_ns / spent, COUNT(count_switches(p->machine)), COUNT(k.calls),
		 TIME(to_go_ns(spent, done_ns, of_ns)));
	show(p, now, line);
}

void progress_begin(struct progress *p, struct ks_machine *m)
{
	*p = (struct progress){ .machine = m, .wanted = is_wanted(), .begin_ns = host_ns() };
	if (p->wanted && m)
		ks_machine_on_progress(m, on_progress, p);
}

void progress_runs(struct progress *p, uint64_t done, uint64_t of, uint64_t bad)
{
	uint64_t now = host_ns();
	char line[LINE_BYTES], failed[LINE_BYTES / 2] = "", rest[LINE_BYTES / 2] = "";

	if (!is_due(p, now))
		return;
	if (bad)
		snprintf(failed, sizeof(failed), "  %s ended badly", COUNT(bad));
	if (done)
		snprintf(rest, sizeof(rest), "  %s to go",
			 TIME(to_go_ns(now - p->begin_ns, done, of)));
	snprintf(line, sizeof(line), "%3u%%  %llu of %llu runs%s%s",
		 (unsigned int)(done * 100.0 / of), (unsigned long long)done,
		 (unsigned long long)of, failed, rest);
	show(p, now, line);
}

void progress_clear(struct progress *p)
{
	if (p->shown)
		fputs("\r\033[K", stderr);
	p->shown = false;
}
