/* SPDX-License-Identifier: GPL-2.0-only */
/* numbers.h - numbers in few columns. */
#ifndef KS_CLI_NUMBERS_H
#define KS_CLI_NUMBERS_H

#include "base/types.h"

#define SHORT_MAX 32

/* 1234567 -> "1.234ms": at most seven columns, up to a million seconds */
const char *short_time(u64 ns, char buf[SHORT_MAX]);
/* 1234567 -> "1.23M": at most five */
const char *short_count(u64 n, char buf[SHORT_MAX]);

#define TIME(ns) short_time(ns, (char[SHORT_MAX]){ 0 })
#define COUNT(n) short_count(n, (char[SHORT_MAX]){ 0 })

#endif
