// SPDX-License-Identifier: GPL-2.0-only
/*
 * interp_watched.c - the interpreter under a schedule: every load, store and atomic operation on
 * what other CPUs may see, and every call, is a point (engine/schedule.h) before it is done.
 * vm.c chooses it when a schedule is set; without one nothing is paid for points.
 */
#define INTERP_WATCHED
#include "bpf/interp.c" /* IWYU pragma: keep */
