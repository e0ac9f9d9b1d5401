# SPDX-License-Identifier: GPL-2.0-only
# kickstand top, driven as a person would: tmux is the terminal, its keyboard and our eyes.
# What it shows is looked for in the screen's text; that watching, pausing and stepping
# change nothing is seen in the bytes of what the run wrote.
. "$KICKSTAND_SRC/tests/lib.sh"

object=$EXAMPLES/central.bpf.o
patience=${TOP_PATIENCE:-60}	# seconds until a screen must show something
unset NO_COLOR

# ---- without a terminal that can do it: no tmux is needed ----

# refuses NAME PATTERN COMMAND...: status 2, and one line with it
refuses() {
	name=$1 pattern=$2
	shift 2
	"$@" >out 2>err </dev/null
	status=$?
	if [ $status = 2 ] && [ "$(wc -l <err)" = 1 ] && grep -q "^kickstand: .*$pattern" err &&
		[ ! -s out ]; then
		pass "$name"
	else
		fail "$name" "exit status $status" "$(cat err)"
	fi
}
refuses 'no terminal' 'must be a terminal' "$KICKSTAND" top "$object"
refuses '--seeds' 'is for kickstand run' "$KICKSTAND" top "$object" --seeds 1..2
refuses 'a trace on the screen' 'standard output is the screen' "$KICKSTAND" top "$object" --trace -
refuses 'a speed that is none' 'speed 3x' "$KICKSTAND" top "$object" --speed 3x
refuses 'a speed that is missing' "speed' lacks" "$KICKSTAND" top "$object" --speed
refuses 'run knows no --speed' "'--speed'" "$KICKSTAND" run "$object" --speed 1x

if ! command -v tmux >/dev/null; then
	skip 'top on a terminal' 'tmux is not installed'
	plan
fi

# ---- the terminal ----

unset TMUX
TMUX_TMPDIR=$work
export TMUX_TMPDIR
nr_starts=0
terminal() {
	tmux -L "top$nr_starts" -f /dev/null "$@"
}
trap 'terminal kill-server 2>/dev/null; rm -rf "$work"' EXIT

if ! terminal new-session -d 'sleep 60' 2>tmux.err; then
	skip 'top on a terminal' "tmux cannot make one: $(tr '\n' ' ' <tmux.err)"
	plan
fi

WITH='' COMMAND=top ERR=err
export WITH COMMAND ERR
# start COLS LINES ARGS...: `kickstand $COMMAND ARGS` on a terminal of that size. When it has
# ended, its status is in the file status, and how the terminal was left in tty.after.
start() {
	cols=$1 lines=$2
	shift 2
	terminal kill-server 2>/dev/null
	nr_starts=$((nr_starts + 1))
	rm -f status tty.before tty.after pid
	: >args
	for arg; do printf '%s\n' "$arg" >>args; done
	cat >terminal.sh <<'S'
trap : INT	# Ctrl-C is for the whole terminal, and for us to outlive
stty -g >tty.before
set --
while IFS= read -r arg; do set -- "$@" "$arg"; done <args
sh -c 'echo $$ >pid; exec "$@"' sh $WITH "$KICKSTAND" $COMMAND "$@" 2>$ERR
echo $? >status.new
stty -g >tty.after
mv status.new status
echo "it is over"
cat
S
	terminal new-session -d -x "$cols" -y "$lines" "sh terminal.sh"
}

look() {
	terminal capture-pane -p >screen 2>/dev/null
}

# sees PATTERN: within some time the screen has it
sees() {
	tries=0
	while look; ! grep -qE -- "$1" screen; do
		tries=$((tries + 1))
		[ $tries -lt $((patience * 10)) ] || return 1
		sleep 0.1
	done
}

press() {
	terminal send-keys "$@"
}

# ended STATUS: it ends so, and leaves the terminal as it was
ended() {
	tries=0
	while [ ! -f status ]; do
		tries=$((tries + 1))
		[ $tries -lt $((patience * 10)) ] || { echo 'it does not end' >why; return 1; }
		sleep 0.1
	done
	sees 'it is over' || { echo 'the screen is not given back' >why; return 1; }
	if [ "$(cat status)" != "$1" ]; then
		echo "exit status $(cat status), not $1" >why
	elif ! cmp -s tty.before tty.after; then
		diff tty.before tty.after >why
	elif [ "$(terminal display-message -p '#{alternate_on}#{cursor_flag}')" != 01 ]; then
		echo 'the other screen is on, or the cursor off' >why
	else
		return 0
	fi
	return 1
}

# it NAME COMMAND...: a case
it() {
	name=$1
	shift
	: >why
	if "$@"; then pass "$name"; else fail "$name" "$(cat why)" "$(cat screen)" "$(cat err)"; fi
}

# the time on the screen, in ns
time_shown() {
	look
	sed -n '2s/^ *\([0-9]*\)\.\([0-9]*\) \[.*/\1\2/p' screen | sed 's/^0*\(.\)/\1/'
}

# ---- what is to be seen ----

whole_screen() {
	sees '^ *[0-9]+\.[0-9]{9} .* of 1\.000s' && sees 'op_(enter|exit) op=' || return 1
	for want in 'kickstand top: central .*kernel 7\.3, seed 1, mixed' '^ CPU TASK' 'CALLS/S +COST' \
		'DSQ +NR' '^KICKS +plain' 'sent .* IPI .* merged ' 'PID TASK' 'RAN\*' ' TIME CPU' 'q quit' \
		'dispatch +[0-9.]+[kM]? ' 'hog-[0-9]+'; do
		grep -qE -- "$want" screen || { echo "no '$want' in:" >why; return 1; }
	done
	[ "$(wc -l <screen)" = 24 ] && [ "$(grep -cE '^ +[0-7] +[a-z]' screen)" = 8 ]
}

# Another page and back: it has looked at its keyboard and drawn everything anew meanwhile.
redrawn() {
	press '?'
	sees '^ KEYS' || return 1
	press Escape
	sees '^KICKS'
}

stands_still() {
	press Space
	sees PAUSED || return 1
	first=$(time_shown)
	for _ in 1 2 3; do
		redrawn && [ -n "$first" ] && [ "$(time_shown)" = "$first" ] || return 1
	done
}

# the number of the newest event's line, its text and all
newest() {
	look
	sed -n '23p' screen
}

# within_patience COMMAND...: within some time it is so
within_patience() {
	tries=0
	while ! "$@"; do
		tries=$((tries + 1))
		[ $tries -lt $((patience * 10)) ] || return 1
		sleep 0.1
	done
}

has_newer() {
	[ "$(newest)" != "$before" ]
}

steps_to_event() {
	before=$(newest)
	press e
	within_patience has_newer && sees PAUSED
}

# the last line, or one of the same instant
steps_to_kick() {
	before=$(newest)
	press k
	within_patience has_newer && sees PAUSED && sees ' kick n=[0-9]+'
}

has_gone_on() {
	[ "$(time_shown)" -gt $((before + 900000)) ]
}

steps_1ms() {
	before=$(time_shown)
	press m
	within_patience has_gone_on && sees PAUSED && redrawn || return 1
	after=$(time_shown)
	echo "$before to $after" >why
	# a CPU may have paid ahead of the rest by as much as it does at once
	[ $((after - before)) -gt 900000 ] && [ $((after - before)) -lt 1100000 ]
}

goes_on() {
	press Space
	sees ' 0\.01x$' || return 1
	press +
	sees ' 0\.02x$' || return 1
	press -
	sees ' 0\.01x$' || return 1
	press -
	sees ' 0\.005x$'
}

help_page() {
	press '?'
	sees '^ KEYS' && grep -q 'step to the next kick' screen || return 1
	press Escape
	sees '^KICKS'
}

sorts() {
	press l
	sees 'LONGEST\*' || return 1
	press p
	sees 'PID\*'
}

quits() {
	press q
	ended 0
}

start 80 24 "$object" --cpus 8 --json t.json
it '80x24: all of it' whole_screen
it 'space pauses' stands_still
it 'e steps to an event' steps_to_event
it 'k steps to a kick' steps_to_kick
it 'm steps a millisecond' steps_1ms
it 'it goes on, faster and slower' goes_on
it 'help' help_page
it 'tasks in another order' sorts
it 'q quits' quits
terminal capture-pane -p -S -500 >screen
if grep -q '"interrupted": true' t.json && grep -q '^interrupted: ' screen && [ ! -s err ]; then
	pass 'the reports say that it was cut short'
else
	fail 'the reports say that it was cut short' "$(cat err screen)"
fi

# ---- it is the run that it would have been ----

# the screen answers the key that was pressed; none is looked at behind the end
has_answered() {
	look
	! cmp -s screen screen.before || grep -q ' ENDED' screen
}

# same_run NAME KEYS... -- ARGS...: top with these keys pressed in it, and run, write the same
same_run() {
	name=$1
	shift
	presses=
	while [ "$1" != -- ]; do presses="$presses $1" && shift; done
	shift
	start 80 24 "$@" --hash --json t.json --trace t.txt
	sees 'x$|PAUSED|max$'
	for key in $presses; do
		look
		cp screen screen.before
		press "$key"
		within_patience has_answered
	done
	sees ' ENDED' && press q && ended 0 || {
		fail "$name" "$(cat why)" "$(cat screen err)"
		return
	}
	kickstand run "$@" --hash --json r.json --trace r.txt
	if grep -q '"trace_hash"' r.json && cmp -s t.json r.json && cmp -s t.txt r.txt; then
		pass "$name"
	else
		fail "$name" "$(diff t.json r.json)" "$(cmp t.txt r.txt)"
	fi
}
fast='+ + + + + + + + + + + + + +'
same_run 'the same run, watched' $fast -- "$object" --duration 100ms
same_run 'the same run, stepped' Space e e e k k m e k m Space - $fast -- "$object" --duration 50ms
same_run 'the same run, stepped, kernel 6.12' Space k k e e m Space $fast -- \
	"$EXAMPLES/pair.bpf.o" --kernel 6.12 --duration 50ms --workload bursty

# ---- sizes ----

shows_256() {
	sees '^256 CPUS BY CACHE' || return 1
	[ "$(grep -cE '^n[0-3] l[0-9]+ +[.0-9#RW]+ ' screen)" -ge 8 ] || return 1
	press f
	sees '^ CPU TASK' && grep -qE '^ +0 ' screen || return 1
	press NPage
	sees '^ +1[0-9] ' && press q && ended 0
}
start 80 24 "$object" --topology 4n4l8c2t --speed 0.001x
it '256 CPUs in 80x24: folded by cache, a line each on demand' shows_256

shows_large() {
	sees 'op_enter' && grep -qE '^ CPU PLACE +TASK +CLS +BUSY' screen &&
		grep -qE 'LATENCY +LONGEST +DSQ' screen || return 1
	terminal resize-window -t 0 -x 60 -y 12
	sees '60x12: too small, 80x20 are needed' || return 1
	terminal resize-window -t 0 -x 100 -y 30
	sees '^KICKS' && [ "$(wc -l <screen)" = 30 ] && press q && ended 0
}
start 200 60 "$object" --speed 0.001x
it '200x60, and other sizes while it runs' shows_large

too_small() {
	ended 2 && grep -q '^kickstand: top: the terminal has 40 columns and 10 lines' err &&
		[ "$(wc -l <err)" = 1 ]
}
start 40 10 "$object"
it '40x10' too_small

WITH='env TERM=dumb'
dumb() {
	ended 2 && grep -q "^kickstand: top: a terminal of type 'dumb'" err && [ "$(wc -l <err)" = 1 ]
}
start 80 24 "$object"
it 'TERM=dumb' dumb
WITH='env TERM=no-such-terminal'
unknown() {
	ended 2 && grep -q "^kickstand: .*'no-such-terminal'" err && [ "$(wc -l <err)" = 1 ]
}
start 80 24 "$object"
it 'TERM of no known terminal' unknown

# ---- colours ----

coloured() {
	sees '^KICKS' || return 1
	terminal capture-pane -e -p >colours
	press q
	ended 0 && grep -q "$(printf '\033')\\[[0-9;]*3[0-7]m" colours
}
WITH=
start 80 24 "$object"
it 'colours' coloured
WITH='env NO_COLOR=1'
start 80 24 "$object"
uncoloured() { ! coloured && [ -s colours ] && [ -f status ]; }
it 'NO_COLOR' uncoloured
WITH=

# ---- other ends ----

story() {
	sees 'ejected: runnable task stall' || return 1
	press s
	sees '^ DEBUG DUMP' && press End && sees '^ EXIT: runnable task stall' || return 1
	press Escape
	sees ' ENDED$' && press q && ended 4 && grep -q '^EXIT: runnable task stall' err &&
		grep -q '"kind": "error_stall"' t.json
}
start 80 24 "$TEST_OBJECTS/faults.bpf.o" --set fault=FAULT_STALL --duration 2s --speed max \
	--json t.json
it 'an ejection stays on the screen with its story' story

locked_up() {
	sees 'the machine locked up' && sees ENDED && press q && ended 5
}
start 80 24 "$TEST_OBJECTS/faults.bpf.o" --cpus 4 --set fault=FAULT_CYCLE --kernel 6.12 --duration 2s \
	--speed max --workload spin
it 'a lockup too' locked_up

refused_object() {
	ended 3 && grep -q "no_such_kfunc" err && [ "$(wc -l <err)" = 1 ]
}
start 80 24 "$TEST_OBJECTS/bad_kfunc.bpf.o"
it 'an object that cannot be loaded' refused_object

# signalled NAME SIGNAL STATUS
signalled() {
	sees '^KICKS' || return 1
	kill -"$1" "$(cat pid)"
	ended 130 && grep -q '^kickstand: interrupted at ' err && [ "$(wc -l <err)" = 1 ] &&
		tail -n 1 t.txt | grep -q '^# end: [1-9]' && grep -q '"interrupted": true' t.json
}
for sig in INT TERM HUP; do
	rm -f t.txt t.json
	start 80 24 "$object" --trace t.txt --json t.json
	it "SIG$sig" signalled $sig
done

# A stranger's names would give the terminal a title, if it got them as they are.
escape=$(printf 'l\033[31m\302\233\177c')	# as long as lost.bpf.c, in the types of that object
LC_ALL=C sed "s/lost\.bpf\.c/$escape/g" "$TEST_OBJECTS/lost.bpf.o" >titles.bpf.o
cat >titles.json <<'JSON'
{ "tasks": { "\u001b]2;OWNED\u0007a": { "loop": -1, "run": 900, "sleep": 100 },
	     "\u009b31mb\u007f": { "loop": -1, "run": 300, "sleep": 700 } }, "global": { "duration": 100 } }
JSON
escapes() {
	sees ' \?\]2;OWNED\?a' || { echo 'its name is not seen' >why; return 1; }
	terminal pipe-pane 'cat >raw' && redrawn && sees ' \?\]2;OWNED\?a' && press q && ended 0 || return 1
	echo 'the terminal got them:' >why
	grep -aoE "$(printf '\033').?2;OWNED|$(printf '\302\233|\177')" raw err | cat -v >>why
	[ -s raw ] && [ "$(wc -l <why)" = 1 ] && [ "$(terminal display-message -p '#{pane_title}')" != OWNED ]
}
start 100 30 titles.bpf.o --cpus 2 --workload titles.json --duration 100000s
it 'names with control characters' escapes

control_c() {
	sees '^KICKS' && press C-c && ended 130
}
start 80 24 "$object"
it 'Ctrl-C' control_c

crash() {
	sees '^KICKS' || return 1
	kill -SEGV "$(cat pid)"
	ended 139
}
start 80 24 "$object"
it 'the terminal is given back by a crash too' crash

full_disk() {
	ended 2 && grep -q 'cannot be written: No space left' err && [ "$(wc -l <err)" = 1 ]
}
if [ -w /dev/full ]; then
	ln -sf /dev/full full.txt
	start 80 24 "$object" --trace full.txt --speed max
	it 'a full disk' full_disk
else
	skip 'a full disk' 'there is no /dev/full'
fi

# ---- the line of a run ----

# finding STATUS: it is seen, and what top ends with
finding() {
	sees '^ verdict: (starvation|never_ran|idle_beside_work): ' && press q && ended "$1"
}
start 140 30 "$TEST_OBJECTS/lost.bpf.o" --cpus 4 --speed max
it 'the worst finding of the verdict is above the keys' finding 0
start 140 30 "$TEST_OBJECTS/lost.bpf.o" --cpus 4 --strict --speed max
it '--strict: exit status 1 where there is one' finding 1
is_strict() {
	grep -q '^kickstand: the verdict is not ok: ' err && [ "$(wc -l <err)" = 1 ]
}
it '--strict: and a line' is_strict
strict_and_ok() {
	sees ' ENDED' && press q && ended 0 && [ ! -s err ]
}
start 140 30 "$object" --cpus 4 --strict --duration 50ms --speed max
it '--strict: nothing where there is none' strict_and_ok

COMMAND=run ERR=/dev/tty
progress() {
	sees '^ +[0-9]+%  [0-9]+\.[0-9]{3} of 100000s  [0-9.]+x  [0-9.]+[kMG]? switches  [0-9.]+[kMG]? kicks  [0-9.]+s to go' ||
		return 1
	press C-c
	ended 130 && ! grep -q 'to go' screen
}
start 100 30 "$object" --duration 100000s --quiet -v
it 'run: how far it is' progress
progress_of_seeds() {
	sees '^ +[0-9]+%  [1-9][0-9]* of 4000 runs  [0-9.]+[um]?s to go' || return 1
	press C-c
	ended 130
}
start 100 30 "$object" --duration 10ms --seeds 1..4000 --jobs 1
it 'run --seeds: how far it is' progress_of_seeds

# Another one, begun later on a terminal, has its line: this one would have it, too.
silent() {
	timeout -k "$case_limit_s" "$case_limit_s" "$KICKSTAND" run "$object" --duration 100000s --quiet -v >out 2>err.silent &
	pid=$!
	start 100 30 "$object" --duration 100000s --quiet -v
	sees 'to go' || return 1
	kill -TERM $pid
	wait $pid
	! grep -q 'to go' out err.silent &&
		grep -q '^kickstand: interrupted at ' err.silent && press C-c && ended 130
}
it 'run: nothing of it without a terminal' silent

clock_has_line() {
	terminal capture-pane -p -t clock | grep -q 'to go'
}

piped() {
	sees '^it begins' || return 1
	terminal new-session -d -s clock -x 100 -y 30 \
		"exec '$KICKSTAND' run '$object' --duration 100000s --quiet -v"
	within_patience clock_has_line || return 1
	terminal kill-session -t clock
	look
	! grep -q 'to go' screen && press C-c && sees 'kickstand: interrupted at '
}
cat >terminal.sh <<S
trap : INT
echo 'it begins'
"$KICKSTAND" run "$object" --duration 100000s --quiet -v | cat
cat
S
terminal kill-server 2>/dev/null
nr_starts=$((nr_starts + 1))
terminal new-session -d -x 80 -y 24 "sh terminal.sh"
it 'run: nothing of it when standard output is a pipe' piped
plan
