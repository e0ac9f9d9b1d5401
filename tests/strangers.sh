# SPDX-License-Identifier: GPL-2.0-only
# Some objects of strangers.py: made at random, each op with families of calls, changed in
# places. `make strangers` has them by the hundred, under the sanitizers.
. "$KICKSTAND_SRC/tests/lib.sh"

HEADERS=$EXAMPLES
export HEADERS
if ! command -v python3 >/dev/null; then
	skip 'strangers' 'there is no python3'
	plan
fi

# made_by SCRIPT NAME OBJECTS ARGS...: at least so many
made_by() {
	script=$1 name=$2 nr=$3
	shift 3
	python3 "$KICKSTAND_SRC/tests/$script" "$@" >said 2>&1
	status=$?
	if [ $status = 0 ] && [ "$(sed -n 's|^ok 1 - [^:]*: \([0-9]*\) objects.*|\1|p' said)" -ge "$nr" ]; then
		pass "$name: $(sed -n 's|^ok 1 - [^:]*: ||p' said)"
	else
		fail "$name" "$(tail -n 20 said)"
	fi
}

made_by strangers.py 'made at random' 8 made 8 1
made_by strangers.py 'each op with each family, in part' 7 matrix 67 3
made_by strangers.py 'changed' 20 changed 4 1 "$EXAMPLES"/[cdps]*.bpf.o "$TEST_OBJECTS"/life.bpf.o
for nr in 30 20000; do
	made_by chains.py "types that go on, $nr" 90 $nr "$TEST_OBJECTS"/life.bpf.o slice_ns
done
plan
