#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# share/ as it will be installed, in the build directory.
#
#	sh scripts/share.sh SOURCE TO STAMP LIBBPF_HEADER...	to TO; then touches STAMP
set -eu

source=$1 to=$2 stamp=$3
shift 3
rm -rf "$to"
mkdir -p "$to/include/bpf"
cp -R "$source/include" "$source/templates" "$to"
cp "$@" "$to/include/bpf"
: >"$stamp"
