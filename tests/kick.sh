# SPDX-License-Identifier: GPL-2.0-only
# What docs/kick.md claims, a scenario for each claim; each claim's scenario is there.
. "$KICKSTAND_SRC/tests/lib.sh"

doc=$KICKSTAND_SRC/docs/kick.md
missing=
for f in $(grep -oE '(tests/scenarios/kick|examples)/[a-z0-9_]+\.json' "$doc" | sort -u); do
	[ -f "$KICKSTAND_SRC/$f" ] || missing="$missing $f"
done
if [ -z "$missing" ]; then
	pass 'kick.md names scenarios that exist'
else
	fail 'kick.md names scenarios that exist' "$missing"
fi

unnamed=
for f in "$KICKSTAND_SRC"/tests/scenarios/kick/*.json "$KICKSTAND_SRC"/examples/*.json; do
	grep -q "$(basename "$f")" "$doc" || unnamed="$unnamed $(basename "$f")"
done
if [ -z "$unnamed" ]; then
	pass 'kick.md names all scenarios'
else
	fail 'kick.md names all scenarios' "$unnamed"
fi

KICKSTAND_OBJECTS=$EXAMPLES
export KICKSTAND_OBJECTS
scenarios_hold "$KICKSTAND_SRC"/tests/scenarios/kick/*.json "$KICKSTAND_SRC"/examples/*.json
plan
