/* SPDX-License-Identifier: GPL-2.0-only */
/* stubs.h - empty, in place of the C library's, which BPF is no architecture of. */
