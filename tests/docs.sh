# SPDX-License-Identifier: GPL-2.0-only
# The pages for people say what is true: their commands are run, in a folder of each page's own.
. "$KICKSTAND_SRC/tests/lib.sh"

PATH=$(dirname "$KICKSTAND"):$PATH
export PATH
for page in $(grep -l '^```console' "$KICKSTAND_SRC"/docs/*.md); do
	dir=$(basename "$page" .md)
	mkdir "$dir"
	(cd "$dir" && timeout -k 2 "$case_limit_s" python3 "$KICKSTAND_SRC/tests/docs.py" "$page") >said 2>&1
	if [ $? -eq 0 ]; then
		pass "$dir.md: $(grep -c '^ok' said) commands"
	else
		fail "$dir.md" "$(grep -v '^ok' said)"
	fi
done

# Links between the pages lead somewhere.
lost=$(cd "$KICKSTAND_SRC" && for page in README.md CONTRIBUTING.md docs/*.md; do
	grep -oE '\]\([a-zA-Z0-9_./-]+(\.md|\.json|\.c|\.svg|\.sh)' "$page" | sed 's/^](//' | while read -r to; do
		[ -e "$(dirname "$page")/$to" ] || echo "$page: $to"
	done
done)
if [ -z "$lost" ]; then
	pass 'links between pages lead somewhere'
else
	fail 'links between pages lead somewhere' "$lost"
fi
plan
