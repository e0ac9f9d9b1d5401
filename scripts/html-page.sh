#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Called by meson: the trace page's template and its parts as one file, and assembler to
# link that in.
#
#	html-page.sh TEMPLATE OUT.html OUT.S
#
# A line "@include FILE@" of the template becomes that file, which is beside it. "@data@"
# stays: there is where src/trace/html.c puts a trace.
set -eu
. "$(dirname "$0")/embed.sh"

template=$1 html=$2 asm=$3
dir=$(dirname "$template")

: >"$html"
while IFS= read -r line; do
	case $line in
	'@include '*@)
		part=${line#@include }
		cat "$dir/${part%@}" >>"$html"
		;;
	*) printf '%s\n' "$line" >>"$html" ;;
	esac
done <"$template"

embed ks_html_page "$html" "$asm"
