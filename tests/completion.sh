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

completes "top's own option" kickstand top --sp '--speed'
completes "what is only run's is not for exec" kickstand exec --seed '--seed'

# exec and top read run's options and refuse some: the tab key offers what they take, and all of it.
python3 - completion.fish "$KICKSTAND" <<'END' >said 2>&1
import re, subprocess, sys
offered = {}
for line in open(sys.argv[1]):
    m = re.match(r"complete .*from ([a-z]*)' -l ([a-z-]*)(.*)", line)
    if m:
        offered.setdefault(m[1], {})[m[2]] = " -r" in m[3]
value = {"kernel": "7.3", "cpus": "2", "topology": "1n1l2c1t", "duration": "1ms", "seed": "1", "seeds": "1..2", "jobs": "1",
         "starvation": "1s", "max-memory": "1G", "preempt": "full", "nohz-full": "1", "scheduler": "none", "window": "1ms..2ms",
         "speed": "max", "trace": "t.txt", "html": "t.html", "svg": "t.svg", "json": "t.json", "workload": "spin"}
beside = {"hash": ["--json", "t.json"], "jobs": ["--seeds", "1..2"], "svg": ["--window", "1ms..2ms"], "window": ["--svg", "t.svg"]}
end = {"exec": ["--", "true"], "top": ["none.bpf.o"]}
for command in end:
    for option, takes in (offered["run"] | offered[command]).items():
        if option in ("help", "scheduler"):	# none takes the place of the object
            continue
        words = [f"--{option}"] + ([value.get(option, "x=1")] if takes else []) + beside.get(option, [])
        said = subprocess.run([sys.argv[2], command, *words, *end[command]], capture_output=True, text=True,
                              stdin=subprocess.DEVNULL).stderr
        refused = bool(re.search("for (kickstand )?run|no option|unknown option", said))
        if refused == (option in offered[command]):
            print(command, option, "is offered and refused:" if refused else "is not offered, yet taken:", said)
END
if [ -s said ]; then
	fail 'exec and top complete what they take' "$(cat said)"
else
	pass 'exec and top complete what they take'
fi

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
