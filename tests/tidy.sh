#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# The rules of the tree that no compiler checks. Prints TAP.
#
#	sh tests/tidy.sh [libkickstand_internal.a]
#
# Each rule is a function that prints what breaks it, a line each, and nothing
# when all is well.
set -u
LC_ALL=C
export LC_ALL

cd "$(dirname "$0")/.." || exit 1
archive=${1:-build/libkickstand_internal.a}
# the command's, and those of libkickstand-preload.so; not built with some sanitizers
objects=$(ls "${archive%/*}"/kickstand.p/*.o "${archive%/*}"/libkickstand-preload.so.p/*.o 2>/dev/null)
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT

# Folders of src/ in the order data flows; a file includes only its own and earlier ones.
layers='base abi trace engine bpf kern load check sys api scenario explore campaign exec cli'
max_lines=1500

# Files of the tree: what git would track, or all that is not built.
files() {
	{ git ls-files -co --exclude-standard 2>/dev/null || find . -type f \
		! -path './.git/*' ! -path './build*' | sed 's,^\./,,'; } | sort -u |
		while read -r f; do [ ! -f "$f" ] || printf '%s\n' "$f"; done
}
files >"$tmp/files"
grep -E '^(src|cli|include)/.*\.(c|h|def|S)$' "$tmp/files" >"$tmp/ours"
grep -E '\.(c|h|def|S)$' "$tmp/files" >"$tmp/c"

# C without comments, string contents (with $2: kept) and character constants; lines stay in place.
strip_c() {
	awk -v keep="${2:-}" '{
		line = $0; out = ""
		while (line != "") {
			if (in_comment) {
				i = index(line, "*/")
				if (!i) { line = ""; break }
				line = substr(line, i + 2); in_comment = 0
				continue
			}
			c = substr(line, 1, 2)
			if (c == "//") break
			if (c == "/*") { in_comment = 1; line = substr(line, 3); continue }
			c = substr(line, 1, 1)
			if ((c == "\"" || c == "\047") && out !~ /^[ \t]*#[ \t]*include/) {
				for (i = 2; i <= length(line) && substr(line, i, 1) != c; i++)
					if (substr(line, i, 1) == "\\") i++
				out = out (keep ? substr(line, 1, i) : c c); line = substr(line, i + 1)
				continue
			}
			out = out c; line = substr(line, 2)
		}
		print out
	}' "$1"
}

include_order() {
	while read -r f; do
		case $f in
		src/*/*) own=${f#src/} own=${own%%/*} ;;
		cli/*) own=cli ;;
		*) continue ;;
		esac
		awk -v layers="$layers" -v own="$own" -v file="$f" '
			BEGIN {
				n = split(layers, l, " ")
				for (i = 1; i <= n; i++) rank[l[i]] = i
				if (!(own in rank)) { print file ": folder is not in the order"; exit }
			}
			/^[ \t]*#[ \t]*include[ \t]*"/ {
				split($0, part, /"/)
				if (split(part[2], path, "/") < 2 || !(path[1] in rank)) next
				if (rank[path[1]] > rank[own])
					print file ":" NR ": " own " must not include " part[2]
			}' "$f"
	done <"$tmp/ours"
}

# The command is a program like any other that embeds us: what it tells of runs, traces and
# dumps comes by <kickstand.h>. base/ is small change (words, times, files). Campaigns are a part of
# the command.
command_is_public() {
	grep -E '^cli/' "$tmp/ours" | while read -r f; do
		case $f in
		cli/sweep*.[ch] | cli/results*.[ch] | cli/serve.c) may='|campaign/[a-z_]+\.h' ;;
		*) may= ;;
		esac
		sed -nE 's,^[ \t]*#[ \t]*include[ \t]*"([a-z_]+/[^"]*)".*,\1,p' "$f" |
			grep -vxE "base/[a-z_]+\\.h$may" |
			sed "s,^,$f: the command includes ,; s,\$, (kickstand.h has a call or lacks one),"
	done
	[ -f "$archive" ] || return 0
	# and it names nothing else of ours when it is linked, but what is the C library's
	nm -A --defined-only -g "$archive" 2>/dev/null |
		grep -vE 'src_sys_(interpose|descriptor|mmap|poll)\.c\.o:' |
		sed -nE 's,^.*[:/_]src_([a-z]+)_[^:/]*:[0-9a-f]+ [A-Z] ([^ ]*)$,\2 \1,p' |
		grep -vE '^ks_|^[^ ]* (base|campaign)$' | sort >"$tmp/inside"
	nm -A -u "${archive%/*}"/kickstand.p/cli_*.o 2>/dev/null | sed -nE 's/^(.*): +[Uvw] ([^ ]*)$/\2 \1/p' | sort |
		join "$tmp/inside" - | awk '{ print $3 ": the command calls " $1 "() of src/" $2 }'
}

# Whatever is written appears whole or not at all. (A compilation has a folder of its own, and
# a new scheduler's folder is empty before; a worker's journal is whole line by line.)
files_are_whole() {
	grep -E '^(src|cli)/.*\.c$' "$tmp/ours" |
		grep -vE '^src/(base/whole_file|exec/|sys/|api/build\.c|campaign/worker\.c)|^cli/new\.c' |
		while read -r f; do
			grep -nE '(fopen|freopen)\([^)]*"[wa]|mkstemp|open\(.*O_CREAT|(^|[^a-z_])rename\(' "$f" |
				sed "s,^,$f:,; s,\$, (base/whole_file.h is due),"
		done
}

spdx_line() {
	grep -E '(\.(c|h|def|S|sh|ini)|meson\.build|meson_options\.txt|^Makefile|^\.ci/run)$' "$tmp/files" |
		while read -r f; do
			head -n 3 "$f" | grep -q 'SPDX-License-Identifier: GPL-2\.0-only' ||
				echo "$f: no SPDX line 'GPL-2.0-only' in the first three"
		done
}

# Every source is built by somebody: its name, or its stem, stands in its folder's
# meson.build, or in that of the folder above.
listed_in_meson() {
	grep -E '^(src|cli|examples|tests|bench)/.*\.c$' "$tmp/files" | while read -r f; do
		base=${f##*/} dir=${f%/*}
		stem=${base%.c} stem=${stem%.bpf} stem=${stem%_test}
		for m in "$dir/meson.build" "${dir%/*}/meson.build"; do
			[ -f "$m" ] || continue
			sed 's/#.*//' "$m" | grep -qE "'([^']*/)?($base|$stem)'" && continue 2
		done
		echo "$f: not listed in $dir/meson.build"
	done
	sed -n 's,^tests/\([^/]*\)\.sh$,\1,p' "$tmp/files" | while read -r t; do
		case $t in truth | determinism | lib | slurm) continue ;; esac
		grep -qE "'(\.\./)?$t(\.sh)?'" tests/meson.build tests/diff/meson.build ||
			echo "tests/$t.sh: not listed in tests/meson.build or tests/diff/meson.build"
	done
}

# The engine and the kernel model know virtual time, one PRNG and integers.
forbidden_calls() {
	calls='time|gettimeofday|clock_gettime|clock|rand|rand_r|srand|random|srandom|drand48|getrandom|getentropy|arc4random|usleep|nanosleep|pthread_create'
	grep -E '^src/(engine|kern)/' "$tmp/ours" | while read -r f; do
		strip_c "$f" >"$tmp/stripped"
		grep -nE "(^|[^A-Za-z0-9_>.])($calls)[ 	]*\(" "$tmp/stripped" | sed "s,^,$f:,"
		grep -nE '(^|[^A-Za-z0-9_])(float|double)([^A-Za-z0-9_]|$)' "$tmp/stripped" | sed "s,^,$f:,"
	done
}

# What a guest sees has no host pointer: the model's own of it is behind host_of().
host_side() {
	grep -E '^src/(kern|check)/' "$tmp/ours" | while read -r f; do
		strip_c "$f" | sed -E 's/host_of\(([^()]|\(([^()]|\([^()]*\))*\))*\)->m([^a-z_]|$)//g' |
			grep -nE -e '->m([^a-z_]|$)' | sed "s,^,$f:,; s,$, (host_of() is due),"
	done
}

# A function of the ext model says in which context it runs (docs/style.md): it asserts it, or
# "Context: any" stands above it. Not so short ones, and kfuncs: theirs is their group's.
context_is_stated() {
	grep -E '^src/kern/ext/.*\.c$' "$tmp/ours" | while read -r f; do
		awk -v file="$f" '
			/^[a-zA-Z_].*\(/ && !/;$/ { head = ""; line = NR }
			/^[a-zA-Z_\t]/ && !body { head = head $0 }
			/^\/\* Context: any\. \*\/$/ { any = 1 }
			/^{$/ { body = 1; nr = 0; stated = any; next }
			body && /(lockdep_assert_[a-z_]+|assert_[a-z_]+|bug_on|might_sleep)\(/ { stated = 1 }
			/^}/ {
				if (body && nr > 8 && !stated && head !~ /struct vm \*vm, const u64 \*a\)/)
					print file ":" line ": no word on its context (lockdep_assert_...(), might_sleep(), \"Context: any.\")"
				body = any = 0
			}
			body { nr++ }' "$f"
	done
}

# libbpf shares our process: none of its prefixes on a global symbol of ours.
symbol_prefixes() {
	[ -f "$archive" ] || return 0
	nm -g --defined-only "$archive" 2>/dev/null |
		awk 'NF == 3 && $3 ~ /^(bpf_|btf_|libbpf_|ring_buffer_)/ { print $3 ": a prefix of libbpf on a global symbol" }'
}

# All that a folder keeps from call to call is in one object (docs/design.md, "State"), which
# one function empties. Named beside it is what stays out of it, and why.
one_state() {
	[ -f "$archive" ] || return 0
	cat >"$tmp/state" <<-'END'
	base base_state
	abi abi_state
	engine engine_state
	bpf vm_state
	kern machine
	kern/ext scx
	load load_state
	check check_state
	sys sys_state
	sys host_fn.*: what the C library's names are, looked up where they are called, and constant
	api api_state
	scenario scenario_now
	campaign campaign_state
	exec exec_state
	exec host_fn.*: as in sys
	cli cli_state
	trace trace_state
	END
	nm -f sysv "$archive" $objects 2>/dev/null | awk -F'|' '
		/^Symbols from/ {
			f = $0
			sub(/.*\[/, "", f); sub(/.*\//, "", f); sub(/.*src_/, "", f)
			sub(/\.o(\]|:).*/, "", f)
			folder = f
			sub(/_.*/, "", folder)
			if (f ~ /^kern_ext_/) folder = "kern/ext"
		}
		NF == 7 {
			gsub(/ /, "")
			# what the compilers add of their own: sanitizers, coverage
			if ($4 ~ /^(OBJECT|TLS)$/ && $1 !~ /^(_|\.)/ && $7 ~ /^\.(t?bss|t?data)(\.|$)|^\*COM\*/ &&
			    $7 !~ /rel\.ro/)
				print folder, $1, f
		}' >"$tmp/kept"
	awk -v list="$tmp/state" '
		BEGIN {
			while ((getline line < list) > 0) {
				split(line, w, /[ :]/)
				may[w[1] " " w[2]] = 1
			}
		}
		{
			name = $2
			sub(/\.[0-9]+$/, ".*", name)
			if (!(($1 " " name) in may))
				print $3 ": " $2 " is state of " $1 " outside of its one object"
		}' "$tmp/kept"
}

# At 1,500 lines a second noun is hiding in a file; tables and the interpreter may.
file_size() {
	grep -Ev '\.def$|^src/bpf/interp\.c$|^src/abi/.*types.*\.h$' "$tmp/c" | while read -r f; do
		n=$(wc -l <"$f")
		[ "$n" -le $max_lines ] || echo "$f: $n lines, more than $max_lines"
	done
	[ "$(wc -l <docs/design.md)" -lt 200 ] || echo "docs/design.md: 200 lines are no plan any more"
}

# Nothing here may depend on where it was made. (Brackets: or this line is a hit.)
places() {
	hosts='[d]eb\.debian|[s]ecurity\.debian|[s]napshot\.debian|[f]tp\..*debian|[p]ypi\.org|[p]ythonhosted|[c]rates\.io|[n]pmjs|[p]roxy\.golang|[d]ocker\.io|[g]hcr\.io'
	paths='(^|[^A-Za-z0-9_.)}*/])/(work|root|home)(/|[^A-Za-z0-9_*/-]|$)'
	grep -vxE 'LICENSE' "$tmp/files" | tr '\n' '\0' | xargs -0 -r grep -nIE "$hosts|$paths" /dev/null
}

# docs/events.md has a row for each event, with its fields.
events_documented() {
	sed -n 's/^EVENT(\([a-z_]*\), "\([^"]*\)"\(.*\))$/\1 | \2 |\3/p' src/trace/events.def |
		sed 's/, "[a-z0-9]*:str8"//g; s/|, /| /; s/"\([a-z_0-9]*\):\([a-z]*\)"/`\1` \2/g' |
		while IFS= read -r row; do
			name=${row%% *}
			row="| \`$name\`${row#"$name"} |"
			grep -qxF "$row" docs/events.md || echo "docs/events.md lacks: $row"
		done
}

# What the recipes name is there: a path from the top, without a place to fill in.
recipes_name_files() {
	grep -oE '`[A-Za-z0-9_./-]+`' CONTRIBUTING.md | tr -d '`' | grep / |
		grep -vE '[A-Z]{3}|^build/|^linux-' | sort -u | while read -r path; do
		[ -e "$path" ] || echo "CONTRIBUTING.md: there is no $path"
	done
}

# A kernel is a row of src/abi/kernels.def, a fact has dates. Nothing else in the code names
# a version: no identifier, no number, no string but the dates themselves.
kernels_are_rows() {
	grep -vxE 'src/abi/kernels\.def' "$tmp/ours" | while read -r f; do
		strip_c "$f" keep | sed -E 's/(SINCE|UNTIL|__since|__until)\("[0-9. ]*"\)/DATE/g' >"$tmp/stripped"
		grep -nE '"([^"]*[^0-9."])?(6\.1[0-9]|7\.[0-9]+)([^0-9]|$)' "$tmp/stripped" | sed "s,^,$f:,"
		grep -nE '(_[vV]?|[^A-Za-z0-9_][vV])(61[2-9]|7[0-9])([^A-Za-z0-9_]|$)|0x060[cC]|0x070[0-9]([^0-9a-fA-F]|$)|KVER' "$tmp/stripped" |
			sed "s,^,$f:,"
	done
	sed -nE 's/^(BEHAVIOUR|NUMBER)\(([a-z_0-9]+),.*/\2/p' src/abi/behaviour.def | while read -r row; do
		grep -qrE "b\.$row([^a-z_0-9]|\$)" src cli || echo "src/abi/behaviour.def: nothing asks for $row"
	done
}

# Each up-call of bpf/env.h is asked by somebody (that it is answered, env_set() sees to); each
# function and tracepoint that programs attach to is called, or docs/limits.md says that it is not.
hooks_are_called() {
	sed -n '/^#define BPF_ENV_ASKS/,/^$/p' src/bpf/env.h | grep -oE 'ASK\([a-z_0-9]+\)' | sed 's/ASK(//; s/)//' |
		while read -r name; do
			grep -qrE "ENV->$name([^a-z_0-9]|\$)" src || echo "src/bpf/env.h: nobody asks ENV->$name()"
		done
	sed -nE 's/^HOOK_(TP|FN|FN_AS|LSM|LSM_VOID)\(([a-z_0-9]+),.*/\2/p' src/kern/hooks.def | while read -r name; do
		grep -qrE "(TP|FN_[A-Z]+|LSM|SYSCALL)\((${name#__x64_sys_}|$name)\\b|HOOK_[A-Z]+_$name\\b" --include='*.[ch]' src/kern ||
			grep -q "\`$name\`" docs/limits.md || echo "src/kern/hooks.def: nothing calls $name"
	done
}

# each deliberate break of tests/mutants still has its lines
mutants_fit() {
	! command -v python3 >/dev/null || python3 tests/mutants/mutants.py --fit .
}

shell_syntax() {
	grep -E '\.sh$' "$tmp/files" | while read -r f; do sh -n "$f" 2>&1; done
}

# as `make fmt` would leave it
formatted() {
	sh scripts/fmt.sh --dry-run | sed 's/$/: not as make fmt leaves it/'
}

n=0 failed=0
for rule in include_order command_is_public files_are_whole spdx_line listed_in_meson forbidden_calls host_side context_is_stated symbol_prefixes one_state file_size \
	places events_documented recipes_name_files kernels_are_rows hooks_are_called mutants_fit shell_syntax formatted; do
	n=$((n + 1))
	case $rule in
	symbol_prefixes | one_state) needs=$archive ;;
	formatted) needs=$(command -v clang-format-19) || needs=clang-format-19 ;;
	*) needs=/dev/null ;;
	esac
	if [ ! -e "$needs" ]; then
		echo "ok $n - $rule # SKIP no $needs"
		continue
	fi
	$rule >"$tmp/out" 2>&1
	if [ -s "$tmp/out" ]; then
		echo "not ok $n - $rule"
		head -n 30 "$tmp/out" | sed 's/^/# /'
		failed=1
	else
		echo "ok $n - $rule"
	fi
done
echo "1..$n"
exit $failed
