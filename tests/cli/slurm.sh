#!/bin/sh
# samples/slurm: the traces of a fleet by GNU parallel and by a Slurm job array with a merge job that depends on it, on a
# cluster of one node that is started here, by hand and without privileges of its own.
. tests/lib/cli.sh

samples=$PWD/samples/slurm
export WSCHECK
mkdir "$WORK/traces" "$WORK/called"
number=0
for name in queue_run slow_steal batch_steal owner_lifo pinned_is_skipped; do
  number=$((number + 1))
  "$WSCHECK" import "$CASES/$name.jsonl" -o "$WORK/traces/run $number.zst"
done
find "$WORK/traces" -name '*.zst' | LC_ALL=C sort >"$WORK/list"
# What one call says of all, but for the order of the traces.
analyze_all() {
  code=0
  "$WSCHECK" analyze --in-all -f json "$WORK/traces/"*.zst >"$WORK/called/all.json" 2>"$WORK/err" || code=$?
  by_name <"$WORK/called/all.json" >"$WORK/called/sorted"
  expected=$code
}
by_name() { # which trace has the longest is told by its place
  jq '.traces as $traces | (.in_all.stats[] | objects | select(.max_trace != null)) |= (.max_trace = $traces[.max_trace].path)
    | .traces |= sort_by(.path)'
}
judged() { # name
  by_name <"$WORK/reports/all.json" >"$WORK/merged"
  if [ "$code" -eq "$expected" ]; then result 0 "$1: exit code"; else result 1 "$1: exit code" "$code, expected $expected"; fi
  same "$1: what one call says" "$WORK/called/sorted" "$WORK/merged"
  holds "$1: a page" grep -q '^<!doctype html>' "$WORK/reports/all.html"
}
fleet() { # script, directory of traces, shares
  code=0
  timeout 300 "$samples/$1" "$2" "$WORK/reports" "$3" >"$WORK/out" 2>"$WORK/err" || code=$?
}

analyze_all
for share in 0 1 2 3; do
  mkdir -p "$WORK/reports"
  cp "$WORK/list" "$WORK/reports/traces"
  "$samples/share.sh" 4 "$WORK/reports" $share >"$WORK/out" 2>"$WORK/err"
done
code=0
"$samples/merge.sh" 4 "$WORK/reports" >"$WORK/out" 2>"$WORK/err" || code=$?
judged "four shares by hand"
rm "$WORK/reports/share-2.json"
code=0
"$samples/merge.sh" 4 "$WORK/reports" >"$WORK/out" 2>"$WORK/err" || code=$?
check "a share is missing" 2 "share-2.json: No such file" "^INCONCLUSIVE  in all: 5 traces: 1 unreadable"
mkdir "$WORK/empty"
fleet parallel.sh "$WORK/empty" 2
check "no trace" 2 "there is no trace in"

# --- One trace in shards. ---
huge="$WORK/huge trace.zst" results=$WORK/results
"$WSCHECK" import "$CASES/owner_and_thief_both_take.jsonl" -o "$huge"
mkdir "$results"
whole=0
"$WSCHECK" analyze "$huge" >"$WORK/whole" 2>"$WORK/err" || whole=$?
merged() { # name
  if [ "$code" -eq "$whole" ]; then result 0 "$1: exit code"; else result 1 "$1: exit code" "$code, expected $whole"; fi
  same "$1: what one machine says" "$WORK/whole" "$WORK/out"
}
for shard in 0 1 2; do
  "$samples/shard.sh" 3 "$huge" "$results" $shard >"$WORK/out" 2>"$WORK/err"
done
code=0
"$samples/merge-shards.sh" 3 "$results" >"$WORK/out" 2>"$WORK/err" || code=$?
merged "three shards by hand"
rm "$results/shard.1"
code=0
"$samples/merge-shards.sh" 3 "$results" >"$WORK/out" 2>"$WORK/err" || code=$?
check "a shard is missing" 2 "shard 1 of 3 is missing"

if command -v parallel >/dev/null && parallel --version 2>/dev/null | grep -q '^GNU parallel'; then
  fleet parallel.sh "$WORK/traces" 3
  judged "GNU parallel"
  fleet parallel.sh "$WORK/traces" 99
  judged "GNU parallel, more shares than traces"
  seq 0 4 | parallel --will-cite -q "$WSCHECK" analyze --shard '{}/5' -o "$results/shard.{}" "$huge"
  run merge "$results"/shard.[0-4]
  merged "GNU parallel, one trace"
else
  echo "ok GNU parallel # SKIP it is not installed"
fi

# --- Slurm. ---
for tool in munged slurmctld slurmd sbatch scontrol; do
  command -v $tool >/dev/null || missing="${missing:-} $tool"
done
if [ -n "${missing:-}" ] || [ "$(id -u)" -ne 0 ]; then
  echo "ok a Slurm job array # SKIP ${missing:+there is no$missing}${missing:-slurmd is to run as root}"
  finish
fi

host=$(hostname -s)
slurm=$WORK/slurm
mkdir -m 700 "$slurm" "$slurm/state" "$slurm/spool"
chmod 755 "$slurm"
dd if=/dev/urandom of="$slurm/munge.key" bs=128 count=1 2>/dev/null
chmod 400 "$slurm/munge.key"
free_ports() { # of the moment, told apart by the process
  python3 -c 'import socket
sockets = [socket.socket() for _ in range(2)]
for s in sockets: s.bind(("127.0.0.1", 0))
print(*(s.getsockname()[1] for s in sockets))'
}
read -r controller node <<EOT
$(free_ports)
EOT
cat >"$slurm/slurm.conf" <<EOT
ClusterName=test
SlurmctldHost=$host(127.0.0.1)
SlurmctldPort=$controller
SlurmdPort=$node
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket=$slurm/munge.socket
CredType=cred/munge
StateSaveLocation=$slurm/state
SlurmdSpoolDir=$slurm/spool
SlurmctldPidFile=$slurm/slurmctld.pid
SlurmdPidFile=$slurm/slurmd.pid
SlurmctldLogFile=$slurm/slurmctld.log
SlurmdLogFile=$slurm/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
MailProg=/bin/true
SchedulerType=sched/builtin
SchedulerParameters=batch_sched_delay=0,sched_interval=1
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SlurmdParameters=config_overrides
ReturnToService=2
NodeName=$host NodeAddr=127.0.0.1 CPUs=2
PartitionName=all Nodes=ALL Default=YES
EOT
export SLURM_CONF="$slurm/slurm.conf"
daemons=
# shellcheck disable=SC2317 # the trap calls it
stop() {
  for pid in $daemons; do kill "$pid" 2>/dev/null; done
  for pid in $daemons; do wait "$pid" 2>/dev/null; done
}
trap stop EXIT
munged --force --foreground --key-file="$slurm/munge.key" --socket="$slurm/munge.socket" --pid-file="$slurm/munge.pid" \
  --seed-file="$slurm/munge.seed" --log-file="$slurm/munge.log" >"$slurm/munged.out" 2>&1 &
daemons="$daemons $!"
slurmctld -D -c >"$slurm/slurmctld.out" 2>&1 &
daemons="$daemons $!"
slurmd -D -N "$host" >"$slurm/slurmd.out" 2>&1 &
daemons="$daemons $!"
tries=0
until sinfo -h -o %T 2>/dev/null | grep -qx idle || [ $tries -eq 60 ]; do
  tries=$((tries + 1))
  sleep 1
done
if ! sinfo -h -o %T 2>"$WORK/err" | grep -qx idle; then
  echo "ok a Slurm job array # SKIP no cluster can be started here: $(grep -h -m1 -e 'fatal' -e 'error' "$slurm"/*.out "$slurm"/*.log)"
  finish
fi
fleet submit.sh "$WORK/traces" 3
judged "Slurm"
holds "Slurm: text is printed" grep -q '^PASS  in all: 5 traces: 5 pass$' "$WORK/out"
code=0
timeout 300 "$samples/trace.sh" "$huge" "$results" 3 >"$WORK/out" 2>"$WORK/err" || code=$?
merged "Slurm, one trace"
cp "$huge" "$WORK/traces/run 6.zst"
head -c 300 "$WORK/traces/run 6.zst" >"$WORK/traces/run 7.zst"
analyze_all
fleet submit.sh "$WORK/traces" 4
judged "Slurm, with traces that fail and are damaged"
finish
