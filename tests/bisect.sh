# SPDX-License-Identifier: GPL-2.0-only
# kickstand sweep --bisect: the change of a scheduler's tree that a scenario fails from.
. "$KICKSTAND_SRC/tests/lib.sh"

if ! command -v git >/dev/null; then
	echo '1..0 # SKIP git is not installed'
	exit
fi

export GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_SYSTEM=/dev/null
export GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a@b GIT_COMMITTER_NAME=a GIT_COMMITTER_EMAIL=a@b

# Its "object" is one of two: a scheduler, or one that is ejected.
mkdir tree
git -C tree init -q
# revision N OBJECT: what it builds
revision() {
	echo "$2" >tree/which
	echo "$1" >tree/number
	git -C tree add . && git -C tree commit -qm "change $1" && git -C tree tag "r$1"
}
for n in 1 2 3 4; do revision $n "$EXAMPLES/central.bpf.o"; done
revision 5 /nowhere
for n in 6 7; do revision $n "$EXAMPLES/central.bpf.o"; done
for n in 8 9 10; do revision $n "$EXAMPLES/shared.bpf.o"; done
cat >s.json <<'END'
{ "name": "it is central", "object": "it.bpf.o", "cpus": 2, "duration": "2ms",
  "tasks": [{"comm": "a", "phases": [{"run": "1ms"}], "loop": -1}],
  "expect": {"exit": {"kind": "none"}, "kicks.preempt": ">0"} }
END
build='cp "$(cat which)" it.bpf.o'

kickstand sweep --bisect r1..r10 --tree tree --build "$build" --scenario s.json
[ "$status" = 0 ] && pass 'it is found' || fail 'it is found' "$(cat out err)"
says 'which one it was' out "^the first that fails: [0-9a-f]+ [0-9-]+ change 8$"
if [ "$(git -C tree worktree list | wc -l)|$(git -C tree status --porcelain)|$(git -C tree branch --show-current)" = \
	"1||$(git -C tree symbolic-ref --short HEAD)" ]; then
	pass 'the tree is as it was'
else
	fail 'the tree is as it was' "$(git -C tree worktree list; git -C tree status)"
fi
revision 11 /nowhere
revision 12 "$EXAMPLES/shared.bpf.o"
exits 'a good one that fails' 2 'the good one, [0-9a-f]{12}, fails' sweep --bisect r9..r10 --tree tree --build "$build" --scenario s.json
exits 'a bad one that passes' 2 'the bad one, [0-9a-f]{12}, passes' sweep --bisect r1..r7 --tree tree --build "$build" --scenario s.json
exits 'an end that cannot be built' 2 'r11|the bad one, [0-9a-f]{12}, cannot be built or loaded: .*nowhere' \
	sweep --bisect r1..r11 --tree tree --build "$build" --scenario s.json
exits 'a revision that there is not' 2 "has no revision 'r99'" sweep --bisect r1..r99 --tree tree --build "$build" --scenario s.json
exits 'no range' 2 'GOOD..BAD is due' sweep --bisect r1 --tree tree --build "$build" --scenario s.json
exits 'no scenario' 2 'come together' sweep --bisect r1..r2 --build "$build"
exits 'a scenario that there is not' 2 'cannot be read' sweep --bisect r1..r10 --tree tree --build "$build" --scenario none.json
exits 'a plan beside it' 2 'takes no plan' sweep --bisect r1..r10 --tree tree --build "$build" --scenario s.json p.json
plan
