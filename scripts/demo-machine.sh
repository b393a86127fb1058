#!/usr/bin/env bash
# A machine to take pictures of: a host named demo, with its own processes, mounts and services, on which sysmond records.
#   unshare --mount --pid --uts --fork --kill-child --mount-proc scripts/demo-machine.sh EXECUTABLE FOLDER PORT
# Needs root. It runs until its standard input ends. FOLDER keeps the record; `sysmon web` gets in with --data-dir FOLDER/data.
set -eu
executable=$1 folder=$2 port=$3
mkdir -p "$folder/bin" "$folder/data" "$folder/www"
if [ "$(basename "$0")" != init ]; then
  # Where this repository lies is nobody's business either.
  cp "$0" "$folder/bin/init"
  cp "$executable" "$folder/bin/sysmon"
  ln -sf sysmon "$folder/bin/sysmond"
  cp "$(dirname "$0")/demo-controllers.py" "$folder/bin/controllers.py"
  cd "$folder"
  exec bash bin/init - "$folder" "$port"
fi
mount --make-rprivate /
hostname demo
# What else is mounted is this machine's own business.
awk '$2 !~ "^/($|proc|sys|dev|tmp|run)" { print $2 }' /proc/mounts | sort -r | while read -r place; do umount -l "$place" || true; done

mkdir -p /var/lib/sysmon
mount --bind "$folder/data" /var/lib/sysmon
export PATH="$folder/bin:/usr/sbin:/usr/bin:/sbin:/bin" HOME=/root
unset $(env | sed -n 's/^\([A-Za-z_]*\)=.*/\1/p' | grep -vE '^(PATH|HOME|LANG)$')
cd "$folder"

groups=/sys/fs/cgroup
[ -d $groups/unified ] && groups=$groups/unified
mkdir -p $groups/system.slice
slice=$groups/system.slice
if ! grep -qw memory $groups/cgroup.controllers; then
  slice=$folder/slice
  mkdir -p "$slice"
  mount --bind $groups/system.slice "$slice"
  mount -t tmpfs none $groups/system.slice
  unshare --mount python3 bin/controllers.py "$slice" $groups/system.slice &
fi
# As the service manager starts a service: in a control group of its own.
service() {
  local group="$slice/$1.service"
  shift
  mkdir -p "$group"
  bash -c 'echo $$ >"$0/cgroup.procs"; exec "$@"' "$group" "$@" >/dev/null 2>&1 </dev/null &
}
ended() {
  # Everything of this machine, and nothing else: it has process ids of its own.
  [ $$ -eq 1 ] && kill -KILL -1
  wait
  rmdir "$slice"/*.service
  [ "$slice" = $groups/system.slice ] || umount "$slice" $groups/system.slice
  rmdir $groups/system.slice || true
} 2>/dev/null
trap ended EXIT

cat >config.yaml <<'END'
alerts:
  channels:
    - {name: team, type: log, file: /var/lib/sysmon/alerts.log}
  rules:
    - name: cpu-short
      value: avg(system.pressure.some{resource="cpu"}, 30s)
      raise: 50%
      clear: 10%
      clear_for: 15m
      summary: "tasks wait for a CPU {{value}} of the time"
END
service sysmond sysmond --config config.yaml --web=127.0.0.1:"$port" --data-dir=/var/lib/sysmon
service web python3 -m http.server 18081 --bind 127.0.0.1 --directory www
service cache python3 -c 'import time; kept = bytearray(240 << 20); time.sleep(1e6)'
service database bash -c 'while :; do dd if=/dev/zero of=wal bs=64k count=320 oflag=dsync; sleep 4; done'
service backup bash -c 'while :; do tar -c /usr/share/doc | gzip -1 >backup.gz; sleep 55; done'
service worker stress-ng --cpu 1 --cpu-load 22 --vm 1 --vm-bytes 96m --vm-hang 4
# What there is to explain, and to be alerted of.
service report bash -c 'sleep 140; stress-ng --cpu 6 --timeout 50; sleep 1e6; true'
service cron bash -c 'while :; do sleep 25; md5sum /usr/bin/[a-m]*; done'
service probe bash -c 'while :; do curl -s http://127.0.0.1:18081/; sleep 0.5; done'
for name in 1 2 3; do sleep 100000 & done
cat >/dev/null
