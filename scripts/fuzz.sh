#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Run every fuzzer of a build directory for a while.
#
#	sh scripts/fuzz.sh BUILD_DIR [SECONDS [FUZZER]]
#
# Corpora grow in BUILD_DIR/corpus/NAME, seeded from tests/fuzz/NAME/. A finding
# is left in BUILD_DIR as NAME-crash-*, NAME-timeout-* or NAME-oom-*, and stops the run.
set -eu

build=$1 seconds=${2:-30} only=${3:-}
top=$(cd "$(dirname "$0")/.." && pwd)
ran=0

# `kickstand exec` and its loaders are a build's without clang's sanitizers, which cannot be preloaded.
plain=${PLAIN_BUILD:-$top/build}
KICKSTAND=$plain/kickstand CALLS=$plain/tests/calls STATIC_CALLS=$plain/tests/static_calls
[ -x "$STATIC_CALLS" ] || unset STATIC_CALLS
export KICKSTAND CALLS ${STATIC_CALLS:+STATIC_CALLS}

# What inputs refer to by name; and, as make asan has it, no false alarm of fibers.
TEST_OBJECTS=$build/tests
KICKSTAND_OBJECTS=$build/examples
ASAN_OPTIONS=detect_stack_use_after_return=0:allocator_may_return_null=1
UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1
export TEST_OBJECTS KICKSTAND_OBJECTS ASAN_OPTIONS UBSAN_OPTIONS

for bin in "$build"/tests/fuzz/fuzz_*; do
	[ -f "$bin" ] && [ -x "$bin" ] || continue
	name=${bin##*/}
	[ -z "$only" ] || [ "$only" = "$name" ] || continue
	mkdir -p "$build/corpus/$name"
	seeds=$top/tests/fuzz/$name
	[ -d "$seeds" ] || seeds=
	echo "fuzz: $name for $seconds s"
	# Maps of up to 4 GiB are made, and hardly any page of them touched: hence two limits.
	"$bin" -max_total_time="$seconds" -timeout=20 -rss_limit_mb=2048 \
		-malloc_limit_mb=6000 -verbosity=0 \
		-artifact_prefix="$build/$name-" "$build/corpus/$name" $seeds
	ran=$((ran + 1))
done
[ $ran -gt 0 ] || {
	echo "fuzz: no fuzzer ${only:-at all} in $build/tests/fuzz" >&2
	exit 1
}
