# SPDX-License-Identifier: GPL-2.0-only
# Sourced, not run: an apt of our own beside the system's.
#
# Kickstand needs packages of other Debian releases (a newer libbpf, kernel
# sources) as *files*. Adding those releases to the system would change what
# the machine installs, so they get an apt configuration, package lists and a
# cache of their own under one directory. Mirrors come from the system's own
# sources, as apt itself parses them; signatures are checked as always. Only a
# Release file's age is not: a mirror that stands still has the same packages.
#
#	private_apt_init DIR
#	private_apt_update deb-src sid main && private_apt get source --download-only libbpf

say() { printf '%s\n' "$*"; }
die() { printf '%s: %s\n' "${0##*/}" "$*" >&2; exit 1; }

private_apt_init() {
	papt_dir=$1
	mkdir -p "$papt_dir/sources.d" "$papt_dir/lists/partial" "$papt_dir/cache/archives/partial"
	papt_dir=$(cd "$papt_dir" && pwd)
	papt_codename=$(. /etc/os-release && printf %s "${VERSION_CODENAME:-}")
	papt_id=$(. /etc/os-release && printf %s "${ID:-}")
}

# private_apt get|cache ARGS...
private_apt() {
	papt_tool=$1
	shift
	"apt-$papt_tool" -q \
		-o Dir::Etc::sourcelist=/dev/null \
		-o Dir::Etc::sourceparts="$papt_dir/sources.d" \
		-o Dir::State::lists="$papt_dir/lists" \
		-o Dir::Cache="$papt_dir/cache" \
		-o Acquire::Languages=none \
		-o Acquire::Check-Valid-Until=false \
		-o APT::Sandbox::User=root \
		-o APT::Update::Error-Mode=any \
		"$@"
}

# The system's mirrors, "RELEASE URI" a line, whether it writes .list or .sources.
system_mirrors() {
	apt-get indextargets --no-release-info --format '$(COMPONENT) $(RELEASE) $(REPO_URI)' \
		'Created-By: Packages' 2>/dev/null |
		awk '$1 == "main" && $3 !~ /^cdrom:/ && !seen[$2 $3]++ { print $2, $3 }'
}

# mirror_of main|security: one URI, or nothing.
mirror_of() {
	system_mirrors | awk -v what="$1" -v code="$papt_codename" '
		$1 ~ /[-\/](security|updates)$/ && $1 !~ /-updates$/ {
			if (what == "security") { print $2; exit }
			next
		}
		what == "main" && ($1 == code || $1 == code "-updates" ||
			$1 ~ /^(stable|oldstable|oldoldstable|testing|sid|unstable)$/) { print $2; exit }'
}

# private_apt_update TYPE SUITE main|security: make SUITE the only one, fetch its lists.
# Says why on failure and returns 1.
private_apt_update() {
	papt_uri=$(mirror_of "$3")
	if [ -z "$papt_uri" ]; then
		say "no $3 mirror among this machine's apt sources" >&2
		return 1
	fi
	papt_keys=/usr/share/keyrings/debian-archive-keyring.gpg
	[ "$papt_id" != ubuntu ] || papt_keys=/usr/share/keyrings/ubuntu-archive-keyring.gpg
	{
		printf 'Types: %s\nURIs: %s\nSuites: %s\nComponents: main\n' "$1" "$papt_uri" "$2"
		[ ! -r "$papt_keys" ] || printf 'Signed-By: %s\n' "$papt_keys"
	} >"$papt_dir/sources.d/kickstand.sources"
	papt_log=$(private_apt get update 2>&1) && return 0
	say "apt-get update for $2: $(printf '%s\n' "$papt_log" | grep '^[EW]:' | head -n 1)" >&2
	return 1
}
