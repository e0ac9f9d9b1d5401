# SPDX-License-Identifier: GPL-2.0-only
# What bpf(2) answers to tests/diff/commands.c, and what the programs of tests/bpf/diff_*.bpf.c
# find, on a machine of four CPUs: as answers/NAME.out has it, 7.3's lines and how those of 6.12
# differ. diff.sh compares the same with the host's kernel, where that is
# permitted; this holds everywhere. KICKSTAND_BLESS=1 (make bless) rewrites.
. "$KICKSTAND_SRC/tests/lib.sh"

if [ ! -f "$KICKSTAND_BUILD/libkickstand-preload.so" ]; then
	skip answers 'built without libkickstand-preload.so (ThreadSanitizer)'
	plan
fi

# on_machine KERNEL PROGRAM ARGS...: what it prints to KERNEL.out
on_machine() {
	kernel=$1
	shift
	kickstand exec --kernel "$kernel" --cpus 4 --quiet -- "$@"
	mv out "$kernel.out"
	[ "$status" = 0 ] || fail "$name, $kernel" "exit status $status" "$(tail -n 5 err)"
}

# answers NAME PROGRAM ARGS...
answers() {
	name=$1 have=$KICKSTAND_SRC/tests/answers/$1.out
	shift
	on_machine 6.12 "$@" && on_machine 7.3 "$@" || return
	{
		cat 7.3.out
		echo "6.12:"
		diff 7.3.out 6.12.out
	} >"$name.out"
	if [ "$name" = commands ]; then # 13,000 lines
		[ -z "${KICKSTAND_BLESS-}" ] || xz -9 -c "$name.out" >"$have.xz"
		xz -dc "$have.xz" >have.out
	else
		[ -z "${KICKSTAND_BLESS-}" ] || cp "$name.out" "$have"
		cp "$have" have.out
	fi
	if diff -u have.out "$name.out" >differences; then
		pass "$name"
	else
		fail "$name" "$(cat differences)"
	fi
}

answers commands "$DIFF_COMMANDS"
for o in "$TEST_OBJECTS"/diff_*.bpf.o; do
	object=${o##*/diff_} object=${object%.bpf.o}
	if [ "$object" = arena ] && ldd "$KICKSTAND" | grep -q libasan; then
		skip "$object" 'AddressSanitizer has the place of its arena (1 << 44)'
	else
		answers "$object" "$DIFF_OBJECTS" "$o"
	fi
done
plan
