// SPDX-License-Identifier: GPL-2.0-only
/*
 * seat.c - kickstand-seat: a program for a library to be preloaded into, where the loader
 * itself cannot have one. The library's constructor puts the loader in its place (bare.c), so
 * main() is reached only by who starts it by hand.
 */
#include <stdio.h>

int main(void)
{
	fputs("kickstand-seat: started by kickstand exec, for loaders that are linked statically\n",
	      stderr);
	return 2;
}
