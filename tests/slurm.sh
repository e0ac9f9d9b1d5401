# SPDX-License-Identifier: GPL-2.0-only
# kickstand sweep --on slurm, by a cluster on the loopback: munged, slurmctld and two slurmd of our own.
# Tasks are requeued, the sweep is killed, a node is killed; in the end the rows are those of a local sweep.
# `make slurm` runs it; skipped where Slurm is not installed, or its daemons do not start.
. "$KICKSTAND_SRC/tests/lib.sh"

PATH=$PATH:/usr/sbin
campaign="python3 $KICKSTAND_SRC/tests/campaign.py"
for tool in munged slurmctld slurmd sbatch squeue scontrol; do
	if ! command -v $tool >/dev/null; then
		echo "1..0 # SKIP $tool is not installed (Debian: slurm-wlm, munge)"
		exit
	fi
done
chmod 755 "$work"
case_limit_s=200

# ---- a cluster ----

me=$(id -un)
port=$((20000 + $$ % 20000))
export SLURM_CONF="$work/slurm.conf"
mkdir state spool.n1 spool.n2
dd if=/dev/urandom of=munge.key bs=1 count=1024 2>/dev/null
chmod 600 munge.key
cat >"$SLURM_CONF" <<END
ClusterName=kickstand
SlurmctldHost=localhost
SlurmctldPort=$port
SlurmUser=$me
SlurmdUser=$me
AuthType=auth/munge
AuthInfo=socket=$work/munge.socket
CredType=cred/munge
StateSaveLocation=$work/state
SlurmdSpoolDir=$work/spool.%n
SlurmctldPidFile=$work/slurmctld.pid
SlurmdPidFile=$work/slurmd.%n.pid
SlurmctldLogFile=$work/slurmctld.log
SlurmdLogFile=$work/slurmd.%n.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
MpiDefault=none
SwitchType=switch/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
ReturnToService=2
EnforcePartLimits=ALL
SlurmdTimeout=10
InactiveLimit=0
KillWait=2
MinJobAge=10
MaxArraySize=51
SchedulerParameters=sched_interval=1,batch_sched_delay=1
NodeName=n1 NodeHostname=localhost Port=$((port + 1)) CPUs=1 State=UNKNOWN
NodeName=n2 NodeHostname=localhost Port=$((port + 2)) CPUs=1 State=UNKNOWN
PartitionName=main Nodes=n1,n2 Default=YES MaxTime=10 State=UP
END
# All that is of a node: its daemon, and what that started.
descendants() {
	for child in $(ps -o pid= --ppid "$1"); do
		echo "$child"
		descendants "$child"
	done
}

end_cluster() {
	timeout 5 scancel --user="$me" 2>/dev/null
	for pid in ${n1-} ${n2-} ${ctld-} ${munge-}; do
		kill "$pid" 2>/dev/null
	done
	wait
	rm -rf "$work"
}
trap end_cluster EXIT
trap 'exit 1' INT TERM

munged --foreground --socket="$work/munge.socket" --key-file="$work/munge.key" --pid-file="$work/munge.pid" \
	--log-file="$work/munge.log" --seed-file="$work/munge.seed" --force >munge.out 2>&1 &
munge=$!
n=0
until [ -S munge.socket ] || [ $n = 100 ]; do
	sleep 0.1
	n=$((n + 1))
done
slurmctld -D -f "$SLURM_CONF" >ctld.out 2>&1 &
ctld=$!
slurmd -D -N n1 -f "$SLURM_CONF" >n1.out 2>&1 &
n1=$!
slurmd -D -N n2 -f "$SLURM_CONF" >n2.out 2>&1 &
n2=$!
n=0
until [ "$(sinfo --noheader --format=%D --states=idle 2>/dev/null)" = 2 ] || [ $n = 300 ]; do
	sleep 0.2
	n=$((n + 1))
done
if [ $n = 300 ]; then
	tail -n 5 ctld.out n1.out slurmctld.log slurmd.n1.log munge.log munge.out 2>/dev/null | sed 's/^/# /'
	echo '1..0 # SKIP no cluster could be started here'
	exit
fi

# ---- a plan, locally ----

cp "$EXAMPLES/central.bpf.o" .
kickstand new gate
cat >p.json <<'END'
{
	"schedulers": ["central.bpf.o", {"name": "gate", "source": "gate/gate.bpf.c"}, {"name": "unbuilt", "source": "wrong.bpf.c"}],
	"kernels": ["6.12", "7.3"], "machines": [2, 4], "seeds": "1..20", "duration": "20ms"
}
END
echo 'int x = y;' >wrong.bpf.c
kickstand sweep p.json --db local.sqlite --quiet
$campaign dump local.sqlite >local.dump

# same NAME FILE: the rows are those of the local sweep
same() {
	$campaign dump "$2" >that.dump
	if [ -s that.dump ] && cmp -s local.dump that.dump; then
		pass "$1"
	else
		fail "$1" "$(diff local.dump that.dump | cut -c1-200)"
	fi
}

# ---- the same on the cluster ----

kickstand sweep p.json --db a.sqlite --on slurm --partition main --sbatch=--time=5
is 'a job array does it' "$status" 0
says 'how it is dealt' out '^job [0-9]+ of Slurm: [0-9]+ tasks of up to [0-9]+ runs$'
same 'the rows are those of a local sweep' a.sqlite
is 'no spool stays' "$(ls -d a.sqlite.spool 2>/dev/null)" ''

# ---- requeued, killed, a node lost: all at once ----

sed 's/"20ms"/"100ms"/; s/"1..20"/"1..60"/' p.json >q.json
kickstand sweep q.json --db local2.sqlite --quiet
$campaign dump local2.sqlite >local.dump
"$KICKSTAND" sweep q.json --db b.sqlite --on slurm --jobs 2 >b.out 2>&1 &
sweep=$!
until [ "$(squeue --noheader --states=R 2>/dev/null | wc -l)" -ge 2 ]; do
	kill -0 $sweep 2>/dev/null || break
	sleep 0.1
done
job=$(sed -n 's/^job \([0-9]*\) of.*/\1/p' b.out)
kill -9 $sweep 2>/dev/null
wait $sweep 2>/dev/null
is 'killed, its job array works on' "$([ "$(squeue --noheader --jobs="$job" | wc -l)" -ge 1 ] && echo yes)" yes
exits 'a local sweep does not meddle' 2 'works for it: --on slurm waits for it' sweep q.json --db b.sqlite
running=$(squeue --noheader --states=R --array --jobs="$job" --format=%i | head -n 1)
scontrol requeue "$running" 2>requeue.err
"$KICKSTAND" sweep q.json --db b.sqlite --on slurm --jobs 2 >b2.out 2>&1 &
sweep=$!
until [ "$(squeue --noheader --states=R --nodelist=n1 2>/dev/null | wc -l)" -ge 1 ] || ! kill -0 $sweep 2>/dev/null; do
	sleep 0.1
done
was_at_work=$(squeue --noheader --states=R --nodelist=n1 --format=%i | head -n 1)
steps=$(ps -eo pid=,args= | awk -v job="${was_at_work%_*}" '$2 == "slurmstepd:" { print $1 }')
victims=
for pid in $n1 $steps; do
	# of the two step daemons that of node n1 has its spool open, or inherited its log
	if [ "$pid" = "$n1" ] || ls -l /proc/"$pid"/fd 2>/dev/null | grep -q 'slurmd.n1.log\|spool.n1'; then
		victims="$victims $pid $(descendants "$pid" | tr '\n' ' ')"
	fi
done
kill -9 $victims 2>/dev/null
wait "$n1" 2>/dev/null
is 'node n1 is killed' "$?" 137
echo "# with what ran there: $(echo $victims | wc -w) processes"
wait $sweep
is 'the sweep goes on, and ends' "$?" 0
cat b.out b2.out >out
says 'the second one waited for the array of the first' out "runs are recorded in b.sqlite"
same 'requeued, killed, a node lost: the rows are those of a local sweep' b.sqlite

# ---- what is refused ----

exits 'a partition that there is not' 2 'sbatch refuses: .*partition' sweep p.json --db c.sqlite --on slurm --partition nowhere
exits 'more than a partition gives' 2 'sbatch refuses: ' sweep p.json --db d.sqlite --on slurm --sbatch=--time=9999
plan
