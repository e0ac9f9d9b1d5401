#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Called by meson: the trace page's template and its parts as one file, and assembler to
# link that in.
#
#	html-page.sh TEMPLATE OUT.html OUT.S [SYMBOL LIBRARY]
#
# A line "@include FILE@" of the template becomes that file, which is beside it, "@library@" what
# others wrote. "@data@"
# stays: there is where src/trace/html.c puts a trace.
set -eu
. "$(dirname "$0")/embed.sh"

template=$1 html=$2 asm=$3 symbol=${4-ks_html_page} library=${5-/dev/null}
dir=$(dirname "$template")

: >"$html"
while IFS= read -r line; do
	case $line in
	'@include '*@)
		part=${line#@include }
		cat "$dir/${part%@}" >>"$html"
		;;
	@library@) cat "$library" >>"$html" ;;
	*) printf '%s\n' "$line" >>"$html" ;;
	esac
done <"$template"

embed "$symbol" "$html" "$asm"
