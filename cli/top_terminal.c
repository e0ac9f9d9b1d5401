// SPDX-License-Identifier: GPL-2.0-only
/* top_terminal.c - see top_terminal.h. */
#include <curses.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ioctl.h>
#include <term.h>
#include <termios.h>
#include <unistd.h>
#include "base/shortage.h"
#include "cli.h"
#include "state.h"
#include "top_terminal.h"

#define RESET_BYTES 128
#define STACK_BYTES 16384
#define ESCAPE_MS 25

static const int ending[] = { SIGINT, SIGTERM, SIGHUP };
static const int fatal[] = { SIGABRT, SIGSEGV, SIGBUS, SIGFPE, SIGILL };

#define NR_ENDING (sizeof(ending) / sizeof(ending[0]))
#define NR_FATAL (sizeof(fatal) / sizeof(fatal[0]))

struct terminal {
	bool is_open;
	SCREEN *screen;
	struct termios usual;
	char reset[RESET_BYTES]; /* what makes the screen usual again */
	size_t reset_len;
	int err, kept; /* the real standard error; the file in its place */
	struct ks_machine *machine;
	struct sigaction was_ending[NR_ENDING], was_fatal[NR_FATAL];
	volatile sig_atomic_t signal;
	_Alignas(16) char stack[STACK_BYTES]; /* of the handlers; sanitizers want it aligned */
};

#define T (cli_state.terminal)

/* ---- is it one? ---- */

static int check_size(void)
{
	struct winsize size;

	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size))
		return complain(KS_USAGE, "top: the terminal does not tell its size: %s",
				strerror(errno));
	if (size.ws_row >= TERMINAL_LINES_MIN && size.ws_col >= TERMINAL_COLS_MIN)
		return KS_OK;
	return complain(KS_USAGE,
			"top: the terminal has %u columns and %u lines; at least %d and %d "
			"are needed",
			size.ws_col, size.ws_row, TERMINAL_COLS_MIN, TERMINAL_LINES_MIN);
}

int terminal_check(void)
{
	const char *type = getenv("TERM");
	bool able;
	int err = 0;

	if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO))
		return complain(KS_USAGE,
				"top: standard input and output must be a terminal; "
				"kickstand run needs none");
	if (!type || !*type)
		return complain(KS_USAGE,
				"top: TERM says no type of terminal; kickstand run needs none");
	if (setupterm(type, STDOUT_FILENO, &err) != OK)
		return complain(KS_USAGE,
				"top: terminals of type '%s' (TERM) are not known here; "
				"kickstand run needs none",
				type);
	able = cursor_address && clear_screen;
	del_curterm(cur_term); /* newterm() makes its own */
	if (!able)
		return complain(KS_USAGE,
				"top: a terminal of type '%s' (TERM) cannot show it; "
				"kickstand run needs none",
				type);
	return check_size();
}

/* ---- giving it back: no call here that a signal handler may not make ---- */

static void write_all(int fd, const char *data, size_t len)
{
	ssize_t n;

	for (; len; data += n, len -= n) {
		n = write(fd, data, len);
		if (n <= 0)
			return;
	}
}

static void tell_kept(void)
{
	char buf[4096];
	ssize_t n;

	dup2(T->err, STDERR_FILENO);
	lseek(T->kept, 0, SEEK_SET);
	while ((n = read(T->kept, buf, sizeof(buf))) > 0)
		write_all(T->err, buf, n);
}

static void emergency(void)
{
	if (!T->is_open)
		return;
	T->is_open = false;
	write_all(STDOUT_FILENO, T->reset, T->reset_len);
	tcsetattr(STDIN_FILENO, TCSANOW, &T->usual);
	tell_kept();
}

static void die_of(int sig)
{
	struct sigaction usual = { .sa_handler = SIG_DFL };

	sigaction(sig, &usual, NULL);
	raise(sig);
}

/* The second time: whoever is impatient gets what a signal does without us. */
static void on_ending(int sig)
{
	if (T->signal) {
		emergency();
		die_of(sig);
		return;
	}
	T->signal = sig;
	ks_machine_stop(T->machine);
}

static void on_fatal(int sig)
{
	emergency();
	die_of(sig);
}

/* ---- taking it ---- */

static void add_reset(const char *text)
{
	bool padding = false;

	for (; text && text != (char *)-1 && *text && T->reset_len < RESET_BYTES; text++) {
		padding = padding || (text[0] == '$' && text[1] == '<');
		if (!padding)
			T->reset[T->reset_len++] = *text;
		padding = padding && *text != '>';
	}
}

static void take_signals(void)
{
	struct sigaction end = { .sa_handler = on_ending };
	struct sigaction die = { .sa_handler = on_fatal, .sa_flags = SA_ONSTACK };
	stack_t alternate = { .ss_sp = T->stack, .ss_size = sizeof(T->stack) };
	size_t i;

	sigaltstack(&alternate, NULL);
	for (i = 0; i < NR_ENDING; i++)
		sigaction(ending[i], &end, &T->was_ending[i]);
	for (i = 0; i < NR_FATAL; i++)
		sigaction(fatal[i], &die, &T->was_fatal[i]);
}

static void give_signals_back(void)
{
	stack_t none = { .ss_flags = SS_DISABLE };
	size_t i;

	for (i = 0; i < NR_ENDING; i++)
		sigaction(ending[i], &T->was_ending[i], NULL);
	for (i = 0; i < NR_FATAL; i++)
		sigaction(fatal[i], &T->was_fatal[i], NULL);
	sigaltstack(&none, NULL);
}

/* Lines of the log and the like would stand in the middle of the picture. */
static bool keep_stderr(void)
{
	T->kept = memfd_create("kickstand top", MFD_CLOEXEC);
	T->err = dup(STDERR_FILENO);
	return T->kept >= 0 && T->err >= 0 && dup2(T->kept, STDERR_FILENO) >= 0;
}

int terminal_open(struct ks_machine *m)
{
	T = calloc(1, sizeof(*T));
	shortage_on(!T, "out of memory for the screen");
	tcgetattr(STDIN_FILENO, &T->usual);
	T->machine = m;
	fflush(stdout);
	T->screen = newterm(NULL, stdout, stdin);
	if (!T->screen || !keep_stderr()) {
		terminal_close();
		return complain(KS_USAGE, "top: the terminal cannot be used: %s", strerror(errno));
	}
	add_reset(tigetstr("sgr0"));
	add_reset(tigetstr("cnorm"));
	add_reset(tigetstr("rmkx"));
	add_reset(tigetstr("rmcup"));
	T->is_open = true;
	take_signals();
	cbreak();
	noecho();
	nonl();
	nodelay(stdscr, TRUE);
	keypad(stdscr, TRUE);
	set_escdelay(ESCAPE_MS);
	curs_set(0);
	return KS_OK;
}

void terminal_close(void)
{
	if (T->screen) {
		endwin();
		delscreen(T->screen);
		T->screen = NULL;
	}
	if (!T->is_open)
		return;
	T->is_open = false;
	fflush(stdout);
	fflush(stderr);
	tell_kept();
	close(T->kept);
	close(T->err);
	give_signals_back();
}

/* ---- keys ---- */

int terminal_signal(void)
{
	return T ? T->signal : 0;
}

int terminal_key(int timeout_ms)
{
	struct pollfd in = { .fd = STDIN_FILENO, .events = POLLIN };
	int key = getch();

	if (key != ERR || T->signal)
		return key;
	poll(&in, 1, timeout_ms);
	if (in.revents & (POLLHUP | POLLERR | POLLNVAL))
		on_ending(SIGHUP);
	return T->signal ? -1 : getch();
}
