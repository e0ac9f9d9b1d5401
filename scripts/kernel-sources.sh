#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Fetch the parts of real kernel sources that hold sched_ext schedulers.
#
#	sh scripts/kernel-sources.sh [DIR]	DIR/6.12 and DIR/7.3 (default build/kernel)
#
# Debian's linux-source packages, downloaded but not installed, by an apt
# configuration of their own. 160 MB and half a minute each; nothing of it is
# part of Kickstand. A kernel that is already there, with all of this, is left alone.
set -eu

top=$(cd "$(dirname "$0")/.." && pwd)
. "$top/scripts/private-apt.sh"

dest=${1:-$top/build/kernel}
mkdir -p "$dest"
dest=$(cd "$dest" && pwd)

# Folders that are kept of each tree.
members='
	COPYING
	include/uapi
	tools/arch
	tools/bpf/bpftool
	tools/build
	tools/include
	tools/lib
	tools/perf/pmu-events/empty-pmu-events.c
	tools/sched_ext
	tools/scripts
	tools/testing/selftests/kselftest.h
	tools/testing/selftests/lib.mk
	tools/testing/selftests/sched_ext'

# unpack TARBALL VERSION: TARBALL holds linux-source-VERSION/...
unpack() {
	set -- "$1" "$2" "$dest/.tmp-$2"
	rm -rf "$3"
	mkdir "$3"
	patterns=
	for m in $members; do
		patterns="$patterns linux-source-$2/$m"
	done
	# tar exits 2 for a member that one of the kernels lacks; what matters is checked below.
	tar -xJf "$1" --strip-components=1 -C "$3" $patterns 2>"$dest/tar.log" || :
	[ -d "$3/tools/sched_ext" ] && [ -d "$3/include/uapi" ] ||
		die "$1 has no tools/sched_ext, see $dest/tar.log"
	rm -rf "${dest:?}/$2"
	mv "$3" "$dest/$2"
}

# get VERSION SUITE main|security
get() {
	[ ! -e "$dest/$1/tools/testing/selftests/kselftest.h" ] || return 0
	say "kernel-sources: fetching linux-source-$1 from $2"
	private_apt_update deb "$2" "$3" || die "$2 could not be read, see above"
	work=$dest/.deb-$1
	rm -rf "$work"
	mkdir "$work"
	(cd "$work" && private_apt get download "linux-source-$1" >&2) ||
		die "$2 has no package linux-source-$1"
	dpkg-deb -x "$work/"linux-source-*.deb "$work/root"
	unpack "$work/root/usr/src/linux-source-$1.tar.xz" "$1"
	rm -rf "$work"
}

private_apt_init "$dest/apt"
get 6.12 bookworm-security security
get 7.3 trixie-backports main
