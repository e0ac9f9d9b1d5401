#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# kickstand compare as a gate: --fail-if, changes, what is more than chance, Markdown.
. "$KICKSTAND_SRC/tests/lib.sh"

# summary FILE VALUE...: runs whose sleepers have these latencies (p99, in ns), and as many kicks
summary() {
	file=$1
	shift
	{
		printf '['
		sep=
		for v in "$@"; do
			printf '%s{"schema": 1, "cpus": 4, "duration_ns": 1000, "seed": 1,
	"exit": {"kind": "none", "code": 0}, "verdict": {"ok": true}, "switches": %s,
	"kicks": {"sent": %s, "dropped": 0, "latency_ns": {"p50": 0}}, "per_cpu": [],
	"groups": [{"name": "sleeper-*", "wakeup_latency_ns": {"p99": %s, "count": 7}},
		{"name": "hog-*", "wakeup_latency_ns": {"p99": 5000, "count": 1}}]}' "$sep" "$v" "$v" "$v"
			sep=,
		done
		printf ']\n'
	} >"$file"
}

# gate NAME STATUS PATTERN ARGS...: the status, and what standard error says (- for nothing)
gate() {
	name=$1 want=$2 pattern=$3
	shift 3
	kickstand compare "$@"
	if [ "$status" = "$want" ] && { [ "$pattern" = - ] && [ ! -s err ] || grep -Eq -e "$pattern" err; }; then
		pass "$name"
	else
		fail "$name" "exit status $status" "$(cat err)"
	fi
}

# has NAME PATTERN...: lines of the output
has() {
	name=$1 lacks=
	shift
	for p in "$@"; do
		grep -Eq -e "$p" out || lacks="$lacks [$p]"
	done
	[ -z "$lacks" ] && pass "$name" || fail "$name" "lacks$lacks" "$(cat out)"
}

summary a.json 1000000 1010000 1020000 1030000
summary worse.json 1200000 1210000 1220000 1230000
summary near.json 1000000 1015000 1025000 1040000
summary one.json 1000000
summary more.json 1500000
p99='groups.sleeper-*.wakeup_latency_ns.p99'

# ---- the table ----

kickstand compare a.json worse.json
has 'units, change, better or worse, p' \
	"^groups\.sleeper-\*\.wakeup_latency_ns\.p99 +1\.020ms \[1\.000ms\.\.1\.030ms\] +1\.220ms \[[^]]*\]  \+19\.6% worse p=0\.029\$" \
	'^kicks\.sent +1020000 \[1000000\.\.1030000\] +1220000 \[[^]]*\]  \+19\.6% p=0\.029$' \
	'^p: .*permutation test, two-sided, all ways tried'
if grep -Eq '^(kicks\.dropped|kicks\.latency|groups\.hog|exit)' out; then
	fail 'neither what is the same nor what is zero' "$(cat out)"
else
	pass 'neither what is the same nor what is zero'
fi
[ "$(grep -c '^$' out)" = 4 ] && pass 'a gap between sections' || fail 'a gap between sections' "$(cat -A out)"
kickstand compare a.json near.json
has 'what may be chance is unsure' '^switches .* unsure p=0\.[1-9]'
kickstand compare one.json more.json
has 'of one run there is no chance' '^switches +1000000 +1500000  \+50\.0%$'
kickstand compare more.json one.json
has 'better' 'p99 +1\.500ms +1\.000ms  -33\.3% better$'
summary many.json 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16
summary far.json 101 102 103 104 105 106 107 108 109 110 111 112 113 114 115 116
kickstand compare many.json far.json
cp out first
kickstand compare many.json far.json
if cmp -s out first && grep -q 'drawn with a fixed seed' out && grep -Eq '^switches .*% p=5e-05$' out; then
	pass 'of many runs the ways are drawn, the same each time'
else
	fail 'of many runs the ways are drawn, the same each time' "$(grep -E 'switches|p:' out)"
fi
kickstand compare a.json near.json worse.json
has 'each file has its change' '^switches .*unsure p=0\.[0-9]+ .*\+19\.6% p=0\.029$'

kickstand compare --markdown --fail-if "$p99 > +10%" a.json worse.json
has 'Markdown' '^\*\*Failed:\*\*$' "^- .'$(echo "$p99" | sed 's/[*]/\\*/') > \+10%': .*\+19\.6%" \
	'^\| figure \| a\.json \| worse\.json \| change \|$' '^\|---\|---:\|---:\|---\|$' \
	'^\| `switches` \| 1020000 \[.*\] \| 1220000 \[.*\] \| \+19\.6% p=0\.029 \|$'

# ---- the gate ----

gate 'a change that is too large' 1 "^kickstand: --fail-if '.*': groups\.sleeper-\*\.wakeup_latency_ns\.p99 is 1\.020ms in a\.json and 1\.220ms in worse\.json: \+19\.6% \(p=0\.029\)$" \
	--fail-if "$p99 > +10%" a.json worse.json
gate 'one that is not' 0 - --fail-if "$p99 > +20%" a.json worse.json
gate 'a change to less' 1 '1\.020ms in a\.json: -16\.4%' --fail-if "$p99 < -10%" worse.json a.json
gate 'at least' 1 '33' --fail-if 'switches <= -33%' more.json one.json
gate 'of several, one holds' 1 'kicks.sent' --fail-if 'switches > +50%' --fail-if 'kicks.sent >= +50%' one.json more.json
[ "$(wc -l <err)" = 1 ] && pass 'one line for each' || fail 'one line for each' "$(cat err)"
gate 'a time with its unit' 1 'is 1\.220ms in worse' --fail-if "$p99 > 1.2ms" a.json worse.json
gate 'it is asked of the later files' 0 - --fail-if "$p99 > 1.2ms" worse.json a.json
gate 'of one file, of that' 1 'is 1\.500ms in more' --fail-if "$p99 > 1200us" more.json
gate 'a pattern of groups' 1 'groups\.hog-\*\.wakeup_latency_ns\.p99 is 5\.000us' --fail-if 'groups.*.p99 < 6us' a.json one.json
gate 'tasks. is groups.' 1 'groups\.sleeper' --fail-if 'tasks.sleeper-*.wakeup_latency_ns.p99 > 0' one.json
gate 'the largest of them' 1 'max\(groups.*p99\) is 1\.000ms in one\.json and 1\.500ms in more' --fail-if 'max(groups.*.p99) > +49%' one.json more.json
gate 'their sum' 0 - --fail-if 'sum(groups.*.p99) > 1505us' one.json more.json
gate 'their mean' 1 'is 752\.5us' --fail-if 'mean(groups.*.p99) == 752500ns' one.json more.json
gate 'a word' 1 "exit.kind is 'none'" --fail-if 'exit.kind == none' one.json
gate 'another word' 0 - --fail-if 'exit.kind != none' one.json
gate 'true and false' 1 'verdict.ok is 1' --fail-if 'verdict.ok == true' one.json
gate 'from zero is more than any part' 0 - --fail-if 'kicks.dropped > +0%' one.json more.json
gate 'a change that may be chance fails too' 1 'unsure' --fail-if 'kicks.sent >= 0%' a.json near.json
gate 'not if it must be significant' 0 - --significant --fail-if 'kicks.sent >= 0%' a.json near.json
sed 's/"sleeper-\*"/"other"/' more.json >gone.json
gate 'what a file lacks' 1 'gone\.json has no groups\.sleeper' --fail-if "$p99 > +10%" one.json gone.json
sed 's/"kicks"/"ops": {"dispatch": 3}, "kicks"/' more.json >ops.json
gate 'what happened never is zero' 1 'is 3 in ops\.json and 0 in one\.json: -100' --fail-if 'ops.dispatch < -1%' ops.json one.json

# ---- what is no condition ----

gate 'an unknown path: the nearest' 2 "no file has a figure 'kicks\.snt'; did you mean 'kicks\.sent'\?" --fail-if 'kicks.snt > 1' one.json
gate 'an unknown path' 2 'no file has a figure .*compare --all' --fail-if 'nothing.like.it > 1' one.json
gate 'no operator' 2 "'switches': a condition as 'PATH > \+10%'" --fail-if switches one.json
gate 'no path' 2 'a condition as' --fail-if '> 1' one.json
gate 'no value' 2 "'' is neither a change" --fail-if 'switches >' one.json
gate 'no unit that is' 2 "'5min' is neither" --fail-if 'switches > 5min' one.json
gate 'no aggregate that is' 2 'a condition as' --fail-if 'most(switches) > 1' one.json
gate 'a change of one file' 2 'against the first of two files' --fail-if 'switches > +1%' one.json
gate 'a number for a word' 2 'is a word' --fail-if 'exit.kind > 1' one.json
gate 'a word for a number' 2 'is a number' --fail-if 'switches == none' one.json
gate 'a file named twice' 2 '^kickstand: ./one.json: the file is named twice, as one.json before; name it once$' one.json more.json ./one.json
gate '--significant of nothing' 2 'of --fail-if' --significant one.json
plan
