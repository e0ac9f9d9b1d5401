# SPDX-License-Identifier: GPL-2.0-only
# What the shells complete: each is asked, where it is installed.
. "$KICKSTAND_SRC/tests/lib.sh"

for shell in bash zsh fish; do
	kickstand completion $shell
	cp out completion.$shell
	if ! command -v $shell >/dev/null; then
		skip "$shell reads it" "$shell is not installed"
	elif $shell -n completion.$shell 2>said; then
		pass "$shell reads it"
	else
		fail "$shell reads it" "$(cat said)"
	fi
done
exits 'an unknown shell' 2 "there is no completion for 'csh': bash, zsh and fish" completion csh

# completes NAME WORD... WANTED: bash, with the cursor behind the last WORD
completes() {
	name=$1 wanted=
	shift
	for word; do wanted=$word; done
	if ! command -v bash >/dev/null; then
		skip "$name" 'bash is not installed'
		return
	fi
	found=$(bash -c '
		. ./completion.bash
		COMP_WORDS=("${@:1:$#-1}") COMP_CWORD=$(($# - 2))
		_kickstand
		echo "${COMPREPLY[*]}"' bash "$@")
	if [ "$found" = "$wanted" ]; then
		pass "$name"
	else
		fail "$name" "found: $found" "wanted: $wanted"
	fi
}
completes 'a command' kickstand expla 'explain'
completes 'an option' kickstand run --no-s '--no-sandbox'
completes 'an option of another command' kickstand why --ta '--task'
completes 'a kernel' kickstand run --kernel 6.1 '6.12.107 6.12 6.16 6.17 6.18.15 6.18 6.19'
completes 'a file is for bash to find' kickstand run x ''

# Each option of each command is told by its --help, too.
untold=$(sed -n "s/^complete .*from \([a-z]*\)' -l \([a-z-]*\).*/\1 \2/p" completion.fish |
	while read -r command option; do
		case $command in exec | top) continue ;; esac	# their --help says "as for run"
		"$KICKSTAND" "$command" --help | grep -q -e "--$option\>" || echo "$command --$option"
	done | grep -vE -- '--help$')
if [ -z "$untold" ]; then
	pass 'each option is told by --help'
else
	fail 'each option is told by --help' "$untold"
fi
plan
