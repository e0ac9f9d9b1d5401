#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Our C in our style (.clang-format), that of guests left as its authors have it.
#
#	sh scripts/fmt.sh -i		write it
#	sh scripts/fmt.sh --dry-run	one line for each file that is not, on standard output
#
# Lists of macros that are one table stand between "clang-format off" and "on".
set -eu

cd "$(dirname "$0")/.."
find src cli include tests bench -name '*.[ch]' ! -name '*.bpf.[ch]' ! -path 'tests/bpf/*' -print0 |
	case ${1:-} in
	-i) xargs -0 clang-format-19 -i ;;
	--dry-run) xargs -0 clang-format-19 --dry-run 2>&1 | sed -n 's/^\([^:]*\):.*warning: code should be.*/\1/p' | sort -u ;;
	*) sed -n 's/^#	//p' "$0" >&2; exit 2 ;;
	esac
