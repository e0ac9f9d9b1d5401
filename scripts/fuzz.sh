#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Run every fuzzer of a build directory for a while.
#
#	sh scripts/fuzz.sh BUILD_DIR [SECONDS [FUZZER]]
#
# Corpora grow in BUILD_DIR/corpus/NAME, seeded from tests/fuzz/NAME/. A crash
# is left in BUILD_DIR as crash-NAME-*, and stops the run.
set -eu

build=$1 seconds=${2:-30} only=${3:-}
top=$(cd "$(dirname "$0")/.." && pwd)
ran=0

for bin in "$build"/tests/fuzz/fuzz_*; do
	[ -f "$bin" ] && [ -x "$bin" ] || continue
	name=${bin##*/}
	[ -z "$only" ] || [ "$only" = "$name" ] || continue
	mkdir -p "$build/corpus/$name"
	seeds=$top/tests/fuzz/$name
	[ -d "$seeds" ] || seeds=
	echo "fuzz: $name for $seconds s"
	"$bin" -max_total_time="$seconds" -print_final_stats=0 -verbosity=0 \
		-artifact_prefix="$build/crash-$name-" "$build/corpus/$name" $seeds
	ran=$((ran + 1))
done
[ $ran -gt 0 ] || {
	echo "fuzz: no fuzzer ${only:-at all} in $build/tests/fuzz" >&2
	exit 1
}
