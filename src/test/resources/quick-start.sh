#!/bin/sh
# Pingora's quick start for upgrades, as a user types it. Runs in an empty directory.
#   $1  bin/sluice
#   PORT, ADMIN, BACKEND  ports of the proxy, the management plane and a backend
set -eu
sluice="$1"

get() {
    curl -sS --fail --max-time 30 "http://127.0.0.1:$PORT/small"
}

ended() {
    tail --pid="$1" -f /dev/null
}

cat >conf.yaml <<END
version: 1
threads: 2
pid_file: load_balancer.pid
error_log: load_balancer_err.log
upgrade_sock: load_balancer.sock
sluice:
  listeners: [{address: "127.0.0.1:$PORT"}]
  admin: {address: "127.0.0.1:$ADMIN"}
  bootstrap:
    pools: [{id: default, backends: ["127.0.0.1:$BACKEND"]}]
END

"$sluice" -t -c conf.yaml
"$sluice" -d -c conf.yaml
first="$(cat load_balancer.pid)"
get

# the signal, then the new process
kill -QUIT "$first"
get
"$sluice" -u -d -c conf.yaml
second="$(cat load_balancer.pid)"
[ "$second" != "$first" ]
get
ended "$first"
get

# the new process, then the signal, which has nothing left to do
"$sluice" -u -d -c conf.yaml
third="$(cat load_balancer.pid)"
[ "$third" != "$second" ]
kill -QUIT "$second" 2>/dev/null || echo "process $second has ended before the signal"
get
ended "$second"
get

kill -TERM "$third"
ended "$third"
[ ! -e load_balancer.pid ]
[ ! -e load_balancer.sock ]
echo "done: $first $second $third"
