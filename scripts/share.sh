#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# share/ as it will be installed, in the build directory.
#
#	sh scripts/share.sh list SOURCE				its files, a line each
#	sh scripts/share.sh copy SOURCE TO STAMP LIBBPF_HEADER...	to TO; then touches STAMP
set -eu

what=$1 source=$2
case $what in
list)
	cd "$source" && find include templates -type f | sort
	;;
copy)
	to=$3 stamp=$4
	shift 4
	rm -rf "$to"
	mkdir -p "$to/include/bpf"
	cp -R "$source/include" "$source/templates" "$to"
	cp "$@" "$to/include/bpf"
	: >"$stamp"
	;;
esac
