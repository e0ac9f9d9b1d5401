// SPDX-License-Identifier: GPL-2.0-only
/* endless.c - a loader that loops until it gets SIGINT, without asking anybody for anything. */
#include <signal.h>
#include <stdio.h>

static volatile sig_atomic_t told;

static void on_sigint(int sig)
{
	told = 1;
}

int main(void)
{
	signal(SIGINT, on_sigint);
	puts("it loops");
	fflush(stdout);
	while (!told)
		;
	puts("it was told");
	return 0;
}
