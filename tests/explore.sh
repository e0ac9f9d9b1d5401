# SPDX-License-Identifier: GPL-2.0-only
# kickstand explore: a race is found, cut to one decision and replayed; nothing where it is mended;
# the same whatever the number of processes; what it refuses.
. "$KICKSTAND_SRC/tests/lib.sh"

object=$TEST_OBJECTS/explore_empty_unlocked.bpf.o
racy="--cpus 4 --workload mixed:hogs=3,sleepers=3,periodic=0,forkers=0"
mended="$racy --set repaired=1"

kickstand explore "$object" $racy --runs 120 --jobs 1 --json one.json
says 'a list that is looked at without its lock is found' out '^idle_beside_work: '
[ "$status" = 1 ] && pass 'something found is status 1' || fail 'something found is status 1' "$status"
says 'it takes one decision' one.json '"decisions": 1,'
says 'and is told in words' out '1\. CPU [0-3] is held .* in empty_unlocked_dispatch, empty_unlocked.bpf.c:[0-9]+: .*, before the store'
says 'with what came first meanwhile' out 'meanwhile CPU [0-3] in empty_unlocked_enqueue, .* comes first: the load'
says 'with the nearest run that passes' out 'the nearest run that passes: '
cp explore_empty_unlocked.finding-1.json kept.json

kickstand explore "$object" $racy --runs 120 --jobs 3 --json three.json
if cmp -s one.json three.json && cmp -s kept.json explore_empty_unlocked.finding-1.json; then
	pass 'three processes find what one does'
else
	fail 'three processes find what one does' "$(diff one.json three.json)"
fi

if ! python3 -c 'import jsonschema' 2>/dev/null; then
	skip 'the files fit their schemas' 'no python3-jsonschema'
elif python3 "$KICKSTAND_SRC/tests/schemas.py" "$KICKSTAND_SRC" explore one.json >said 2>&1 &&
	python3 "$KICKSTAND_SRC/tests/schemas.py" "$KICKSTAND_SRC" schedule kept.json >>said 2>&1; then
	pass 'the files fit their schemas'
else
	fail 'the files fit their schemas' "$(cat said)"
fi

kickstand run "$object" $racy --schedule kept.json --hash --strict
hash=$(grep 'trace hash' out)
says 'the schedule shows it again' err 'idle_beside_work'
[ "$status" = 1 ] && pass 'run --strict: status 1' || fail 'run --strict: status 1' "$status"
kickstand run "$object" $racy --schedule kept.json --hash --trace t.txt
[ -n "$hash" ] && [ "$hash" = "$(grep 'trace hash' out)" ] && pass 'the same run, also traced' ||
	fail 'the same run, also traced' "$hash" "$(cat out err)"

# no decision: the run without a schedule
python3 - <<'PY'
import json
s = json.load(open('kept.json'))
def put(name, change):
    t = json.loads(json.dumps(s))
    change(t)
    json.dump(t, open(name, 'w'))
put('none.json', lambda t: t.update(decisions=[]))
put('never.json', lambda t: t['decisions'][0].update(nth=100000))
put('early.json', lambda t: t['decisions'][0].update(came_ns=1))
put('negative.json', lambda t: t['decisions'][0].update(hold_ns=-1))
put('kind.json', lambda t: t['decisions'][0].update(at='nap'))
put('cpu.json', lambda t: t['decisions'][0].update(cpu=4))
put('key.json', lambda t: t['decisions'][0].update(n=4))
put('old.json', lambda t: t['run'].update(version='0.0.1'))
put('other.json', lambda t: t['run'].update(object_sha256='0' * 64))
put('format.json', lambda t: t.update(schedule=2))
put('many.json', lambda t: t.update(decisions=t['decisions'] * 65))
PY
kickstand run "$object" $racy --duration 100ms --hash
hash=$(grep 'trace hash' out)
kickstand run "$object" $racy --schedule none.json --hash
[ -n "$hash" ] && [ "$hash" = "$(grep 'trace hash' out)" ] && pass 'without decisions it is the usual run' ||
	fail 'without decisions it is the usual run' "$hash" "$(cat out err)"

# refused NAME PATTERN FILE
refused() {
	exits "$1" 2 "$2" run "$object" $racy --schedule "$3"
}
refused 'a decision that never comes due' 'decision 1 never came due: CPU [0-3] came to that store [0-9]+ of 100000 times' never.json
refused 'a decision that comes at another time' 'before that they have parted' early.json
refused 'a negative hold' "decision 1: 'hold_ns': a number from 1 to" negative.json
refused 'an unknown point' "decision 1: 'at': the name of a point is due" kind.json
refused 'a CPU that is not there' "decision 1: 'cpu': a number from 0 to 3" cpu.json
refused 'an unknown key' "decision 1: there is no key 'n'" key.json
refused 'a schedule of another version' "it is of another version of kickstand: '0.0.1'" old.json
refused 'a schedule of another object' 'it is of another object' other.json
refused 'a schedule of another format' 'a schedule of format 2' format.json
refused 'too many decisions' '65 decisions, and at most 64' many.json
refused 'no file' 'nowhere.json: cannot be read' nowhere.json
echo '[' >broken.json
refused 'no JSON' 'broken.json:[0-9]+:[0-9]+: ' broken.json
echo '{}' >empty.json
refused 'no schedule' 'this is no schedule' empty.json
exits 'a schedule with other options' 2 "another options: '--duration 100ms" \
	run "$object" $mended --duration 100ms --schedule kept.json
exits 'a schedule with another seed' 2 "another seed: '1', and this is '2'" \
	run "$object" $racy --seed 2 --schedule kept.json
exits 'a schedule for several seeds' 2 'one seed, one kernel' \
	run "$object" $racy --seeds 1..2 --schedule kept.json

kickstand explore "$object" $mended --runs 120 --out found
[ "$status" = 0 ] && [ "$(echo $(ls found))" = 'campaign.json progress.json' ] && pass 'nothing is found where it is mended' ||
	fail 'nothing is found where it is mended' "$(cat out err)"
exits 'a folder of another campaign' 2 'a campaign over another object' \
	explore "$object" $racy --runs 1 --out found
mkdir foreign
echo >foreign/thesis.txt
exits 'a folder of somebody else' 2 "no campaign's" explore "$object" $racy --runs 1 --out foreign
exits 'a folder that cannot be' 2 'cannot be made' explore "$object" $racy --runs 1 --out /proc/no
exits 'an unknown strategy' 2 "no strategy 'luck'; there are pairs" \
	explore "$object" $racy --runs 1 --strategy luck
exits 'a budget without a unit' 2 'a time with its unit' explore "$object" --budget 7
exits 'several kernels' 2 'one kernel at a time' explore "$object" --kernel 6.12,7.3
"$KICKSTAND" explore "$object" $racy --budget 100m --out cut --json cut.json >out 2>err &
until [ -f cut/finding-1.json ] || ! kill -0 $!; do
	sleep 0.05
done
kill -TERM $!
wait $!
if grep -q '"interrupted": true' cut.json && grep -q '"kind": "idle_beside_work"' cut.json; then
	pass 'what was found is kept when it is interrupted'
else
	fail 'what was found is kept when it is interrupted' "$(cat out err)"
fi

# interrupted, and gone on with: as if it never had been
kickstand explore "$object" $racy --runs 160 --out whole --json whole.json
kickstand explore "$object" $racy --runs 60 --out parts
kickstand explore "$object" $racy --runs 160 --jobs 3 --out parts --json parts.json
sed -i 's/parts/whole/' parts.json
if cmp -s whole.json parts.json && cmp -s whole/finding-1.json parts/finding-1.json; then
	pass 'a campaign goes on where it was'
else
	fail 'a campaign goes on where it was' "$(diff whole.json parts.json)"
fi
exits 'not one of another search' 2 'another --search-seed' \
	explore "$object" $racy --runs 160 --out parts --search-seed 2
echo '{}' >parts/progress.json
exits 'nor one that is broken' 2 'parts: ' explore "$object" $racy --runs 160 --out parts

# what must hold of the globals
exits 'an unknown global' 2 "no global variable 'boz'.*box" \
	explore "$TEST_OBJECTS/explore_mailbox.bpf.o" --assert 'boz < 1' --runs 1
exits 'half an assertion' 2 "assertion '\(box': '\)' is due at 'the end'" \
	run "$TEST_OBJECTS/explore_mailbox.bpf.o" --assert '(box'
exits 'brackets around nothing' 2 "assertion '\(': a global or a number is due at 'the end'" \
	run "$TEST_OBJECTS/explore_mailbox.bpf.o" --assert '('
exits 'a structure that is none' 2 'no field' \
	run "$TEST_OBJECTS/explore_mailbox.bpf.o" --assert 'box.x == 0'
mail="--cpus 4 --workload pingpong:pairs=4,work=300us"
kickstand run "$TEST_OBJECTS/explore_mailbox.bpf.o" $mail --duration 20ms \
	--assert '1 + 2 * 3 == 7 && -1 < 0 && !0 && 7 % 4 == 3 && (1 << 4 | 1) == 17 && 5 / 0 == 0'
[ "$status" = 0 ] && pass 'operators are those of C' || fail 'operators are those of C' "$(cat err)"
exits 'what does not hold' 1 "'box < 18' does not hold at [0-9]+ ns, after mailbox_enqueue: box is" \
	run "$TEST_OBJECTS/explore_mailbox.bpf.o" $mail --duration 20ms --assert 'box < 18'
kickstand explore "$TEST_OBJECTS/explore_mailbox.bpf.o" $mail --assert 'box < 18' --runs 2 \
	--out asserted --json a.json
says 'is a finding' out "^assertion: 'box < 18' does not hold"
says 'also as a test' asserted/finding-1.scenario.json '"assert": '
kickstand test asserted/finding-1.scenario.json
says 'which fails' out "assertion ''box < 18'' does not hold"

# what happens around the scheduler, and lack of memory
exits 'an unknown fault' 2 "no fault 'rain'; there are hotplug" \
	explore "$TEST_OBJECTS/explore_mailbox.bpf.o" --faults rain --runs 1
exits 'faults, but none' 2 "needs --faults" \
	explore "$TEST_OBJECTS/explore_mailbox.bpf.o" --strategy faults --runs 1
# happens NAME PATTERN DECISION
happens() {
	cat >f.json <<END
{ "object": "$TEST_OBJECTS/explore_mailbox.bpf.o", "cpus": 4, "duration": "30ms",
  "workload": "pingpong:pairs=4,work=300us", "set": {"repaired": 1},
  "schedule": { "decisions": [ { "at": "tick", "cpu": 1, "nth": 2, $3 } ] } }
END
	kickstand test f.json --trace t.txt
	says "$1" t.txt "$2"
}
happens 'a task is moved' 'task_cpus: task=ping-1-76 first=0 mask0=0x2 ' '"do": "affinity", "target": 76, "value": 2'
happens 'a CPU goes' 'hotplug: cpu=2 online=0' '"do": "hotplug", "target": 2, "value": 5000000'
happens 'and comes back' 'hotplug: cpu=2 online=1' '"do": "hotplug", "target": 2, "value": 5000000'
happens 'a task is real-time' 'task_class: task=ping-1-76 class=rt' '"do": "class", "target": 76, "value": 3000000'
happens 'tasks are forked' 'task_new: task=forked-' '"do": "fork", "target": 0, "value": 4'
sed 's/"target": 0, "value": 4/"target": 0, "value": 65/' f.json >g.json
exits 'too many are not' 2 "'value': how many tasks, 1 to 64" test g.json
sed 's/"do": "fork"/"do": "rain"/' f.json >g.json
exits 'an unknown fault in a file' 2 "'do': the name of a fault is due" test g.json

# a scenario: what it does not expect; and its finding is one
cat >mail.json <<END
{ "name": "mail", "object": "$object", "cpus": 4, "duration": "100ms",
  "workload": "mixed:hogs=3,sleepers=3,periodic=0,forkers=0", "expect": { "map": { "LEFT": 0 } } }
END
exits 'an unknown global in a scenario' 2 "no global variable and no map 'LEFT'" \
	explore --scenario mail.json --runs 1
sed -i 's/, "expect".*/ }/' mail.json
kickstand explore --scenario mail.json --runs 120 --jobs 2 --json s.json
says 'a scenario is searched' out '^idle_beside_work: '
says 'its finding is a test' out 'kickstand test mail.finding-1.json shows it'
kickstand test mail.finding-1.json
[ "$status" = 1 ] && pass 'and fails' || fail 'and fails' "$(cat out err)"
says 'for what was found' out 'idle_beside_work: '
sed 's/"set": {}//; s/"nth": [0-9]*/"nth": 100000/' mail.finding-1.json >parted.json
kickstand test parted.json
says 'a decision that never comes due fails it' out 'came to that [a-z]+ [0-9]+ of 100000 times'
sed 's/"schedule": {/"schedule": { "if_parted": "pass",/' parted.json >passes.json
kickstand test passes.json
[ "$status" = 0 ] && pass 'unless that may be' || fail 'unless that may be' "$(cat out err)"
exits 'a scenario with a schedule is no search' 2 "its 'schedule' decides already" \
	explore --scenario parted.json --runs 1
exits 'a scenario and its own options' 2 'says what runs: --cpus' \
	explore --scenario mail.json --cpus 3
exits 'a limit that is not its scenario'"'"'s' 2 '--starvation and --assert are the file' \
	explore --scenario mail.json --starvation 1ms
exits 'how programs run in it' 2 '--max-memory and --interp are of a search without one' \
	explore --scenario mail.json --interp
exits 'a scenario and an object' 2 'one argument too many' explore "$object" --scenario mail.json
exits 'a scenario without that kernel' 2 'it has no kernel 6.12' \
	explore --scenario mail.json --kernel 6.12
sed 's/"pass"/"no"/' passes.json >word.json
exits 'an unknown word in its schedule' 2 "'if_parted' must be" test word.json
kickstand explore "$object" $racy --runs 120 --out kept
if [ -f kept/finding-1.txt ] && [ -f kept/finding-1.scenario.json ]; then
	kickstand test kept/finding-1.scenario.json
	[ "$status" = 1 ] && pass 'the same of an object' || fail 'the same of an object' "$(cat out err)"
else
	fail 'the same of an object' "$(ls kept)"
fi
kickstand explore "$object" $racy --runs 40 --strategy gaps
says 'gaps alone show it' out '^idle_beside_work: '
for s in pairs gaps combine delays pct; do
	kickstand explore "$object" $mended --runs 40 --strategy $s
	[ "$status" = 0 ] && pass "--strategy $s" || fail "--strategy $s" "$(cat out err)"
done
plan
