#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Called by meson: turn src/abi/vmlinux.bpf.c's BTF into assembler to link in.
#
#	abi-btf.sh OBJCOPY OBJECT OUT.btf OUT.S
#
# Without OBJECT ("-") the section is empty.
set -eu
. "$(dirname "$0")/embed.sh"

objcopy=$1 object=$2 btf=$3 asm=$4

if [ "$object" = - ]; then
	: >"$btf"
else
	"$objcopy" --dump-section .BTF="$btf" "$object" /dev/null
fi

embed ks_vmlinux_btf "$btf" "$asm"
