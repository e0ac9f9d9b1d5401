/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * work.h - loops over memory, the same C for a BPF program and for the host
 * (bench/bytecode.c): what is to be compared is how they run.
 */
#ifndef KS_TESTS_WORK_H
#define KS_TESTS_WORK_H

#define WORK_CELLS 4096
#define WORK_ROUNDS 200

typedef unsigned long long work_t;

/* Cells are changed and summed up, in two orders. */
static inline work_t work_on_cells(work_t *cells)
{
	work_t sum = 0;

	for (unsigned int round = 0; round < WORK_ROUNDS; round++)
		for (unsigned int i = 0; i < WORK_CELLS; i++) {
			cells[i & (WORK_CELLS - 1)] += i ^ sum;
			sum += cells[(i * 7) & (WORK_CELLS - 1)];
		}
	return sum;
}

/* A small hash of each cell: arithmetic, and a load now and then */
static inline work_t work_on_bits(const work_t *cells)
{
	work_t hash = 1469598103934665603ULL;

	for (unsigned int round = 0; round < WORK_ROUNDS / 8; round++)
		for (unsigned int i = 0; i < WORK_CELLS; i++)
			for (unsigned int shift = 0; shift < 64; shift += 8) {
				hash ^= cells[i & (WORK_CELLS - 1)] >> shift & 0xff;
				hash *= 1099511628211ULL;
			}
	return hash;
}

#endif
