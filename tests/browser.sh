#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# The page of --html in a browser: it tries itself (src/trace/html/selftest.js), and is
# drawn, light and dark, and on paper. Pictures stay in BROWSER_SHOTS=DIR, for looking at.
. "$KICKSTAND_SRC/tests/lib.sh"

browser=$(command -v chromium || command -v chromium-browser || command -v google-chrome) || browser=
if [ -z "$browser" ]; then
	skip 'the page in a browser' 'there is no chromium; make setup-tests installs it'
	plan
fi
shots=${BROWSER_SHOTS:-$work}
mkdir -p "$shots"

# browse PAGE#STATE FLAGS...: what it prints in out
browse() {
	page=$1
	shift
	rm -rf profile
	timeout -k 2 "${BROWSER_LIMIT_S:-120}" "$browser" --headless --no-sandbox --disable-gpu --disable-quic \
		--no-first-run --disable-background-networking --disable-component-update --disable-sync \
		--hide-scrollbars --user-data-dir="$work/profile" --window-size=1600,950 "$@" \
		"file://$work/$page" >"$work/out" 2>"$work/err"
}

# The page's own TAP, as cases of ours; what it measured as a comment.
tries_itself() {
	browse "$2#selftest" --dump-dom
	sed -n '/<pre id="selftest">/,/<\/pre>/p' out | sed 's/.*<pre id="selftest">//; s/<\/pre>.*//' >tap
	if ! grep -q '^1\.\.[1-9]' tap; then
		fail "$1: the page tries itself" "$(tail -n 3 err)"
		return
	fi
	grep -E '^(not )?ok ' tap >cases
	while read -r line; do
		case $line in
		ok*) pass "$1: ${line#ok * - }" ;;
		*) fail "$1: ${line#not ok * - }" ;;
		esac
	done <cases
	sed -n 's/^#/# '"$1"':/p' tap
}

# Its figures of tasks are the summary's. After tries_itself.
has_figures() {
	sed -n '/<pre id="figures">/,/<\/pre>/p' out | sed 's/.*<pre id="figures">//; s/<\/pre>.*//' >figures
	if python3 "$KICKSTAND_SRC/tests/figures.py" --page "$2" figures >why 2>&1; then
		pass "$1: its figures are the summary's"
	else
		fail "$1: its figures are the summary's" "$(tail -n 2 why)"
	fi
}

# A picture that is more than an empty page.
is_drawn() {
	browse "$2" --virtual-time-budget=20000 --screenshot="$shots/$3"
	if [ -f "$shots/$3" ] && [ "$(wc -c <"$shots/$3")" -gt 20000 ]; then
		pass "$1"
	else
		fail "$1" "$(tail -n 3 err)"
	fi
}

"$KICKSTAND" run "$TEST_OBJECTS/churn.bpf.o" --topology 2n2l2c2t --duration 50ms --quiet --trace t.txt \
	--html busy.html --json busy.json >run.out 2>&1 || fail run "$(cat run.out)"
"$KICKSTAND" run "$TEST_OBJECTS/faults.bpf.o" --quiet --set fault=FAULT_ERROR --duration 20ms --cpus 4 \
	--html ejected.html --json ejected.json >run.out 2>&1
"$KICKSTAND" run "$TEST_OBJECTS/lost.bpf.o" --quiet --duration 100ms --cpus 4 --set every=40 \
	--html lost.html --json lost.json >run.out 2>&1 || fail run "$(cat run.out)"
"$KICKSTAND" run "$EXAMPLES/shared.bpf.o" --topology 2n8l8c2t --duration 20ms --quiet \
	--html wide.html >run.out 2>&1 || fail run "$(cat run.out)"

# A child that kicks, and is ejected: its parent goes on.
printf '{ "tasks": { "a": { "taskgroup": "/a", "loop": -1, "run": 3000, "sleep": 1000 } } }\n' >subs_work.json
"$KICKSTAND" run "$TEST_OBJECTS/subs.bpf.o" --ops top --sub mid=/a --workload subs_work.json --duration 50ms \
	--quiet --cpus 2 --set error_level=1 --set kick_level=1 --html subs.html --json subs.json >run.out 2>&1
"$KICKSTAND" test --objects "$TEST_OBJECTS" "$KICKSTAND_SRC/tests/why/lost.json" --trace stuck.txt \
	>run.out 2>&1 && "$KICKSTAND" report stuck.txt --html stuck.html || fail run "$(cat run.out)"

tries_itself churn busy.html
has_figures churn busy.json
tries_itself ejected ejected.html
has_figures ejected ejected.json
tries_itself lost lost.html
has_figures lost lost.json
tries_itself 'two schedulers' subs.html
has_figures 'two schedulers' subs.json
tries_itself '256 CPUs' wide.html
tries_itself 'a stuck task' stuck.html

# A task may be called anything.
sed 's/hog-0/<b>x0/g' t.txt >named.txt
kickstand report named.txt --html named.html
browse 'named.html#task=<b>x0' --virtual-time-budget=20000 --dump-dom
if grep -q '&lt;b&gt;x0' out && ! grep -q '<b>x0' out; then
	pass 'a name is text, not markup'
else
	fail 'a name is text, not markup'
fi

# The page says so when its data is damaged.
sed '/<script id="data"/,/<\/script>/s/^[A-Za-z0-9+\/]\{120\}$/&A/' busy.html >damaged.html
browse damaged.html --virtual-time-budget=20000 --dump-dom
if grep -q 'This trace cannot be shown' out; then pass 'damaged data'; else fail 'damaged data'; fi

is_drawn 'light' 'busy.html#theme=light' light.png
is_drawn 'dark' 'busy.html#theme=dark' dark.png
is_drawn 'zoomed in' 'busy.html#kick=20' kick.png
is_drawn 'an ejection' 'ejected.html#tab=exit' ejected.png
is_drawn 'a wait' 'stuck.html#wait=1' wait.png
is_drawn '256 CPUs' wide.html wide.png
if cmp -s "$shots/light.png" "$shots/dark.png"; then fail 'dark differs'; else pass 'dark differs'; fi
browse ejected.html --virtual-time-budget=20000 --no-pdf-header-footer --print-to-pdf="$shots/paper.pdf"
if [ "$(head -c 5 "$shots/paper.pdf")" = '%PDF-' ] && [ "$(grep -acE '/Type */Page([^s]|$)' "$shots/paper.pdf")" -gt 1 ]; then
	pass 'paper'
else
	fail 'paper' "$(tail -n 3 err)"
fi
plan
