#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# A part of what seven real kernels did (docs/truth.md): those rows in which they differ most.
# `make truth` compares all. Prints TAP. Run from the build directory.
src=$(cd "$(dirname "$0")" && pwd)
ids='(m\.yield\.[0145]\.[0-3]|m\.sys\.[46]\.2|w\.(sys|yield)\.[146]\.4|w\.yield\.2\.6'
ids="$ids"'|cyc\.(oneway\.4|ring\.6)|stale.*|nosched\.wait\.0|nmi|op\.(dispatch|tick|cpu_release)|coal\.yield\.0x5\.scx'
ids="$ids"'|type\.nosched\.SYSCALL\.[01]|wait7\.(dispatch|tick)|extra\.selfkick\.tick\.0)$'
command -v clang-19 >/dev/null || command -v clang >/dev/null || { echo '1..0 # SKIP no clang'; exit 77; }
out=$(sh "$src/truth.sh" "$src/truth/rows.tsv.xz" --kickstand "$PWD/kickstand" --only "$ids" 2>&1)
n=0 failed=0
printf '%s\n' "$out" | sed 's/^/# /'
# rows that are known to disagree are not among these
for k in 6.12.107 6.17.13 6.18.15 6.19.14 7.0.13 7.1.13 7.3.4; do
	n=$((n + 1))
	if printf '%s\n' "$out" | grep -qE "^$k +[1-9][0-9]* agree, 0 disagree, 0 not runnable\$"; then
		echo "ok $n - $k"
	else
		echo "not ok $n - $k"
		failed=1
	fi
done
echo "1..$n"
exit $failed
