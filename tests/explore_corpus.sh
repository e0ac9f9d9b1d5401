# SPDX-License-Identifier: GPL-2.0-only
# Schedulers with a race each (explore/corpus.txt): explore finds it, cut to five decisions at
# most, and finds nothing in the repaired form.
#
#	explore_corpus.sh		those that are found fast
#	CORPUS=all explore_corpus.sh	all; make explore-corpus
#	CORPUS=NAME explore_corpus.sh	that one
. "$KICKSTAND_SRC/tests/lib.sh"

runs=${CORPUS_RUNS:-1500}	# about ten seconds
repaired_runs=${CORPUS_REPAIRED_RUNS:-300}

# search NAME KIND OPTIONS...
search() {
	name=$1 kind=$2
	shift 2
	object=$TEST_OBJECTS/explore_$name.bpf.o
	# in steps, so that what is found soon ends soon
	for n in 200 $runs; do
		kickstand explore "$object" "$@" --runs "$n" --jobs 1 --json found.json
		[ "$status" = 1 ] && break
	done
	decisions=$(python3 - "$kind" <<'PY'
import json, sys
found = [f for f in json.load(open('found.json'))['findings'] if f['kind'] in sys.argv[1].split('|')]
print(min([f['decisions'] for f in found], default=''))
PY
)
	if [ -z "$decisions" ]; then
		fail "$name: $kind is found" "$(cat out err)"
	elif [ "$decisions" -gt 5 ]; then
		fail "$name: $kind takes five decisions at most" "$decisions"
	else
		pass "$name: $kind is found, $decisions decisions, $n runs"
	fi
	kickstand explore "$object" "$@" --set repaired=1 --runs "$repaired_runs" --jobs 1
	if [ "$status" = 0 ]; then
		pass "$name: nothing is found in the repaired form"
	else
		fail "$name: nothing is found in the repaired form" "$(cat out err)"
	fi
}

python3 -c 'pass' 2>/dev/null || {
	echo '1..0 # SKIP no python3'
	exit 0
}
while read -r name speed kind options; do
	case $name in '#'* | '') continue ;; esac
	case ${CORPUS:-fast} in
	all | "$name") ;;
	fast) [ "$speed" = fast ] || continue ;;
	*) continue ;;
	esac
	# shellcheck disable=SC2086
	search "$name" "$kind" $options --duration 100ms
done <"$KICKSTAND_SRC/tests/explore/corpus.txt"
plan
