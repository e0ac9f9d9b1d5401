#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Run the tests of a build directory and count them.
#
#	sh scripts/run-tests.sh [BUILD_DIR [MESON_TEST_ARGS...]]
#
# The last line is "N passed, N failed" (and ", N skipped"); the exit status is
# 1 if anything failed. A program that prints TAP (cmocka does, and `kickstand
# test`) counts by its cases, any other as one. A program that dies, exits
# non-zero without a "not ok", or breaks off before its plan is at least one
# failure.
set -u

build=${1:-build}
[ $# -eq 0 ] || shift

# meson's exit status says less than its log: every result is in the log.
rm -f "$build/meson-logs/testlog.json"
# Time limits are there for what hangs, so a busy machine gets four times meson's.
meson test -C "$build" --no-rebuild --print-errorlogs --timeout-multiplier 4 "$@" || :

if [ ! -s "$build/meson-logs/testlog.json" ]; then
	echo "run-tests: meson ran no test in $build" >&2
	echo "0 passed, 1 failed"
	exit 1
fi

# One JSON object a line. Quotes inside strings are escaped, so that a key with
# bare quotes around it is a key.
awk '
function field(key,    s, i, c) {
	i = index($0, "\"" key "\": \"")
	if (!i)
		return ""
	s = substr($0, i + length(key) + 5)
	for (i = 1; (c = substr(s, i, 1)) != "\"" && c != ""; i++)
		if (c == "\\")
			i++
	return substr(s, 1, i - 1)
}
{
	name = field("name")
	result = field("result")
	n = split(field("stdout"), line, /\\n/)
	ok = not_ok = skip = plan = 0
	for (i = 1; i <= n; i++) {
		l = line[i]
		if (l ~ /^1\.\.[0-9]+/)
			plan += substr(l, 4) + 0
		else if (l ~ /^(not )?ok [0-9]+/) {
			if (l ~ /# *[Ss][Kk][Ii][Pp]/)
				skip++
			else if (l ~ /^not/ && l !~ /# *[Tt][Oo][Dd][Oo]/) {
				not_ok++
				bad[++nr_bad] = name ": " substr(l, 8)
			} else
				ok++
		}
	}
	# meson judges the exit status; TAP judges the cases.
	bad_exit = result !~ /^(OK|EXPECTEDFAIL|SKIP)$/
	if (ok + not_ok + skip == 0) {
		if (bad_exit) {
			not_ok++
			bad[++nr_bad] = name ": " result
		} else if (result == "SKIP")
			skip++
		else
			ok++
	} else if (!not_ok && (bad_exit || plan > ok + skip)) {
		not_ok++
		bad[++nr_bad] = name ": " (bad_exit ? result : "ended before its plan of " plan)
	}
	passed += ok
	failed += not_ok
	skipped += skip
}
END {
	for (i = 1; i <= nr_bad; i++)
		print "FAIL " bad[i]
	printf "%d passed, %d failed", passed, failed
	if (skipped)
		printf ", %d skipped", skipped
	print ""
	exit failed != 0
}' "$build/meson-logs/testlog.json"
