# SPDX-License-Identifier: GPL-2.0-only
# The second wall: a system call that a run does not need ends it with a line and status 7;
# what is left out is said. Calls are changed and made to fail from outside, by ptrace.
. "$KICKSTAND_SRC/tests/lib.sh"

object=$EXAMPLES/shared.bpf.o
cat >s.json <<'JSON'
{ "object": "shared.bpf.o", "duration": "2ms", "workload": "spin:tasks=1" }
JSON
cp "$object" shared.bpf.o

# faulted NTH ERRNO CALLS ARGS...: kickstand with calls that fail or are others
faulted() {
	nth=$1 errno=$2 calls=$3
	shift 3
	timeout -k 2 "$case_limit_s" "$FAULT_CALL" "$nth" "$errno" "$calls" "$KICKSTAND" "$@" >out 2>err
	status=$?
}

faulted 0 38 seccomp,prctl@landlock_restrict_self run "$object" --duration 1ms -v
if [ "$status" = 77 ]; then
	skip 'the sandbox' 'no ptrace here'
	plan
fi
if grep -q '^sandbox: off, as in every build with a sanitizer' err; then
	skip 'the sandbox' 'this build has none'
	plan
fi

# says NAME PATTERN: status 0, and this is all that is said of the sandbox
says() {
	said=$(cat out err | grep 'sandbox' | sort -u)
	if [ "$status" = 0 ] && [ "$said" = "$2" ]; then
		pass "$1"
	else
		fail "$1" "exit status $status" "$said" "$(tail -n 3 err)"
	fi
}

says 'without seccomp' 'sandbox: this system lacks seccomp'
faulted 0 38 landlock_create_ruleset run "$object" --duration 1ms -v
says 'without Landlock' 'sandbox: this system lacks Landlock'
faulted 0 22 prctl,seccomp,landlock_create_ruleset run "$object" --duration 1ms -v
says 'without any of them' 'sandbox: this system lacks no_new_privs Landlock seccomp'
faulted 0 38 seccomp,prctl@landlock_restrict_self run "$object" --duration 1ms
says 'nobody asked' ''
kickstand run "$object" --duration 1ms -v --no-sandbox
says '--no-sandbox' 'sandbox: off, by --no-sandbox'
faulted 0 38 seccomp,prctl@landlock_restrict_self test -v s.json
says 'test: without seccomp' '# sandbox: this system lacks seccomp'
kickstand test -v --no-sandbox s.json
says 'test: --no-sandbox' '# sandbox: off, by --no-sandbox'

# A host that lets no page become executable (PR_SET_MDWE, since Linux 6.3): the same run, interpreted.
cat >mdwe.py <<'END'
import ctypes, os, sys
if ctypes.CDLL(None).prctl(65, 1, 0, 0, 0):
    sys.exit(99)
os.execv(sys.argv[1], sys.argv[1:])
END
kickstand run "$object" --duration 5ms --hash
usual=$(grep '^trace hash' out)
python3 mdwe.py "$KICKSTAND" run "$object" --duration 5ms --hash -v >out 2>err
status=$?
if [ "$status" = 99 ]; then
	skip 'no memory for native code' "this host's kernel has no PR_SET_MDWE"
elif [ "$status" = 0 ] && [ -n "$usual" ] && [ "$(grep '^trace hash' out)" = "$usual" ] &&
	grep -q '^native code: the host refuses memory for it (.*): programs are interpreted$' out err; then
	pass 'no memory for native code'
else
	fail 'no memory for native code' "exit status $status, $usual" "$(cat out err)"
fi

# From the filter on, the first write is another call: it ends there.
for call in socket execve clone ptrace openat bpf io_uring_setup unshare mount; do
	faulted 1 as:$call write@seccomp run "$object" --duration 1ms
	if [ "$status" = 7 ] && [ "$(wc -l <err)" = 1 ] &&
		grep -qE '^kickstand: the sandbox has stopped system call [0-9]+: ' err; then
		pass "$call"
	else
		fail "$call" "exit status $status" "$(cat err)"
	fi
done
faulted 1 as:socket write@seccomp run "$object" --duration 1ms --no-sandbox
if [ "$status" != 7 ]; then pass 'no sandbox, no status 7'; else fail 'no sandbox, no status 7' "$(cat err)"; fi
faulted 1 as:socket write@seccomp test s.json
if [ "$status" = 1 ] || [ "$status" = 2 ] && grep -q 'the sandbox has stopped system call' out err; then
	pass 'test: the run of it fails, and says so'
else
	fail 'test: the run of it fails, and says so' "exit status $status" "$(cat out err)"
fi
plan
