# SPDX-License-Identifier: GPL-2.0-only
# One language of values: what --set, a setup file, a scenario and a map's JSON take, refuse and
# make of a value is the same.
. "$KICKSTAND_SRC/tests/lib.sh"

object=$TEST_OBJECTS/values.bpf.o

# read_back VAR: what it is in the dump (of the map, if that is the one), on one line
read_back() {
	python3 -c 'import json, sys
v = json.load(sys.stdin)
if isinstance(v, list):
    v = v[0]["value"]
for k in sys.argv[1].split("."):
    v = v[k]
print(json.dumps(v))' "$1"
}

# in_map VAR VALUE: the elements of the map in which the field of that name has it; an index: none
in_map() {
	case $1 in
	*'['*) ;;
	*.*) printf '[{"key": 0, "value": {"%s": {"%s": %s}}}]' "${1%.*}" "${1#*.}" "$(json_of "$2")" ;;
	*) printf '[{"key": 0, "value": {"%s": %s}}]' "$1" "$(json_of "$2")" ;;
	esac
}

# all_take VAR VALUE SEEN [WHERE [IN_MAP]]: VALUE as --set has it, SEEN as the dump (of WHERE) has
# it, IN_MAP as that of the map, whose cells were 0
all_take() {
	printf '{"set": {"%s": %s}}' "$1" "$(json_of "$2")" >setup.json
	printf '{"object": "%s", "duration": "1ms", "set": {"%s": %s}, "expect": {"map": {"%s": %s}}}' "$object" \
		"$1" "$(json_of "$2")" "${4:-$1}" "$3" >scenario.json
	seen=
	for how in "--set $1=$2" '--setup setup.json'; do
		kickstand run "$object" --cpus 1 --duration 1ms --quiet --workload spin:tasks=1 \
			--dump-map .data $how
		[ "$status" = 0 ] || break
		got=$(read_back "${4:-$1}" <out)
		[ "$got" = "$3" ] || { seen="$how made it $got"; break; }
	done
	elements=$(in_map "$1" "$2")
	if [ "$status" = 0 ] && [ -z "$seen" ] && [ -n "$elements" ]; then
		kickstand run "$object" --cpus 1 --duration 1ms --quiet --workload spin:tasks=1 \
			--dump-map cells --set-map "cells=$elements"
		got=$(read_back "$1" <out)
		[ "$got" = "${5:-$3}" ] || seen="--set-map made it $got"
	fi
	[ "$status" = 0 ] && [ -z "$seen" ] && kickstand test scenario.json
	if [ "$status" = 0 ] && [ -z "$seen" ]; then
		pass "$1=$2"
	else
		fail "$1=$2" "exit status $status, $seen" "$(cat err)" "$(grep -v '^ok' out)"
	fi
}

# none_takes VAR VALUE WHY
none_takes() {
	printf '{"set": {"%s": %s}}' "$1" "$(json_of "$2")" >setup.json
	printf '{"object": "%s", "set": {"%s": %s}}' "$object" "$1" "$(json_of "$2")" >scenario.json
	for how in "run $object --set $1=$2" "run $object --setup setup.json" 'test scenario.json'; do
		kickstand $how
		[ "$status" = 2 ] && grep -q "$3" err || { fail "$1=$2 is refused" "$how: status $status" "$(cat err)"; return; }
	done
	elements=$(in_map "$1" "$2")
	if [ -n "$elements" ] && [ "${1%%.*}" != values_ops ]; then
		kickstand run "$object" --set-map "cells=$elements"
		[ "$status" = 2 ] && grep -q "$3" err ||
			{ fail "$1=$2 is refused" "--set-map: status $status" "$(cat err)"; return; }
	fi
	pass "$1=$2 is refused"
}

# numbers as they are, everything else, and what no JSON number holds here, as a string
json_of() {
	case $1 in
	'' | *[!0-9-]* | ????????????????????*) printf '"%s"' "$1" ;;
	*) printf '%s' "$1" ;;
	esac
}

all_take byte 255 255
all_take byte 0xff 255
all_take byte -1 255
all_take byte "'A'" 65
all_take sbyte -128 -128
all_take sbyte 0xff -1
all_take word 4294967295 4294967295
all_take word -1 4294967295
all_take word 'SCX_KICK_PREEMPT|SCX_KICK_WAIT' 6
all_take word MODE_B 2
all_take sword -2147483648 -2147483648
all_take sword 0xffffffff -1
all_take wide 18446744073709551615 '"18446744073709551615"'
all_take flag false false
all_take flag 1 true
all_take mode MODE_B '"MODE_B"'
all_take mode MODE_LAST '"MODE_LAST"'
all_take text hello '"hello"'
all_take list 7,8 '[7, 8, 3, 4]' list '[7, 8, 0, 0]'
all_take 'list[3]' 9 '[1, 2, 3, 9]' list
all_take bits.low 7 7
all_take bits.mid -16 -16
all_take cfg.name x '"x"'
all_take cfg.map 7,0x10 '[7, 16, 0, 0]'
all_take cfg.inner 5 5

none_takes byte 256 'does not fit in the 8 bits'
none_takes byte -129 'does not fit'
none_takes sbyte 128 'does not fit'
none_takes sword 2147483648 'does not fit in the 32 bits'
none_takes word 0x100000000 'does not fit'
none_takes flag 2 'does not fit'
none_takes word MODE_C 'no integer and no enumerator'
none_takes word 1+1 'no integer and no enumerator'
none_takes text abcdefgh 'the string has 8 characters, there is room for 7'
none_takes cfg.map abc 'no integer'
none_takes list 1,2,3,4,5 'longer than the array of 4'
none_takes 'list[4]' 1 'outside the array of 4'
none_takes bits.low 8 'does not fit in the 3 bits'
none_takes bits.mid 16 'does not fit in the 5 bits'
none_takes bits.none 1 "no field 'none' in struct bits; there are: low, mid, rest"
none_takes cfg 1 'structure\|fields'
none_takes values_ops.enqueue 1 'a function cannot be set'
plan
