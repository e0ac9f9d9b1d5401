# SPDX-License-Identifier: GPL-2.0-only
# What tests/diff.sh and `diff` leave out on a machine, and the reason they give for it:
# here are all the reasons there are, each on a machine made to have it. A reason that
# nobody can produce is one that hides a failure.
. "$KICKSTAND_SRC/tests/lib.sh"

objects=$TEST_OBJECTS

# reason NAME PATTERN COMMAND...: it ends well, and the only thing skipped is that
reason() {
	name=$1 pattern=$2
	shift 2
	"$@" >out 2>err
	status=$?
	if [ $status = 0 ] && ! grep -q '^not ok' out && [ "$(grep -c '# SKIP' out)" = 1 ] &&
		grep -qE "# SKIP .*$pattern" out; then
		pass "$name"
	else
		fail "$name" "exit status $status" "$(cat out err)"
	fi
}

# diff.sh with what is small: echo in place of the commands, and the objects of a folder
mkdir few bare
few() {
	timeout -k 2 "$case_limit_s" env DIFF_COMMANDS=/bin/echo TEST_OBJECTS="$work/few" "$@" sh "$KICKSTAND_SRC/tests/diff.sh"
}
brief() {
	timeout -k 2 "$case_limit_s" env "$@" "$DIFF" --programs 1
}
lacking() {
	rm -f few/*
	ln -s "$objects/$1.bpf.o" few/diff_it.bpf.o
}

reason 'no preload library' 'built without libkickstand-preload.so' few KICKSTAND_BUILD="$work/bare"

if setarch --uname-2.6 true 2>/dev/null; then
	reason 'an old kernel' "the host's kernel, 2\.6\.[0-9]+.*, is older than 6\.12" \
		few setarch --uname-2.6
	reason 'an old kernel: instructions' 'it is 2\.6\.[0-9].*, older than 6\.12' \
		brief setarch --uname-2.6
else
	skip 'an old kernel' 'setarch cannot make one'
fi

# The rest is of kernels that are asked at all.
young() {
	[ "$(printf '6.12\n%s\n' "$(uname -r)" | sort -V | head -n 1)" = 6.12 ]
}
if [ "$(id -u)" = 0 ]; then
	no_right='setpriv --bounding-set=-all --inh-caps=-all'
else
	no_right=env
fi
if ! young; then
	skip 'bpf(2) is not permitted' "the kernel, $(uname -r), is not asked"
	# shellcheck disable=SC2086
elif $no_right true 2>err; then
	# shellcheck disable=SC2086
	reason 'bpf(2) is not permitted' "bpf\(2\) is not permitted here: Operation not permitted" \
		timeout -k 2 "$case_limit_s" $no_right sh "$KICKSTAND_SRC/tests/diff.sh"
	# shellcheck disable=SC2086
	reason 'bpf(2) is not permitted: instructions' 'not permitted here: Operation not permitted' \
		brief $no_right
else
	skip 'bpf(2) is not permitted' "rights cannot be given up: $(cat err)"
fi

if ! young || ! "$DIFF_COMMANDS" permitted >out 2>&1; then
	skip 'what a kernel lacks' "no kernel that may be asked: $(uname -r), $(cat out)"
	plan
fi

lacking plain
no_sys='mount -t tmpfs none /sys && exec "$@"'
if unshare -m sh -c "$no_sys" sh true 2>err; then
	reason 'no BTF' "the host's kernel has no BTF that can be read" few unshare -m sh -c "$no_sys" sh
else
	skip 'no BTF' "/sys cannot be hidden: $(tr '\n' ' ' <err)"
fi
if [ -r /sys/kernel/btf/vmlinux ]; then
	lacking bad_kfunc
	reason 'no such kfunc' "the host's kernel has no kfunc scx_bpf_no_such_kfunc" few
	lacking lacks_map
	reason 'no such map' "the host's kernel has no maps of type 9999" few
else
	skip 'no such kfunc, no such map' 'the kernel has no BTF'
fi
plan
