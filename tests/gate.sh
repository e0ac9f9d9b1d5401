# SPDX-License-Identifier: GPL-2.0-only
# `kickstand test` as a gate: folders, matrices of runs, patterns and aggregates in expectations,
# and what other programs are told of failures.
. "$KICKSTAND_SRC/tests/lib.sh"

# has NAME STATUS PATTERN...: of the last run; a pattern that begins with ! is nowhere
has() {
	name=$1 want=$2 lacks=
	shift 2
	[ "$status" = "$want" ] || lacks=" exit status $status, not $want"
	for p; do
		case $p in
		!*) ! grep -Eq -- "${p#!}" out err || lacks="$lacks [$p]" ;;
		*) grep -Eq -- "$p" out err || lacks="$lacks [$p]" ;;
		esac
	done
	if [ -z "$lacks" ]; then pass "$name"; else fail "$name" "$lacks" "$(cat out err)"; fi
}

# scenario FILE KEYS...: of an example, short
scenario() {
	printf '{ "object": "central.bpf.o", "kernel": "7.3", "cpus": 4, "duration": "20ms", %s }\n' "$2" >"$1"
}

# ---- folders ----

mkdir -p all/b/deep all/.hidden objects
scenario all/z.json '"name": "z"'
scenario all/b/deep/y.json '"name": "y"'
scenario all/a.json '"name": "a"'
echo '{ "tasks": { "t": { "run": 1000 } }, "global": {} }' >all/b/work.json
echo '[ {"directory": "x"} ]' >all/b/commands.json
echo '{' >all/.hidden/broken.json
kickstand run "$EXAMPLES/central.bpf.o" --duration 1ms --quiet --json all/b/summary.json
ln -s .. all/b/round
cp "$EXAMPLES/central.bpf.o" objects
kickstand test all --objects nowhere --objects objects
has 'a folder: all below it, by path; what else is there is told' 0 '^ok 1 - a ' '^ok 2 - y ' '^ok 3 - z ' \
	'^# not a scenario: all/b/work\.json$' '^# not a scenario: all/b/commands\.json$' \
	'^# not a scenario: all/b/summary\.json$' '^# 3 passed, 0 failed$'
kickstand test all --list
has 'a folder: only the names' 0 '^a \(kernel 7\.3\)$' '!not a scenario'
mkdir -p bare/below
kickstand test bare
has 'a folder without files' 2 '^kickstand: bare: has no scenarios: there is no \*\.json in it or'
cp all/b/work.json bare/below
kickstand test bare
has 'a folder of other JSON' 2 '^kickstand: bare: has no scenarios: .* JSON of something else$'
echo '{ "expect": ' >bare/below/half.json
kickstand test bare
has 'a folder with half a scenario' 2 'half\.json'
rm bare/below/half.json
kickstand test all all/a.json
has 'a file that its folder has' 2 'named twice'
kickstand test all/a.json --objects nowhere --objects elsewhere
has 'an object that no folder has' 2 "object 'central\.bpf\.o' is neither .* nor in nowhere, elsewhere"

KICKSTAND_OBJECTS=$EXAMPLES
export KICKSTAND_OBJECTS

# ---- several runs of a file ----

scenario seeds.json '"name": "s", "seeds": "3..5"'
kickstand test seeds.json
has 'seeds' 0 '^1\.\.3$' '^ok 1 - s \(kernel 7\.3, seed 3\)$' '^ok 3 - s \(kernel 7\.3, seed 5\)$'
kickstand test seeds.json --seeds 9..10 --emit e.jsonl
has 'seeds of the command line' 0 '^1\.\.2$' '^ok 2 - s \(kernel 7\.3, seed 10\)$'
if [ "$(grep -o '"seed":[0-9]*' e.jsonl | sort -u | tr '\n' ' ')" = '"seed":10 "seed":9 ' ]; then
	pass 'seeds reach the machine'
else
	fail 'seeds reach the machine' "$(grep -o '"seed":[0-9]*' e.jsonl)"
fi
kickstand test seeds.json --seed 7
has 'one seed: nothing to tell apart' 0 '^1\.\.1$' '^ok 1 - s \(kernel 7\.3\)$'
scenario seeds.json '"name": "s", "seeds": [8, 2]'
kickstand test seeds.json --filter '*seed 2*'
has 'a list of seeds, and one of them' 0 '^1\.\.1$' 'seed 2\)$'

cat >matrix.json <<'END'
{ "name": "m", "object": "central.bpf.o", "duration": "20ms", "kernel": ["6.12", "7.3"],
  "topology": ["1n1l4c1t", "1n2l2c1t"], "workload": ["mixed", "bursty"], "seeds": "1..2",
  "emit": ["switches"],
  "expect": { "per_cpu[*].switches": ">0" } }
END
kickstand test matrix.json --emit m.jsonl --jobs 2
has 'a matrix' 0 '^1\.\.16$' '^ok 1 - m \(kernel 6\.12, topology 1n1l4c1t, workload mixed, seed 1\)$' \
	'^ok 16 - m \(kernel 7\.3, topology 1n2l2c1t, workload bursty, seed 2\)$' '^# 16 passed'
cat >alone.json <<'END'
{ "name": "m", "object": "central.bpf.o", "duration": "20ms", "kernel": "7.3",
  "topology": "1n2l2c1t", "workload": "bursty", "seed": 2, "emit": ["switches"] }
END
kickstand test alone.json --emit alone.jsonl
if python3 - <<'END' 2>err; then
import json
runs = [json.loads(line)["summary"] for line in open("m.jsonl")]
assert len({(r["kernel"], r["seed"], r["provenance"]["topology"], r["provenance"]["workload"]) for r in runs}) == 16
assert runs[15] == json.load(open("alone.jsonl"))["summary"]
END
	pass 'each run of a matrix is what it is alone'
else
	fail 'each run of a matrix is what it is alone' "$(cat err)"
fi
scenario cpus.json '"name": "c"'
sed -i 's/"cpus": 4/"cpus": [2, 4]/' cpus.json
kickstand test cpus.json
has 'a list of cpus' 0 '^ok 1 - c \(kernel 7\.3, cpus 2\)$' '^ok 2 - c \(kernel 7\.3, cpus 4\)$'

# wrong NAME PATTERN KEYS: refused with its place
wrong() {
	printf '{ "object": "central.bpf.o", %s }\n' "$3" >w.json
	kickstand test w.json
	has "wrong: $1" 2 "^kickstand: w\\.json:1:[0-9]+: $2"
}
wrong 'seeds' "'seeds' must be \"A\.\.B\"" '"seeds": "5..1"'
wrong 'seeds: no range' "'seeds' must be" '"seeds": "5"'
wrong 'seeds: no number' "'seeds' must be an integer" '"seeds": [1, "x"]'
wrong 'seeds: none' "'seeds' is a list of 0" '"seeds": []'
wrong 'seed and seeds' "'seed' and 'seeds' are both there" '"seed": 1, "seeds": "1..2"'
wrong 'two lists of machines' "of 'cpus' and 'topology', one may be a list" '"cpus": [4, 8], "topology": ["1n1l4c1t", "1n2l4c1t"]'
wrong 'a topology twice' "'topology': its element 1 is there twice" '"topology": ["1n1l4c1t", "1n1l4c1t"]'
printf '{ "seeds": "0..999999", "kernel": ["6.12", "7.3"] }\n' >w.json
kickstand test w.json
has 'wrong: too many runs' 2 'more than 1000000 runs'

# ---- patterns, aggregates, units ----

# expects NAME STATUS EXPECT PATTERN...
expects() {
	name=$1 want=$2 expect=$3
	shift 3
	scenario x.json "\"name\": \"x\", \"workload\": \"mixed\",
\"expect\": { $expect }"
	kickstand test x.json
	has "$name" "$want" "$@"
}
expects 'a pattern that holds' 0 '"tasks.sleeper-*.wait_ns": ">0", "tasks.hog-?.class": "ext", "ops.en*": ">=0"'
expects 'a pattern that does not: the first, and how many' 1 '"tasks.hog-*.runtime_ns": "<1us"' \
	"what: 'tasks\.hog-\*\.runtime_ns'" "seen: '[0-9]+ \(tasks\.hog-0\.runtime_ns; 3 of 3 that fit do not hold\)'"
expects 'a pattern that nothing fits' 1 '"tasks.nobody-*.wait_ns": ">=0"' "no figure fits .*tasks\.nobody-"
expects 'nothing is to fit' 0 '"tasks.nobody-*.wait_ns": null'
expects 'CPUs' 0 '"per_cpu[*].busy_ns": "<=20ms", "sum(per_cpu[*].idle_ns)": ">0"'
expects 'aggregates' 0 '"max(tasks.hog-*.runtime_ns)": ">1ms", "min(tasks.hog-*.runtime_ns)": ">1us",
	"mean(groups.*.runtime_ns)": ">0", "max(switches)": ">1"'
expects 'an aggregate that does not hold' 1 '"max(tasks.hog-*.runtime_ns)": "<1us"' "what: 'max\(tasks\.hog-\*\.runtime_ns\)'"
expects 'an aggregate of nothing' 1 '"max(tasks.nobody-*.wait_ns)": ">=0"' 'no figure fits'
expects 'an aggregate of words' 1 '"max(tasks.*.class)": ">=0"' 'class is no number'
expects "a group's name is no pattern" 0 '"groups.hog-*.nr": 3'
expects 'times' 0 '"duration_ns": "20ms..21ms", "tasks.hog-0.runtime_ns": "1us..20ms", "groups.hog-*.wait_ns": "0..1s"'
expects 'a time that is too long' 1 '"duration_ns": "<20ms"' "expected: '\"<20ms\"'" "seen: '20[0-9]{6}'"
expects 'a unit of what is no time' 2 '"switches": ">5ms"' "x\.json:2:13: 'switches' is no time: >5ms has a unit"
expects 'a unit that is none' 2 '"duration_ns": ">5min"' "'duration_ns' is a number"
expects 'a range with half its units' 2 '"duration_ns": "5..20ms"' "'duration_ns' is a number"
expects 'a number of a task' 2 '"tasks.hog-0.runtime_ns": ">=x"' "'tasks\.hog-0\.runtime_ns' is a number"
expects 'a pattern of no figure' 2 '"tasks.*.nothing": 1' "no figure 'tasks\.\*\.nothing'; .* one of: pid comm"
expects 'an aggregate of no figure' 2 '"max(kicks.nothing)": 1' "no figure 'kicks\.nothing'"
expects 'no such aggregate' 2 '"most(kicks.idle)": 1' "unknown key 'most\(kicks\.idle\)' in 'expect'"
scenario if.json '"at": [ {"time": "10ms", "if": {"sum(per_cpu[*].switches)": ">1", "tasks.*.wait_ns": ">=0"}, "hotplug": 3,
	"online": false} ], "expect": { "per_cpu[3].busy_ns": "<11ms" }'
kickstand test if.json
has 'in conditions, too' 0

# ---- what others are told ----

mkdir -p ci
scenario ci/bad.json '"name": "50%, <odd>: \"it\"", "seeds": "1..2",
"expect": { "duration_ns": "<1ms",
            "kicks.wait": 7, "exit": {"kind": "error"} }'
scenario ci/good.json '"name": "good"'
echo '{ "expect": {}, "colour": 1 }' >ci/wrong.json
kickstand test ./ci --annotations github --html pages --junit j.xml
has 'github' 2 '^::error file=ci/bad\.json,line=2,col=13,title=50%25%2C <odd>%3A "it" \(kernel 7\.3%2C seed 1\)::duration_ns: expected "<1ms", seen 20[0-9]{6}$' \
	'^::error file=ci/bad\.json,line=3,col=13,title=.*::kicks\.wait: expected 7, seen 0$' \
	"^::error file=ci/wrong\.json,line=1,col=17,title=.*::\./ci/wrong\.json:1:17: unknown key 'colour'" \
	'  page: pages/0001-50-odd-it-kernel-7\.3-seed-1\.html$'
if [ "$(grep -c '^::error' out)" = 7 ]; then pass 'github: each failure once'; else fail 'github: each failure once' "$(grep '^::' out)"; fi
if [ "$(cd pages && echo *)" = '0001-50-odd-it-kernel-7.3-seed-1.html 0002-50-odd-it-kernel-7.3-seed-2.html index.html' ] &&
	grep -q '^<h1>1 passed, 3 failed</h1>$' pages/index.html && ! grep -q '<odd>' pages/index.html &&
	grep -q '<a href="0002-50-odd-it-kernel-7.3-seed-2.html">50%, &lt;odd&gt;: &quot;it&quot; (kernel 7.3, seed 2)</a>' \
		pages/index.html && grep -q 'kicks.wait: expected 7, seen 0' pages/index.html; then
	pass 'pages of what failed, and a list of them'
else
	fail 'pages of what failed, and a list of them' "$(ls pages)" "$(tail -n 12 pages/index.html)"
fi
if head -n 1 pages/0002*.html | grep -qi '^<!doctype html' && grep -q '</html>' pages/0002*.html; then
	pass 'a page is a page'
else
	fail 'a page is a page' "$(head -c 300 pages/0002*.html)"
fi
if python3 - <<'END' 2>err; then
import xml.etree.ElementTree as xml
cases = xml.parse("j.xml").getroot()[0].findall("testcase")
assert [c.get("file") for c in cases] == ["./ci/bad.json"] * 2 + ["./ci/good.json", "./ci/wrong.json"]
assert cases[0].find("failure").get("message") == 'exit.kind: expected "error", seen none (0): ', cases[0].find("failure").get("message")
assert "unknown key" in cases[3].find("error").get("message")
END
	pass 'junit: what failed first is the message'
else
	fail 'junit: what failed first is the message' "$(cat err)" "$(grep '<failure' j.xml)"
fi
replay=$(sed -n 's/^  replay: kickstand //p' out | sed -n 2p)
eval "kickstand $replay"
has 'the replay of one run of several is that run' 1 '^1\.\.1$' 'seed 2\)$' "what: 'kicks\.wait'"

kickstand test ci --annotations gitlab=q.json
if [ "$status" = 2 ] && python3 - <<'END' 2>err; then
import json
issues = json.load(open("q.json"))
assert len(issues) == 7 and len({i["fingerprint"] for i in issues}) == 7
assert [i["location"]["lines"]["begin"] for i in issues] == [3, 2, 3] * 2 + [1], issues
assert {i["location"]["path"] for i in issues} == {"ci/bad.json", "ci/wrong.json"}
assert issues[-1]["severity"] == "critical" and issues[0]["severity"] == "major"
assert issues[1]["description"].startswith('50%, <odd>: "it" (kernel 7.3, seed 1): duration_ns: expected "<1ms", seen 20')
END
	pass 'gitlab'
else
	fail 'gitlab' "exit status $status" "$(cat err)"
fi
kickstand test ci/good.json --annotations gitlab --html none
if [ "$status" = 0 ] && [ "$(cat gl-code-quality-report.json)" = '[]' ] && [ "$(ls none)" = index.html ]; then
	pass 'nothing failed: an empty list, no pages'
else
	fail 'nothing failed: an empty list, no pages' "$(cat gl-code-quality-report.json)" "$(ls none)"
fi
exits '--annotations of nobody' 2 '^kickstand: --annotations jenkins: github, gitlab or gitlab=FILE' test ci --annotations jenkins
: >file
exits '--html where a file is' 2 '^kickstand: --html file: this folder cannot be made: Not a directory' test ci/good.json --html file
exits '--seeds of no range' 2 '^kickstand: --seeds 3: A\.\.B is due' test ci/good.json --seeds 3

# ---- colours ----

# seen ENV...: standard output at a terminal
seen() {
	env "$@" python3 -c '
import os, pty, sys
pty.spawn([os.environ["KICKSTAND"], "test", "ci"])' >tty.out 2>&1 </dev/null
}
green=$(printf '\033[32m') red=$(printf '\033[31m') usual=$(printf '\033[m')
seen KICKSTAND="$KICKSTAND" TERM=xterm NO_COLOR=
if grep -qF "${green}ok$usual 3 - good" tty.out && grep -qF "${red}not ok$usual 1 - " tty.out &&
	grep -qF "${red}# 1 passed, 3 failed$usual" tty.out; then
	pass 'colours on a terminal'
else
	fail 'colours on a terminal' "$(cat -v tty.out)"
fi
seen KICKSTAND="$KICKSTAND" TERM=xterm NO_COLOR=1
grep -qF "$red" tty.out && fail 'NO_COLOR' "$(cat -v tty.out)" || pass 'NO_COLOR'
seen KICKSTAND="$KICKSTAND" TERM=dumb NO_COLOR=
grep -qF "$red" tty.out && fail 'a dumb terminal' "$(cat -v tty.out)" || pass 'a dumb terminal'
plan
