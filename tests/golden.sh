#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Golden tests: what golden/NAME.sh prints must be golden/NAME.out, byte by byte.
#
# A NAME.sh finds $KICKSTAND, $EXAMPLES, $TEST_OBJECTS and an empty directory
# of its own as the current one. Standard error is part of the output; so is
# an exit status that is not 0. KICKSTAND_BLESS=1 (make bless) rewrites.
set -u

dir=$KICKSTAND_SRC/tests/golden
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
n=0 failed=0

for script in "$dir"/*.sh; do
	[ -e "$script" ] || continue
	name=$(basename "$script" .sh)
	n=$((n + 1))
	mkdir "$tmp/$name"
	(cd "$tmp/$name" && sh -u "$script") >"$tmp/$name.out" 2>&1
	status=$?
	[ $status = 0 ] || echo "exit status $status" >>"$tmp/$name.out"
	if [ -n "${KICKSTAND_BLESS-}" ]; then
		cp "$tmp/$name.out" "$dir/$name.out"
	fi
	if diff -u "$dir/$name.out" "$tmp/$name.out" >"$tmp/diff" 2>&1; then
		echo "ok $n - $name"
	else
		echo "not ok $n - $name"
		sed 's/^/# /' "$tmp/diff" | head -n 40
		failed=1
	fi
done
echo "1..$n"
[ $n -gt 0 ] || exit 77
exit $failed
