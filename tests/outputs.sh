# SPDX-License-Identifier: GPL-2.0-only
# What is written, when it cannot be: a disk that fills in the middle of a run, a reader that
# leaves, a picture of what will not happen. It is said at once, and nothing is left behind.
. "$KICKSTAND_SRC/tests/lib.sh"

object=$EXAMPLES/shared.bpf.o
long='--duration 100000s --cpus 4'	# it would take hours

# limited BLOCKS ARGS...: no file may be larger than that many 512 bytes
limited() {
	blocks=$1
	shift
	rm -rf d && mkdir d
	(
		cd d || exit 1
		ulimit -f "$blocks"
		exec timeout -k 2 "$case_limit_s" "$KICKSTAND" "$@" >"$work/out" 2>"$work/err"
	)
	status=$?
}

# one_line NAME PATTERN: status 2, a line with it, and nothing left
one_line() {
	if [ "$status" = 2 ] && [ "$(wc -l <err)" = 1 ] && grep -qE -- "$2" err && [ -z "$(ls -A d)" ]; then
		pass "$1"
	else
		fail "$1" "exit status $status" "$(cat err)" "$(ls -A d)"
	fi
}

for ending in txt pftrace dat; do
	# shellcheck disable=SC2086
	limited 600 run "$object" $long --quiet --trace t.$ending --json j.json
	one_line "$ending: the disk fills in the middle of the run" \
		"^kickstand: t.$ending: cannot be written: File too large; the run was ended at [0-9]+\.[0-9]+ s of"
done
# shellcheck disable=SC2086
limited 600 run "$object" $long --quiet --html p.html
one_line 'html: the disk fills in the middle of the run' \
	'^kickstand: p.html: cannot be written: File too large; the run was ended at '
for ending in txt pftrace; do
	name="$ending: a full device"
	[ -w /dev/full ] || { skip "$name" 'there is no /dev/full'; continue; }
	ln -sf /dev/full full.$ending
	rm -rf d && mkdir d
	# shellcheck disable=SC2086
	kickstand run "$object" $long --quiet --trace full.$ending --json d/j.json
	one_line "$name" "full.$ending: cannot be written: No space left on device; the run was ended at "
done

limited 300 run "$object" --duration 100ms --cpus 64 --workload spin:tasks=2000 --quiet --json j.json
one_line 'json: the disk is full at the end' 'j.json: cannot be written: File too large'
limited 600 run "$object" --duration 20ms --cpus 256 --quiet --svg p.svg --window 0..20ms
one_line 'svg: the disk is full at the end' 'p.svg: cannot be written: File too large'
limited 300 run "$object" --duration 100ms --cpus 64 --workload spin:tasks=2000 --quiet --json j.json --seeds 1..2
if [ "$status" = 2 ] && [ -z "$(find d -name '*tmp*')" ] && grep -q '^seed 1: kickstand: .*File too large' err; then
	pass 'json of many seeds: nothing left'
else
	fail 'json of many seeds: nothing left' "exit status $status" "$(cat err)" "$(ls -A d)"
fi

# One output that cannot be written costs no other.
rm -rf d && mkdir d
kickstand run "$object" --duration 20ms --quiet --trace d/t.txt --json /dev/full
if [ "$status" = 2 ] && [ "$(wc -l <err)" = 1 ] && tail -n 1 d/t.txt | grep -q '^# end: '; then
	pass 'a trace is kept when the JSON cannot be'
else
	fail 'a trace is kept when the JSON cannot be' "exit status $status" "$(cat err)" "$(ls d)"
fi

# left_by NAME WHAT ARGS...: standard output is a pipe that nobody reads any more
left_by() {
	name=$1
	shift
	rm -rf d gone && mkdir d
	{
		while [ ! -e gone ]; do sleep 0.05; done
		timeout -k 2 "$case_limit_s" "$KICKSTAND" "$@" 2>err
		echo $? >status
	} | {
		exec <&-
		: >gone
	}
	status=$(cat status)
	rm -f status
}

closed() {
	if [ "$status" = 141 ] && [ ! -s err ] && [ -z "$(find d -name '*tmp*' -o -name '*.??????' ! -name '*.json' ! -name '*.txt')" ]; then
		return 0
	fi
	fail "$name" "exit status $status" "$(cat err)" "$(ls d)"
	return 1
}

left_by 'the reader leaves: files are complete' run "$object" --duration 20ms --trace d/t.txt --json d/j.json
if closed; then
	if tail -n 1 d/t.txt | grep -q '^# end: ' && [ "$(tail -n 1 d/j.json)" = '}' ]; then
		pass "$name"
	else
		fail "$name" "$(ls d)"
	fi
fi
# shellcheck disable=SC2086
left_by 'the reader of a trace leaves: the run ends' run "$object" $long --quiet --trace - --json d/j.json
closed && [ -z "$(ls d)" ] && pass "$name"
left_by 'the reader of seeds leaves' run "$object" --duration 20ms --seeds 1..40 --jobs 2
closed && pass "$name"
kickstand run "$object" --duration 20ms --quiet --trace t.txt
for command in 'report t.txt' 'explain t.txt' kernels 'btf --format c' "inspect $object"; do
	# shellcheck disable=SC2086
	left_by "the reader leaves: ${command%% *}" $command
	closed && pass "$name"
done

rm -rf d && mkdir d
# shellcheck disable=SC2086
kickstand run "$object" $long --svg d/p.svg --window 200000s..200001s
one_line 'a window behind the end is refused before the run' \
	'd/p.svg: the window begins at 200000000000000 ns, and the run will end at '
kickstand run "$object" --duration 10ms --quiet --svg d/p.svg --window 5ms..1s
if [ "$status" = 0 ] && [ "$(tail -n 1 d/p.svg)" = '</svg>' ]; then
	pass 'a window that goes beyond the end'
else
	fail 'a window that goes beyond the end' "$(cat err)"
fi

# A signal while a file is read: that of the workload, of the kconfig, the object itself.
for file in workload kconfig; do
	for sig in TERM INT HUP; do
		rm -rf d fifo && mkdir d && mkfifo fifo
		env --default-signal=INT "$KICKSTAND" run "$object" --$file fifo \
			--json d/j.json --trace d/t.txt >out 2>err &
		pid=$!
		exec 9>fifo	# it has opened the file; then it sleeps in reading it
		while kill -0 $pid && ! grep -q '^State:.S' /proc/$pid/status; do sleep 0.05; done
		kill -$sig $pid
		wait $pid
		status=$?
		exec 9>&-
		if [ "$status" = 130 ] && [ "$(cat err)" = 'kickstand: interrupted before the run' ] && [ -z "$(ls -A d)" ]; then
			pass "SIG$sig while a $file is read"
		else
			fail "SIG$sig while a $file is read" "exit status $status" "$(cat err)" "$(ls -A d)"
		fi
	done
done
plan
