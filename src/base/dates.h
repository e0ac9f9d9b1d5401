/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * dates.h - from which kernel to which a fact holds.
 *
 *	SINCE("7.1")			from 7.1 on
 *	UNTIL("7.3")			no longer in 7.3
 *	SINCE("7.0 6.19.12")		from 7.0 on, and in 6.19 from its 12th point release
 *	SINCE("6.19") UNTIL("7.1")	6.19 and 7.0
 *	UNTIL("6.16") SINCE("7.0")	not in between
 *	ALWAYS
 *
 * A release of two numbers is of the mainline: all later series follow. One of
 * three is a backport, and counts in its own series only. So a date names the
 * mainline release and each stable series that took the change before. A date is
 * that of the point release that took it, where that is known from a source or a mail, or else
 * of the first kernel of abi/kernels.def that was seen to have it.
 *
 * To the compiler they are one string, "+7.0 6.19.12;-7.3;", which abi/kernel.c
 * reads from left to right; so dates are put one behind the other.
 */
#ifndef KS_BASE_DATES_H
#define KS_BASE_DATES_H

#define SINCE(releases) "+" releases ";"
#define UNTIL(releases) "-" releases ";"
#define ALWAYS ""

#endif
