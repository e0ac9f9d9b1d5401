#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Standing in for a scheduler's own loader: --set-map, --run-prog, --setup, --kconfig.
# setup.bpf.c copies what it finds into its .bss.
. "$KICKSTAND_SRC/tests/lib.sh"

object=$TEST_OBJECTS/setup.bpf.o

# shows NAME VARIABLE VALUE ARGS...: after a run with ARGS the variable has that value
shows() {
	name=$1 line="\"$2\": $3"
	shift 3
	kickstand run "$object" --duration 1ms --quiet --dump-map .bss "$@"
	if [ "$status" = 0 ] && tr -d '\n' <out | tr -s ' ' | grep -qF -- "$line"; then
		pass "$name"
	else
		fail "$name" "status $status, no $line in:" "$(cat out err)"
	fi
}

# shows_some NAME VARIABLE ARGS...: it is not 0
shows_some() {
	name=$1 line="\"$2\": [1-9]"
	shift 2
	kickstand run "$object" --duration 1ms --quiet --dump-map .bss "$@"
	if [ "$status" = 0 ] && grep -q -- "$line" out; then
		pass "$name"
	else
		fail "$name" "status $status, no $line in:" "$(cat out err)"
	fi
}

# refuses NAME STATUS TEXT ARGS...
refuses() {
	name=$1 want=$2 text=$3
	shift 3
	kickstand run "$object" --duration 1ms --quiet "$@"
	if [ "$status" = "$want" ] && grep -qF -- "$text" err; then
		pass "$name"
	else
		fail "$name" "status $status, '$text' is not in:" "$(cat err)"
	fi
}

shows 'list of values' seen_array '[ 7, 8, 9, 0 ]' --set-map 'numbers=[7, 8, 9]'
shows 'keys and values' seen_hash 12 --set-map 'pairs=[{"key": 5, "value": {"a": 5, "b": -12}}, {"key": 6, "value": {"b": 12}}]'
shows 'a queue' seen_queue 41 --set-map 'queue=[41, 42]'
shows 'per CPU' seen_percpu '[ 10, 11 ]' --cpus 2 --set-map 'percpu=[[10, 11]]'
shows 'inner maps' seen_inner 3 --set-map 'outer=[{}, {"max_entries": 4, "elements": [3]}]'
shows 'a program' seen_ctx '[ 2, 300 ]' --run-prog 'fill:{"id": 2, "weight": 300}'
shows 'a program, bytes' seen_ctx '[ 2, 300 ]' --run-prog fill:020000002c01000000000000
cat >file.json <<'F'
{
  "resize": {"by_cpu": "$cpus"},
  "set": {"limit": "$cpus*2", "by_cpu": "$llc[]", "setup_ops.timeout_ms": 1000},
  "maps": {"numbers": ["$cores", "$sibling(1)", "$node(3)", "$cpus-1"]},
  "run": [{"program": "fill", "ctx": {"id": 9}}],
  "run_attached": ["after"]
}
F
at='--topology 2n1l2c2t --setup file.json'
# shellcheck disable=SC2086
{
	shows 'file: globals' seen_limit 16 $at
	shows 'file: words by CPU' seen_by_cpu '[ 0, 0, 1, 1, 0, 0, 1, 1 ]' $at
	shows 'file: words' seen_array '[ 4, 5, 1, 7 ]' $at
	shows 'file: a program before' seen_ctx '[ 9, 0 ]' $at
	shows 'file: a program after' seen_after 1 $at
	shows 'the command line comes later' seen_limit 5 $at --set limit=5
}
echo 'CONFIG_HZ=100' >kconfig
shows '__kconfig' seen_hz 100 --kconfig kconfig
shows '__kconfig: the machine'"'"'s own' seen_hz 250 --kernel 7.3

shows 'arguments of a traced function' seen_call '[ 2, 0, -22, 0 ]'
shows 'at its entry there is no result' seen_entry '[ 2, -95 ]'

object=$TEST_OBJECTS/probes.bpf.o
refuses 'a program that cannot be attached' 3 \
	"program 'probe_nothing': failed to create kprobe 'no_such_function+0x0'"
refuses 'and how to do without' 3 '(--programs probe_nothing=false leaves it out)'
shows_some 'without it' seen --programs probe_nothing=false
shows 'loaded and not attached' seen 0 --programs '*=unattached'
shows_some 'the last choice counts' seen --programs '*=unattached' --programs 'see_*=true'
echo '{"programs": {"probe_*": false, "see_switch": "unattached"}}' >programs.json
shows 'file: programs' seen 0 --setup programs.json
refuses 'no such program to choose' 2 "there is no program 'x*' in probes.bpf.o; there are: probe_nothing, see_switch" \
	--programs 'x*=false'
refuses 'no such choice' 2 "'probe_nothing=no'" --programs probe_nothing=no
echo '{"programs": {"probe_*": "maybe"}}' >programs.json
refuses 'file: no such choice' 2 'must be true, false, "if_possible" or "unattached"' --setup programs.json

object=$TEST_OBJECTS/pins.bpf.o
kickstand run "$object" --duration 1ms --quiet --dump-map pinned_map
if [ "$status" = 0 ] && grep -q '"value": 1' out; then pass 'a map pinned by name'; else
	fail 'a map pinned by name' "status $status" "$(cat out err)"; fi

object=$TEST_OBJECTS/setup.bpf.o
refuses 'no such map' 2 "has no map 'none'" --set-map 'none=[]'
refuses 'no JSON' 2 'not JSON' --set-map 'numbers=[1'
refuses 'too many elements' 2 'the kernel refuses it' --set-map 'numbers=[1,2,3,4,5]'
refuses 'no such member' 2 "no field 'c' in struct pair; there are: a, b" --set-map 'pairs=[{"key": 1, "value": {"c": 1}}]'
refuses 'no such program' 2 "has no program 'none'" --run-prog none
refuses 'a program that fails' 3 'returned -22' --run-prog 'fill:{"id": 99}'
refuses 'no such file' 2 'cannot' --kconfig /nonexistent
echo '{"sett": {}}' >bad.json
refuses 'a key of the file' 2 "'sett' is unknown" --setup bad.json
echo '{"set": {"limit": "$cpu"}}' >bad.json
refuses 'a word of the file' 2 "'\$cpu': no such word" --setup bad.json
plan
