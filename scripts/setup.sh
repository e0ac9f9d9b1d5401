#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Install what building and testing Kickstand needs and is missing.
#
#	sh scripts/setup.sh		packages of this release, and libbpf
#	sh scripts/setup.sh --tests	also what only tests use
#	sh scripts/setup.sh --dev	also what make fmt and make fuzz use
#	sh scripts/setup.sh --check	install nothing, say what is missing
#
# Made for Debian 12 and later, and Ubuntu 24.04 and later. With everything there it takes a moment, needs
# neither network nor root, and prints nothing. libbpf is built from Debian's
# or Ubuntu's source package into build/deps (KICKSTAND_DEPS=DIR puts it elsewhere, to be
# shared by several checkouts), since a static libbpf >= 1.7 is needed: older
# ones crash on objects that have arena globals.
set -eu

top=$(cd "$(dirname "$0")/.." && pwd)
. "$top/scripts/private-apt.sh"

# One a line, with the reason where the name does not tell it.
packages='
	gcc
	libc6-dev
	make
	pkg-config
	meson
	ninja-build
	clang-19		# schedulers, and the kernel types, for BPF
	llvm-19			# llvm-objcopy: takes .BTF out of an object
	libelf-dev
	zlib1g-dev
	libjansson-dev
	nettle-dev		# SHA-256 of objects
	libncurses-dev		# kickstand top
	libseccomp-dev		# the sandbox
	libsqlite3-dev		# the database of campaigns
	libjs-d3		# draws the page of kickstand results
	libcmocka-dev
	scdoc
	xz-utils
	python3			# tests only'
packages_tests='
	chromium		# opens the page of --html
	python3-jsonschema	# tries the schemas
	trace-cmd		# reads .dat traces
	tmux			# drives kickstand top
	bpftool			# registers a scheduler under kickstand exec
	musl-tools		# builds a loader for another C library
	clang-format-19		# says whether our C is as make fmt leaves it'
packages_dev='
	libclang-rt-19-dev	# libFuzzer'

libbpf_min=1.7
case $(. /etc/os-release 2>/dev/null && printf %s "${ID:-}") in
ubuntu) libbpf_suites='devel resolute' ;;
*) libbpf_suites='sid forky testing' ;;
esac
deps=${KICKSTAND_DEPS:-$top/build/deps}

missing_packages() {
	for p in $(printf '%s\n' "$1" | sed 's/#.*//'); do
		dpkg-query -W -f '${db:Status-Status}\n' "$p" 2>/dev/null | grep -qx installed ||
			printf '%s ' "$p"
	done
}

as_root() {
	if [ "$(id -u)" = 0 ]; then
		"$@"
	elif command -v sudo >/dev/null; then
		sudo "$@"
	else
		die "must install packages: run as root, or: apt-get install $missing"
	fi
}

install_packages() {
	say "setup: installing $missing"
	as_root apt-get -q update >&2 || say "setup: apt-get update failed; trying with the lists there are" >&2
	as_root env DEBIAN_FRONTEND=noninteractive \
		apt-get -q install -y --no-install-recommends $missing >&2 ||
		die "apt-get could not install: $missing"
}

libbpf_present() {
	[ -f "$deps/libbpf/lib/libbpf.a" ] && [ -f "$deps/libbpf/include/bpf/libbpf.h" ]
}

# Download the newest acceptable source into $deps/src; set $libbpf_version.
fetch_libbpf() {
	private_apt_init "$deps/apt"
	tried=
	for suite in $libbpf_suites; do
		if ! private_apt_update deb-src "$suite" main; then
			tried="$tried $suite (not readable, see above)"
			continue
		fi
		libbpf_version=$(private_apt cache showsrc libbpf | sed -n 's/^Version: //p' | sort -V | tail -n 1)
		if ! dpkg --compare-versions "${libbpf_version:-0}" ge "$libbpf_min"; then
			tried="$tried $suite (has ${libbpf_version:-none})"
			continue
		fi
		rm -rf "$deps/src"
		mkdir -p "$deps/src"
		(cd "$deps/src" && private_apt get -qq source --download-only "libbpf=$libbpf_version" >&2) && return 0
		tried="$tried $suite (download failed)"
	done
	die "no libbpf >= $libbpf_min source from this machine's mirror:$tried"
}

build_libbpf() {
	say "setup: building libbpf $libbpf_version"
	mkdir "$deps/src/libbpf"
	tar -xf "$deps/src/"libbpf_*.orig.tar.* --strip-components=1 -C "$deps/src/libbpf"
	rm -rf "$deps/libbpf.new"
	# -fPIC: the same archive goes into libkickstand.so.
	make -s -C "$deps/src/libbpf/src" -j"$(nproc)" \
		BUILD_STATIC_ONLY=1 CFLAGS='-g -O2 -fPIC' OBJDIR="$deps/src/obj" \
		DESTDIR="$deps/libbpf.new" PREFIX= LIBDIR=/lib INCLUDEDIR=/include UAPIDIR=/include \
		install install_uapi_headers >"$deps/src/build.log" 2>&1 ||
		die "libbpf $libbpf_version does not build, see $deps/src/build.log"
	printf '%s\n' "$libbpf_version" >"$deps/libbpf.new/VERSION"
	rm -rf "$deps/libbpf" "$deps/src/obj"
	mv "$deps/libbpf.new" "$deps/libbpf"
}

mode=install
case "${1-}" in
'') ;;
--tests) packages="$packages $packages_tests" ;;
--dev) packages="$packages $packages_dev" ;;
--check) mode=check ;;
*) die "unknown option '$1' (there are --tests, --dev and --check)" ;;
esac

command -v dpkg-query >/dev/null ||
	die "knows Debian's packages only; docs/installing.md has the lists of others. It takes:$(printf '%s\n' "$packages" | sed 's/#.*//' | tr -s '\n\t ' ' '), and a static libbpf >= $libbpf_min in $deps/libbpf/{lib,include}, or the system's by meson setup build -Ddeps=system"

missing=$(missing_packages "$packages")
if [ "$mode" = check ]; then
	libbpf_present || missing="${missing}libbpf>=$libbpf_min"
	[ -z "$missing" ] || die "missing: $missing; run: sh scripts/setup.sh"
	exit 0
fi

[ -z "$missing" ] || install_packages
if ! libbpf_present; then
	mkdir -p "$deps"
	exec 9>"$deps/.lock"
	flock 9
	# Somebody else may have built it while we waited.
	if ! libbpf_present; then
		fetch_libbpf
		build_libbpf
	fi
fi
