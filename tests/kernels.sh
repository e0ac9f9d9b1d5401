# SPDX-License-Identifier: GPL-2.0-only
# Every kernel by every command that takes one: runs of several, names that are none.
. "$KICKSTAND_SRC/tests/lib.sh"

object=$EXAMPLES/shared.bpf.o

exits 'unknown: the known are listed' 2 "no kernel '6.13', but: 6.12.107, 6.12, .*7.4" run "$object" --kernel 6.13
exits 'one of several unknown' 2 "no kernel '6.13'" run "$object" --kernel 6.12,6.13
exits 'nothing between commas' 2 "no kernel ''" run "$object" --kernel 6.12,,7.3
exits 'twice' 2 '7.3 stands there twice' run "$object" --kernel 7.3,7.3.4
exits 'several, and seeds' 2 'one of them' run "$object" --kernel 6.12,7.3 --seeds 1..2
exits 'several, one trace' 2 '\{kernel\}' run "$object" --kernel 6.12,7.3 --trace x.txt
exits 'between known ones: the older, said' 0 'no kernel 6.18.20 of its own: 6.18.15 it is' \
	run "$object" --kernel 6.18.20 --duration 1ms
exits 'before the first known: by the dates, said' 0 'no kernel of its series as old as 6.18.3 is known' \
	run "$object" --kernel 6.18.3 --duration 1ms
printf '{ "name": "x", "object": "%s", "kernel": "6.18.20", "duration": "1ms", "expect": {} }' "$object" >early.json
for command in "kernels 6.18.20 7.0" "btf --kernel 6.18.20" "inspect $object --kernel 6.18.20" \
	"build $KICKSTAND_SRC/examples/central.bpf.c -I $KICKSTAND_SRC/examples/include --kernel 6.18.20 -o x.bpf.o" \
	"test early.json"; do
	exits "the same said by ${command%% *}" 0 'no kernel 6.18.20 of its own: 6.18.15 it is' $command
done
exits 'unknown to test' 2 "no kernel '6.13', but: 6.12.107" test early.json --kernel 6.13
if [ "$(wc -l <err)" = 1 ]; then pass 'in one line'; else fail 'in one line' "$(cat err)"; fi

# Each kernel runs, and is what it says.
kickstand kernels
names=$(awk '{ print $1 }' out)
kickstand run "$object" --kernel all --duration 20ms --json 'a.{kernel}.json' --trace 'a.{kernel}.txt'
cp out all
bad=
for k in $names; do
	grep -q "\"kernel\": \"$k\"" "a.$k.json" || bad="$bad $k"
	kickstand btf --kernel "$k" --format c
	[ "$status" = 0 ] && grep -q 'scx_bpf_kick_cpu' out || bad="$bad $k(btf)"
done
if [ -z "$bad" ] && [ "$(wc -w <<END
$names
END
)" -gt 10 ]; then
	pass 'all run'
else
	fail 'all run' "$bad" "$(cat all err)"
fi
kickstand run "$object" --kernel 7.0 --duration 20ms --quiet --json alone.json --trace alone.txt
if cmp -s alone.json a.7.0.json && cmp -s alone.txt a.7.0.txt; then
	pass 'each is what it is alone'
else
	fail 'each is what it is alone' "$(diff alone.json a.7.0.json | head -n 5)"
fi

# its temporary files have its pid in their names, and are in P_tmpdir
timeout -k 2 "$case_limit_s" sh -c 'echo $$ >pid; exec "$@"' sh "$KICKSTAND" run "$object" --kernel 6.12,7.3 \
	--duration 20ms >out 2>err
status=$?
if [ "$status" = 0 ] && grep -q '^kernel  *6.12  *7.3$' out && grep -q '^6.12 and 7.3 part at event [0-9]*$' out &&
	[ "$(grep -A2 'part at event' out | grep -cE '^  (6.12|7.3) .*: [a-z_]*: ')" = 2 ]; then
	pass 'side by side, and where they part'
else
	fail 'side by side, and where they part' "$(cat out err)"
fi
left=$(find /tmp -maxdepth 1 -name "kickstand.*.$(cat pid).*")
if [ -z "$left" ]; then pass 'nothing is left'; else fail 'nothing is left' "$left"; fi

# What an object needs and a kernel lacks: who has it.
exits 'absent: the kernels that have it' 3 'kernels that have it: 7.2, 7.3, 7.4' \
	run "$TEST_OBJECTS/kick_cid.bpf.o" --kernel 6.18
exits 'absent: a member of a member' 3 "'struct task_struct.*scx.selected_cpu'.*kernels that have it: 6.16, " \
	run "$TEST_OBJECTS/absent.bpf.o" --ops absent_field --kernel 6.12
exits 'absent: a kfunc by its bare name' 3 "'scx_bpf_cpu_curr' does.*kernels that have it: 6.18.15, " \
	run "$TEST_OBJECTS/absent.bpf.o" --ops absent_kfunc --kernel 6.17
exits 'absent: a member of one form of the ops' 3 'sched_ext_ops_cid has no member cpuctl_exit; kernels that have it: 7.3, 7.4$' \
	run "$TEST_OBJECTS/absent.bpf.o" --ops absent_member --kernel 7.2

printf '{ "name": "x", "object": "%s", "kernel": ["6.16", "6.18.15", "7.4"], "duration": "1ms", "expect": {} }' \
	"$object" >s.json
kickstand test s.json
if [ "$status" = 0 ] && [ "$(grep -c '^ok .*kernel \(6.16\|6.18.15\|7.4\)' out)" = 3 ]; then
	pass 'scenarios of all names'
else
	fail 'scenarios of all names' "$(cat out err)"
fi
kickstand kernels 7.3
if [ "$status" = 2 ] && [ "$(wc -l <err)" = 1 ] && grep -q "'7.3' is a kernel: two are compared" err; then
	pass 'one kernel alone: says what to do'
else
	fail 'one kernel alone: says what to do' "exit status $status" "$(cat out err)"
fi

plan
