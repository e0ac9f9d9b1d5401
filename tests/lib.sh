# SPDX-License-Identifier: GPL-2.0-only
# Sourced by the shell tests: cases in TAP, and an empty directory as the current one.
set -u
LC_ALL=C
export LC_ALL

tap_n=0 tap_failed=0
case_limit_s=${CASE_LIMIT_S:-120}	# a hang, on any machine
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1

pass() {
	tap_n=$((tap_n + 1))
	echo "ok $tap_n - $1"
}

# fail NAME [WHY...]
fail() {
	tap_n=$((tap_n + 1))
	tap_failed=1
	echo "not ok $tap_n - $1"
	shift
	[ $# -eq 0 ] || printf '%s\n' "$@" | head -n 20 | sed 's/^/# /'
}

skip() {
	tap_n=$((tap_n + 1))
	echo "ok $tap_n - $1 # SKIP $2"
}

# The last line of a test.
plan() {
	echo "1..$tap_n"
	exit $tap_failed
}

# at_work PID: waits until it has written something, to a file with a name or without
at_work() {
	while kill -0 "$1" && ! cat /proc/"$1"/fdinfo/* 2>/dev/null | awk '
		$1 == "pos:" { pos = $2 }
		$1 == "flags:" && $2 ~ /[12]$/ && pos > 65536 { found = 1 }
		END { exit !found }'; do
		sleep 0.05
	done
}

# kickstand ARGS...: output in out and err, exit status in $status
kickstand() {
	timeout -k 2 "$case_limit_s" "$KICKSTAND" "$@" >"$work/out" 2>"$work/err"
	status=$?
}

# is NAME VALUE WANTED
is() {
	if [ "$2" = "$3" ]; then pass "$1"; else fail "$1" "'$2' is not '$3'" "$(cat out err 2>/dev/null | head -c 3000)"; fi
}

# says NAME FILE PATTERN: a line of FILE does
says() {
	if grep -qE -- "$3" "$2"; then pass "$1"; else fail "$1" "$(head -c 3000 "$2")"; fi
}

# refused NAME WHAT ARGS...: exit status 2, one line with WHAT in it (a pattern of grep), no output
refused() {
	name=$1 what=$2
	shift 2
	kickstand "$@"
	if [ "$status" = 2 ] && [ "$(wc -l <err)" = 1 ] && grep -q -e "$what" err && ! [ -s out ]; then
		pass "$name"
	else
		fail "$name" "exit status $status" "$(cat err)" "$(head -n 3 out)"
	fi
}

# The same, and nothing is left behind in the folder "left".
refused_whole() {
	rm -rf left && mkdir left
	refused "$@"
	[ -z "$(ls left)" ] || fail "$name: leaves nothing behind" "$(ls left)"
}

# exits NAME STATUS PATTERN ARGS...: with this status, and a line of standard error says so
exits() {
	name=$1 want=$2 pattern=$3
	shift 3
	kickstand "$@"
	if [ "$status" = "$want" ] && grep -qE -- "$pattern" err; then
		pass "$name"
	else
		fail "$name" "exit status $status, not $want" "'$pattern' is not in:" "$(cat out err)"
	fi
}

# scenarios_hold FILE...: a case each
scenarios_hold() {
	for f in "$@"; do
		name="scenario: $(basename "$(dirname "$f")")/$(basename "$f" .json)"
		kickstand test --objects "$TEST_OBJECTS" "$f"
		if [ "$status" = 0 ]; then
			pass "$name"
		else
			fail "$name" "exit status $status" "$(grep -v '^ok' out)" "$(cat err)"
		fi
	done
}

# surroundings: told(), which runs kickstand behind the command in its arguments, in every stack,
# umask, folder, environment and address space: 24 times
surroundings() {
	mkdir -p place/of/another/depth
	for stack in 8192 unlimited; do
		for mask in 022 077; do
			for where in . place/of/another/depth; do
				(
					cd $where && umask $mask && ulimit -s $stack 2>/dev/null
					told env FILLER="$(seq 1 3000)" LC_ALL=C.UTF-8 LANG=tr_TR.UTF-8 TZ=Asia/Tokyo
					if setarch "$(uname -m)" -R true 2>/dev/null; then
						told setarch "$(uname -m)" -R
					else
						told env
					fi
					told env -i
				)
			done
		done
	done
}
