# SPDX-License-Identifier: GPL-2.0-only
# The host fails: at each allocation, at each system call of set-up and output. What that
# gives is a run like any other, or a line and an exit status; never a signal, a hang, half
# a file. Here in steps; `make faults` (FAULTS=all) leaves none out.
. "$KICKSTAND_SRC/tests/lib.sh"

case_limit_s=${FAULT_LIMIT_S:-20}
object=$EXAMPLES/shared.bpf.o
cat >s.json <<'JSON'
{
	"object": "shared.bpf.o", "cpus": 2, "duration": "1ms",
	"tasks": [ {"comm": "w", "phases": [{"run": "100us"}, {"sleep": "100us"}]} ],
	"expect": { "verdict": "any", "events": [ {"event": "sched_switch", "next": "w"} ] }
}
JSON
cat >w.json <<'JSON'
{ "tasks": { "a": { "loop": -1, "run": 100, "sleep": 100 } }, "global": { "duration": 1 } }
JSON
cp "$object" shared.bpf.o
cp "$EXAMPLES"/central.bpf.o .
kickstand run "$object" --duration 1ms --quiet --trace seen.txt --json seen.json
bad=0 tried=0 apart=

# whole FILE: is it complete?
whole() {
	case $1 in
	*.json) case $(tail -c 2 "$1") in [}\]]) ;; *) false ;; esac ;;
	*.txt) tail -n 1 "$1" | grep -q '^# end: ' ;;
	*.svg) tail -n 1 "$1" | grep -q '</svg>$' ;;
	*.html) tail -c 20 "$1" | grep -q '</html>' ;;
	*.pftrace) [ -s "$1" ] ;;
	*) false ;;	# what is beside an output until it is complete
	esac
}

# A probe of libbpf's that finds no memory is one that fails, as on a real kernel: programs
# have other numbers then, and all that tells them is another file.
no_memory='-x t.txt -x t.pftrace -x p.html'

# same_out: as without a fault; of inspect each line, since variables are told only if that
# probe found that maps can be mapped
same_out() {
	case $1 in
	inspect) ! grep -vxFf whole.out out ;;
	*) cmp out whole.out ;;
	esac
}

# judge WHAT: of the run that $status, out, err and d/ are of
judge() {
	tried=$((tried + 1)) why=
	[ "$status" -lt 124 ] || [ "$status" = 141 ] || why="exit status $status"
	[ "$status" != 7 ] || why='the sandbox stopped it'
	! grep -q 'bug at' err || why='a bug of ours'
	[ "$status" != 2 ] && [ "$status" != 3 ] || [ -s err ] || [ -s out ] || why="exit status $status and no line"
	[ "$status" != 2 ] || [ "$(grep -c '^kickstand: ' err)" -le 1 ] || why='more than a line'
	for file in d/* d/.[!.]*; do
		[ -e "$file" ] || continue
		whole "$file" || why="half a file: $file"
	done
	if [ "$status" = 0 ] && [ -z "$why" ] && ! { diff -r $apart d whole && same_out "$name"; } >differs 2>&1; then
		why="status 0, but $(head -n 1 differs)"
	fi
	[ -z "$why" ] && return
	bad=$((bad + 1))
	[ $bad -gt 10 ] || printf '%s: %s: %s\n' "$1" "$why" "$(head -n 2 err)" >>found
}

# reference STATUS: what the last run wrote is what a run without a fault writes
reference() {
	[ "$1" = 0 ] || {
		bad=1
		printf 'without a fault: exit status %s: %s\n' "$1" "$(head -n 2 err)" >>found
	}
	rm -rf whole
	mv d whole
	mv out whole.out
}

# fresh: what a run writes goes to d/
fresh() {
	rm -rf d && mkdir d
}

verdict() {
	if [ "$tried" -lt 5 ]; then
		fail "$1" "only $tried tried"
	elif [ $bad = 0 ]; then
		pass "$1: $tried"
	else
		fail "$1" "$bad of $tried" "$(cat found)"
	fi
	bad=0 tried=0
	rm -f found
}

# step ALL SHARE: from one to the next so that SHARE of ALL are tried
step() {
	if [ "${FAULTS:-}" = all ] || [ "$1" -le "$2" ]; then echo 1; else echo $(($1 / $2 + 1)); fi
}

# allocations NAME SHARE ARGS...: places that allocate, then allocations by number
allocations() {
	name=$1 share=$2
	shift 2
	apart=$no_memory
	fresh
	env FAULT_COUNT=count LD_PRELOAD="$FAULT_ALLOC" "$KICKSTAND" "$@" >out 2>err
	reference $?
	read -r nr_allocs nr_sites <count
	for way in FAULT_SITE:"$nr_sites" FAULT_NTH:"$nr_allocs"; do
		nr=${way#*:}
		last=$((nr > 6 ? nr - 5 : nr)) # those of the process that puts the files in place
		for n in $(seq 1 "$(step "$nr" "$share")" "$nr" && seq $last "$nr"); do
			fresh
			timeout -k 2 "$case_limit_s" env "${way%:*}=$n" LD_PRELOAD="$FAULT_ALLOC" \
				"$KICKSTAND" "$@" >out 2>err
			status=$?
			judge "${way%:*}=$n"
		done
	done
	verdict "$name: allocations"
}

# calls NAME SHARE ERRNO CALLS ARGS...
calls() {
	name=$1 share=$2 errno=$3 calls=$4
	shift 4
	[ "$errno" = 12 ] && apart=$no_memory || apart=
	if ldd "$KICKSTAND" | grep -q libasan; then
		skip "$name: $calls" 'a sanitizer makes calls of its own, and is not to be traced'
		return
	fi
	fresh
	FAULT_COUNT=count "$FAULT_CALL" 1000000 "$errno" "$calls" "$KICKSTAND" "$@" >out 2>err
	status=$?
	[ $status != 77 ] || { skip "$name: $calls" 'no ptrace here'; return; }
	reference $status
	read -r nr <count
	for n in $(seq 1 "$(step "$nr" "$share")" "$nr"); do
		fresh
		timeout -k 2 "$case_limit_s" "$FAULT_CALL" "$n" "$errno" "$calls" "$KICKSTAND" "$@" >out 2>err
		status=$?
		judge "$n of $calls"
	done
	verdict "$name: $calls"
}

run_text="run $object --cpus 2 --duration 1ms --quiet --json d/j.json --trace d/t.txt"
run_pages="run central.bpf.o --cpus 2 --duration 1ms --json d/j.json --trace d/t.pftrace --html d/p.html --svg d/p.svg --window 0..1ms --workload w.json"

# What the dynamic linker asks for before main() is not ours; libc's first getrandom() comes after it.
# shellcheck disable=SC2086
if ldd "$KICKSTAND" | grep -q libasan; then
	skip 'allocations' 'a sanitizer has its own'
else
	allocations 'run, text' 40 $run_text
	allocations 'run, pages' 30 $run_pages
	allocations 'explain' 10 explain seen.txt
	cp seen.json again.json
	allocations 'compare' 10 compare seen.json again.json
	allocations 'test' 20 test s.json
	allocations 'why' 10 why seen.txt
	allocations 'report' 10 report seen.txt
	allocations 'inspect' 10 inspect shared.bpf.o
	allocations 'import' 10 import "$KICKSTAND_SRC/tests/dumps/7.3.txt" -o d/i.json
	allocations 'seeds' 20 run shared.bpf.o --cpus 2 --duration 1ms --seeds 1..2 --jobs 1 --json d/j.json
fi
output=write,writev,close,rename,unlink,fstat,newfstatat,lseek,fcntl
input=openat,read,pread64
memory=mmap,mprotect,munmap,ftruncate,memfd_create
# shellcheck disable=SC2086
{
	calls 'run, text' 40 5 $output@prctl $run_text
	calls 'run, text' 20 28 write@prctl $run_text
	calls 'run, text' 40 5 $input@getrandom $run_text
	calls 'run, text' 40 12 $memory@getrandom $run_text
	calls 'run, pages' 40 5 $output@prctl $run_pages
	calls 'run, pages' 40 12 $memory@getrandom $run_pages
	calls 'test' 20 5 clone,$input,lseek@getrandom test s.json
}
plan
