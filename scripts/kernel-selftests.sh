#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Run the kernel's own schedulers and selftests as tests/kernel/selftests.tsv says.
#
#	sh scripts/kernel-selftests.sh [BUILD_DIR [OBJECTS]]
#
# OBJECTS/VERSION/NAME.bpf.o are what scripts/kernel-schedulers.sh makes
# (default BUILD_DIR/kernel-schedulers). A row passes if it does what it should
# with each built-in workload. The last line is "N passed, N failed, N skipped": an object that
# has no scheduler, as the row says, has shown nothing.
#
# KS_WORKLOADS="mixed ..." narrows it. KS_KERNEL=V runs all of them on kernel V, whichever
# tree they are from. KS_TSV=1 prints instead, for scripts/scheduler-table.py, by tabs: tree,
# object, options, expected, seen with the last workload, and the reason that was given.
set -u

top=$(cd "$(dirname "$0")/.." && pwd)
build=$(cd "${1:-$top/build}" && pwd) || exit 2
objects=${2:-$build/kernel-schedulers}
workloads=${KS_WORKLOADS:-mixed spin bursty pingpong forks}
work=$(mktemp -d) || exit 2
kickstand=$work/kickstand	# a copy: a build may go on meanwhile
trap 'rm -rf "$work"' EXIT
cp "$build/kickstand" "$kickstand" || exit 2
passed=0 failed=0 skipped=0
tab=$(printf '\t')

# what the last run came to, in the table's words; $1 is its exit status
outcome() {
	case $1 in
	0)
		kind=$(sed -n 's/^    "kind": "\(.*\)",*$/\1/p' "$work/json" | head -n 1)
		code=$(sed -n 's/^    "code": \(.*\),*$/\1/p' "$work/json" | head -n 1)
		case $kind in
		none | '') echo runs ;;
		*) echo "$kind:${code%,}" ;;
		esac ;;
	3)
		exit=$(sed -n 's/^EXIT: .* \[kind \([0-9]*\), code 0x\([0-9a-f]*\)\]$/\1:\2/p' "$work/err")
		if [ "$exit" ]; then
			echo "disabled:$exit"
		elif grep -q '^kickstand: .*: is it a scheduler?$' "$work/err"; then
			echo no_scheduler
		else
			echo refused
		fi ;;
	4) echo error ;;
	5) echo lockup ;;
	124) echo endless ;;
	*) echo "status $1" ;;
	esac
}

# run_one KERNEL OBJECT WORKLOAD VARIABLE OPTIONS...: sets $got and $why
run_one() {
	kernel=$1 object=$2 workload=$3 variable=$4
	shift 4
	timeout 120 "$kickstand" run "$object" --kernel "$kernel" --workload "$workload" --quiet \
		--json "$work/json" "$@" ${dump:-} >"$work/out" 2>"$work/err"
	got=$(outcome $?)
	# an ejection's own words, even if a program that is run afterwards fails of it
	why=$(sed -n 's/^EXIT: \(.*\) \[kind .*/\1/p' "$work/err" | tail -n 1)
	[ "$got" = error ] && [ "$why" ] || why=$(sed -n 's/^kickstand: //p' "$work/err" | tail -n 1)
	[ "$got" = "$expected" ] && [ "$variable" != - ] || return 0
	grep -q "\"${variable%%:*}\":${variable#*:},*\$" "$work/out" && return 0
	got="not $variable"
	why=$(grep "\"${variable%%:*}\":" "$work/out")
}

# run_scenario KERNEL OBJECT WORKLOAD FILE NAME=VALUE...: sets $got and $why
run_scenario() {
	kernel=$1 object=$2 workload=$3 file=$4
	shift 4
	edit="s/@workload@/$workload/g;s/@kernel@/$kernel/g"
	for word in "$@"; do
		edit="$edit;s/@${word%%=*}@/${word#*=}/g"
	done
	sed "$edit" "$file" >"$work/$file"
	got=holds why=
	timeout 120 "$kickstand" test "$work/$file" --kernel "$kernel" --objects "${object%/*}" \
		>"$work/out" 2>"$work/err" && return
	got='does not'
	why=$(sed -n '/seen:/p' "$work/out" | head -n 1; head -n 1 "$work/err")
}

cd "$top/tests/kernel" || exit 2
[ "${KS_TSV:-}" ] || printf '%-5s %-28s %-22s %s\n' kernel object expected "$workloads"
while IFS=$tab read -r kernel name expected variable options; do
	case $kernel in '#'* | '') continue ;; esac
	[ "$options" != - ] || options=
	object=$objects/$kernel/$name.bpf.o
	[ -r "$object" ] || { echo "no $object: make kernel-schedulers" >&2; exit 2; }
	tree=$kernel kernel=${KS_KERNEL:-$kernel} dump=
	[ "$variable" = - ] || dump='--dump-map .bss'
	good=1 line= reasons=
	for w in $workloads; do
		# the options of a row are words by design
		# shellcheck disable=SC2086
		if [ "$expected" = holds ]; then
			run_scenario "$kernel" "$object" "$w" $options </dev/null
		else
			run_one "$kernel" "$object" "$w" "$variable" $options </dev/null
		fi
		if [ "$got" = "$expected" ]; then
			[ "$got" = no_scheduler ] && line="$line -" || line="$line ok"
		else
			good=0 line="$line $got"
			[ "$reasons" = "$why" ] || reasons=$why
		fi
	done
	if [ "${KS_TSV:-}" ]; then
		printf '%s\t%s\t%s\t%s\t%s\t%s\n' "$tree" "$name" "$options" "$expected" "$got" "$why"
	else
		printf '%-5s %-28s %-22s%s%s\n' "$kernel" "$name" "$expected" "$line" \
			"${reasons:+  ($reasons)}"
	fi
	if [ $good = 0 ]; then
		failed=$((failed + 1))
	elif [ "$expected" = no_scheduler ]; then
		skipped=$((skipped + 1))
	else
		passed=$((passed + 1))
	fi
done <selftests.tsv
[ "${KS_TSV:-}" ] && exit
echo "$passed passed, $failed failed, $skipped skipped"
[ $failed = 0 ]
