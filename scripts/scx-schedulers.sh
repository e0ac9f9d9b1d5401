#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Take the schedulers of sched-ext/scx as they are published, as crates; build each with
# cargo, unmodified; then, of each:
#
#	inspect	what its object needs is there
#	run	the object by itself, with examples/setup/NAME.json in place of its loader;
#		"-" where only the loader can make the object ready
#	exec	its own loader, for SECONDS_EACH virtual seconds
#
# Prints a table and ends in "N passed, N failed".
#
#	sh scripts/scx-schedulers.sh [BUILD_DIR]
#
# Needs cargo, clang 19 with libclang, libelf, zlib and libseccomp with headers, and
# protoc. Programs go to BUILD_DIR/scx/bin, logs beside them; what is there is not built
# again. A crate takes minutes; the first one, half an hour on a slow machine.
#
# SECONDS_EACH=2, KERNEL=7.3, MACHINES="8 2n2l4c2t" and SCHEDULERS="scx_bpfland ..." narrow it.
set -eu

here=$(cd "$(dirname "$0")/.." && pwd)
build=$(cd "${1:-build}" && pwd)
scx=$build/scx
seconds=${SECONDS_EACH:-2} kernel=${KERNEL:-7.3} machines=${MACHINES:-8 2n2l4c2t}
all='scx_bpfland scx_tickless scx_rustland scx_cosmos scx_lavd scx_layered scx_p2dq scx_rusty
	scx_flash scx_beerland scx_flow scx_rlfifo scx_cake scx_chaos scx_pandemonium scx_forge'
passed=0 failed=0 table=

command -v cargo >/dev/null || {
	echo 'scx-schedulers: there is no cargo; install Rust to run this' >&2
	exit 1
}
mkdir -p "$scx"
export CARGO_TARGET_DIR="$scx/target" CARGO_PROFILE_DEV_DEBUG=0
export BPF_CLANG="${BPF_CLANG:-$(command -v clang-19 || command -v clang)}"
[ -n "${LIBCLANG_PATH:-}" ] || export LIBCLANG_PATH="$(dirname "$(readlink -f "$BPF_CLANG")")/../lib"

build_crate() {
	[ -x "$scx/bin/$1" ] || cargo install --debug --locked --root "$scx" "$1" >"$scx/$1.build.log" 2>&1
}

version_of() {
	cargo install --list --root "$scx" 2>/dev/null | sed -n "s/^$1 v\([^: ]*\).*/\1/p"
}

# what the build script left of the object that is in the loader
object_of() {
	ls -t "$scx"/target/debug/build/"$1"-*/out/bpf.bpf.o "$scx"/target/debug/build/"$1"-*/out/main.bpf.o \
		2>/dev/null | head -n 1
}

# the loader's own arguments, where it does not start without
args_of() {
	case "$1" in
	scx_layered) echo --run-example ;;
	esac
}

topology() {
	case "$1" in
	*n*) echo "--topology $1" ;;
	*) echo "--cpus $1" ;;
	esac
}

# field FILE NAME: a number or a string of the summary; the first of that name
field() {
	sed -n "s/.*\"$2\": *\"\{0,1\}\([^\",}]*\).*/\1/p" "$1" | head -n 1
}

result() {
	table="$table$(printf '%-16s %-8s %-10s %-8s %-5s %-8s %9s  %s' "$@")
"
}

# step LOG COMMAND...: its status in words
step() {
	log=$1 status=0
	shift
	timeout 600 "$@" >"$log" 2>&1 || status=$?
	[ "$status" = 0 ] && echo ok || echo "fails ($status)"
}

# by_object NAME: with a set-up file or, if nothing has to be set, without
by_object() {
	setup=$here/examples/setup/$1.json object=$(object_of "$1")
	[ -n "$object" ] || { echo -; return; }
	if [ -f "$setup" ]; then
		step "$scx/$1.run.log" "$build/kickstand" run --kernel "$kernel" --duration "${seconds}s" \
			--setup "$setup" "$object"
	else
		echo -
	fi
}

count() {
	case "$1" in
	*fails*) failed=$((failed + 1)) ;;
	*) passed=$((passed + 1)) ;;
	esac
}

for name in ${SCHEDULERS:-$all}; do
	echo "$name ..." >&2
	if ! build_crate "$name"; then
		failed=$((failed + 1))
		result "$name" - - - - - - "does not build, see $scx/$name.build.log"
		continue
	fi
	version=$(version_of "$name")
	object=$(object_of "$name")
	inspected=-
	[ -z "$object" ] || inspected=$(step "$scx/$name.inspect.log" "$build/kickstand" inspect \
		--kernel "$kernel" "$object")
	ran=$(by_object "$name")
	for machine in $machines; do
		log=$scx/$name.$machine.log json=$scx/$name.$machine.json
		rm -f "$json"
		# shellcheck disable=SC2046
		execed=$(step "$log" "$build/kickstand" exec --kernel "$kernel" $(topology "$machine") \
			--duration "${seconds}s" --json "$json" -- "$scx/bin/$name" $(args_of "$name"))
		count "$inspected $ran $execed"
		switches=- end=$(grep '^kickstand: ' "$log" | tail -n 1)
		[ ! -s "$json" ] || switches=$(field "$json" switches)
		[ ! -s "$json" ] || end=$(field "$json" kind)
		result "$name" "$version" "$machine" "$inspected" "$ran" "$execed" "$switches" "$end"
	done
done

printf '%-16s %-8s %-10s %-8s %-5s %-8s %9s  %s\n' scheduler version machine inspect run exec \
	switches exit
printf '%s' "$table"
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
