#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Debian packages of this tree, for the release it is built on:
#
#	sh scripts/deb.sh BUILD OUT	from BUILD, which has the prefix /usr, into the folder OUT
#
#	kickstand		the command, what exec needs, headers and templates
#	libkickstand0		the library
#	libkickstand-dev	its header, for programs of one's own
#	kickstand-doc		the pages, the examples
#
# What they depend on dpkg-shlibdeps finds out. The maintainer is $DEBFULLNAME <$DEBEMAIL>, or who
# committed last. The same commit gives the same packages. lintian, if it is there, must accept them.
set -eu

die() { printf '%s: %s\n' "${0##*/}" "$*" >&2; exit 1; }

[ $# = 2 ] || die 'usage: deb.sh BUILD OUT'
top=$(cd "$(dirname "$0")/.." && pwd)
build=$(cd "$1" && pwd)
mkdir -p "$2"
out=$(cd "$2" && pwd)
for tool in dpkg-deb dpkg-shlibdeps dpkg-architecture meson strip; do
	command -v $tool >/dev/null || die "$tool is missing; run: apt-get install dpkg-dev binutils meson"
done

git_says() { git -C "$top" log -1 --format="$1" 2>/dev/null || true; }

version=$(sed -n "s/^[[:space:]]*version: '\(.*\)',/\1/p" "$top/meson.build")-1
arch=$(dpkg-architecture -qDEB_HOST_ARCH)
triplet=$(dpkg-architecture -qDEB_HOST_MULTIARCH)
maintainer="${DEBFULLNAME:-$(git_says %an)} <${DEBEMAIL:-$(git_says %ae)}>"
case $maintainer in
*' <'*@*'>') ;;
*) die 'nobody maintains the packages: set DEBFULLNAME and DEBEMAIL' ;;
esac
when=${SOURCE_DATE_EPOCH:-$(git_says %ct)}
export SOURCE_DATE_EPOCH="${when:-$(date +%s)}"
umask 022

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
root=$work/root
DESTDIR=$root meson install -C "$build" --no-rebuild --quiet
[ -x "$root/usr/bin/kickstand" ] || die "$build: its prefix is not /usr"

# ---- which file is whose ----

# take PACKAGE PATH...: what belongs to it, out of all that is installed
take() {
	package=$1
	shift
	for path; do
		mkdir -p "$work/$package/${path%/*}"
		mv "$root"/$path "$work/$package/${path%/*}/"
	done
}
lib=usr/lib/$triplet
take libkickstand0 "$lib/libkickstand.so.*"
take libkickstand-dev usr/include/kickstand.h "$lib/libkickstand.so" "$lib/pkgconfig" \
	usr/share/man/man3/libkickstand.3
take kickstand usr/bin/kickstand "$lib/kickstand" usr/share/kickstand \
	usr/share/man usr/share/bash-completion usr/share/fish
mkdir -p "$work/kickstand/usr/share/zsh/vendor-completions"	# Debian's place
mv "$root/usr/share/zsh/site-functions/_kickstand" "$work/kickstand/usr/share/zsh/vendor-completions/"
left=$(find "$root" ! -type d)
[ -z "$left" ] || die "no package takes: $left"

doc=$work/kickstand-doc/usr/share/doc/kickstand
mkdir -p "$doc/examples"
(cd "$top" && cp -r README.md docs "$doc/" &&
	find examples -type f ! -name meson.build -exec cp --parents {} "$doc/" \;)
find "$doc" -type d -empty -delete

for f in "$work"/kickstand/usr/bin/kickstand "$work/kickstand/$lib/kickstand/kickstand-seat"; do
	strip --remove-section=.comment --remove-section=.note "$f"
done
for f in "$work/kickstand/$lib"/kickstand/*.so "$work/libkickstand0/$lib"/*.so.*.*; do
	strip --remove-section=.comment --remove-section=.note --strip-unneeded "$f"
done
chmod 644 "$work/kickstand/$lib"/kickstand/*.so "$work/libkickstand0/$lib"/*.so.*.*
find "$work" -path '*/man/man*/*.[0-9]' -exec gzip -9n {} +

# ---- what each says of itself ----

copyright() {
	cat <<-'END'
	Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/
	Upstream-Name: kickstand

	Files: *
	Copyright: 2026 the authors of Kickstand
	License: GPL-2.0-only

	Files: usr/share/kickstand/include/bpf/*
	Copyright: 2018-2026 the authors of libbpf
	License: LGPL-2.1-only or BSD-2-Clause
	Comment: libbpf is also part of the programs and of the library, linked statically.

	License: GPL-2.0-only
	 On Debian systems the full text of the GNU General Public License version 2 is
	 in /usr/share/common-licenses/GPL-2.

	License: LGPL-2.1-only
	 On Debian systems the full text of the GNU Lesser General Public License version
	 2.1 is in /usr/share/common-licenses/LGPL-2.1.

	License: BSD-2-Clause
	 Redistribution and use in source and binary forms, with or without modification, are
	 permitted provided that the following conditions are met: (1) Redistributions of source
	 code must retain the above copyright notice, this list of conditions and the following
	 disclaimer. (2) Redistributions in binary form must reproduce the above copyright notice,
	 this list of conditions and the following disclaimer in the documentation and/or other
	 materials provided with the distribution.
	 .
	 THIS SOFTWARE IS PROVIDED BY THE COPYRIGHT HOLDERS AND CONTRIBUTORS "AS IS" AND ANY EXPRESS
	 OR IMPLIED WARRANTIES, INCLUDING, BUT NOT LIMITED TO, THE IMPLIED WARRANTIES OF MERCHANTABILITY
	 AND FITNESS FOR A PARTICULAR PURPOSE ARE DISCLAIMED. IN NO EVENT SHALL THE COPYRIGHT HOLDER OR
	 CONTRIBUTORS BE LIABLE FOR ANY DIRECT, INDIRECT, INCIDENTAL, SPECIAL, EXEMPLARY, OR CONSEQUENTIAL
	 DAMAGES (INCLUDING, BUT NOT LIMITED TO, PROCUREMENT OF SUBSTITUTE GOODS OR SERVICES; LOSS OF USE,
	 DATA, OR PROFITS; OR BUSINESS INTERRUPTION) HOWEVER CAUSED AND ON ANY THEORY OF LIABILITY, WHETHER
	 IN CONTRACT, STRICT LIABILITY, OR TORT (INCLUDING NEGLIGENCE OR OTHERWISE) ARISING IN ANY WAY OUT
	 OF THE USE OF THIS SOFTWARE, EVEN IF ADVISED OF THE POSSIBILITY OF SUCH DAMAGE.
	END
}

changelog() {
	printf 'kickstand (%s) unstable; urgency=medium\n\n  * As of %s; what has changed is in CHANGELOG.md.\n\n' \
		"$version" "$(git_says %h)"
	printf ' -- %s  %s\n' "$maintainer" "$(date -u -R -d "@$SOURCE_DATE_EPOCH")"
}

# depends PACKAGE: the libraries that its programs want
depends() {
	mkdir -p "$work/debian"
	printf 'Source: kickstand\n\nPackage: %s\nArchitecture: any\n' "$1" >"$work/debian/control"
	find "$work/$1" -type f \( -path '*/bin/*' -o -name '*.so*' -o -name kickstand-seat \) >"$work/programs"
	(cd "$work" && xargs dpkg-shlibdeps -O --ignore-missing-info <programs 2>/dev/null) | sed 's/^shlibs:Depends=//'
}

# package NAME ARCHITECTURE SECTION FIELDS DESCRIPTION
package() {
	dir=$work/$1
	mkdir -p "$dir/usr/share/doc/$1" "$dir/DEBIAN"
	copyright >"$dir/usr/share/doc/$1/copyright"
	changelog | gzip -9n >"$dir/usr/share/doc/$1/changelog.Debian.gz"
	gzip -9nc "$top/CHANGELOG.md" >"$dir/usr/share/doc/$1/changelog.gz"
	{
		printf 'Package: %s\nSource: kickstand\nVersion: %s\nArchitecture: %s\nMaintainer: %s\n' \
			"$1" "$version" "$2" "$maintainer"
		printf 'Installed-Size: %s\nSection: %s\nPriority: optional\n' "$(du -k -s "$dir" | cut -f1)" "$3"
		printf '%s\n' "$4" | sed '/^$/d'
		printf 'Description: %s\n' "$5"
	} >"$dir/DEBIAN/control"
	(cd "$dir" && find usr -type f -print0 | sort -z | xargs -0 md5sum >DEBIAN/md5sums)
	find "$dir" -newermt "@$SOURCE_DATE_EPOCH" -exec touch -h -d "@$SOURCE_DATE_EPOCH" {} +
	dpkg-deb --root-owner-group --build "$dir" "$out" >&2
}

what=' Kickstand is a Linux sched_ext machine in user space: it loads a BPF
 scheduler as its author ships it and runs it on simulated CPUs in virtual
 time, with the same result every time. No root, no kernel and no virtual
 machine are needed.'

mkdir -p "$work/libkickstand0/DEBIAN" "$work/kickstand/usr/share/lintian/overrides"
printf 'libkickstand 0 libkickstand0 (>= %s)\n' "${version%-*}" >"$work/libkickstand0/DEBIAN/shlibs"
printf 'activate-noawait ldconfig\n' >"$work/libkickstand0/DEBIAN/triggers"
# libbpf is in it on purpose: its calls must reach the machine, and objects with arenas want 1.7.
printf 'kickstand: embedded-library *libbpf*\n' >"$work/kickstand/usr/share/lintian/overrides/kickstand"

package libkickstand0 "$arch" libs "Depends: $(depends libkickstand0)
Multi-Arch: same" "simulated machine for sched_ext schedulers - library
$what
 .
 This package has the library for programs of one's own."
package libkickstand-dev "$arch" libdevel "Depends: libkickstand0 (= $version)
Multi-Arch: same" "simulated machine for sched_ext schedulers - development
$what
 .
 This package has the header and what pkg-config needs."
package kickstand "$arch" devel "Depends: $(depends kickstand)
Recommends: clang-19 | clang (>= 1:15)
Suggests: kickstand-doc" "simulated machine for sched_ext schedulers
$what
 .
 This package has the command: run, test, explore, compare, explain and more."
package kickstand-doc all doc "Multi-Arch: foreign" "simulated machine for sched_ext schedulers - documentation
$what
 .
 This package has the pages and the example schedulers."

if command -v lintian >/dev/null; then
	# no upload of Debian's: there is no bug that asks for one
	lintian --allow-root --suppress-tags initial-upload-closes-no-bugs --fail-on error,warning "$out"/*_"$version"_*.deb || die 'lintian does not accept the packages'
else
	echo 'deb.sh: lintian is not installed: the packages are not judged' >&2
fi
ls "$out"/*_"$version"_*.deb
