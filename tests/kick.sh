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

# Each name of a scenario is one's, in kick/ where it says no folder; each difference has one of either side.
for f in $(grep -oE '([a-z]+/)*[a-z0-9_]+\.json' "$doc" | sort -u); do
	for in in "$KICKSTAND_SRC/$f" "$KICKSTAND_SRC/tests/scenarios/$f" "$KICKSTAND_SRC/tests/scenarios/kick/$f" none; do
		[ ! -f "$in" ] || break
	done
	[ "$in" != none ] || echo "$f"
done | grep -v '^tests/scenarios/kick/NAME' >lost
if [ ! -s lost ]; then pass 'each name in kick.md is a scenario'; else fail 'each name in kick.md is a scenario' "$(cat lost)"; fi

python3 - "$KICKSTAND_SRC" <<'EOT' >why 2>&1
import json, os, re, sys
src = sys.argv[1]
text = open(src + "/docs/kick.md").read()
table = text[text.index("| what | holds | else | shown by |"):].split("\n\n")[0].split("\n")[2:]
bad = []
for row in table:
    what, holds, other, shown = [cell.strip() for cell in row.strip("|").split(" | ")]
    files = re.findall(r"[a-z0-9_/]+\.json", shown)
    if not files:
        if not re.match("nothing here: seen on real kernels alone|`tests/[a-z]+.sh`", shown):
            bad.append(what + ": no scenario")
        continue
    kernels = []
    for name in files:
        path = src + "/tests/scenarios/" + (name if "/" in name else "kick/" + name)
        kernels.append(set(json.load(open(path))["kernel"]))
    if len(files) < 2 and other != "there is none":
        bad.append(what + ": one side only")
    if len(files) > 1 and kernels[0] <= kernels[1] and kernels[1] <= kernels[0]:
        bad.append(what + ": the same kernels on either side")
print("\n".join(bad))
sys.exit(bool(bad))
EOT
if [ $? = 0 ]; then pass 'each difference has a scenario of either side'; else
	fail 'each difference has a scenario of either side' "$(cat why)"; fi

KICKSTAND_OBJECTS=$EXAMPLES
export KICKSTAND_OBJECTS
scenarios_hold "$KICKSTAND_SRC"/tests/scenarios/kick/*.json "$KICKSTAND_SRC"/examples/*.json
plan
