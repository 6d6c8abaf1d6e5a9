#!/usr/bin/env bash
# The demonstration: a simulated licence server writes var/demo/demo.log, and Seatwatch reads it as config.yaml says.
# Ctrl-C ends both.
set -euo pipefail
cd "$(dirname "$0")/.."
seatwatch=.venv/bin/seatwatch
log=var/demo/demo.log
mkdir -p "$(dirname "$log")"
touch "$log"

asked=''
trap 'asked=yes' INT TERM HUP
set -m  # each has its own process group, so Ctrl-C reaches this script alone, and it ends them in order

"$seatwatch" simulate --live "$log" &
server=$!
"$seatwatch" run --config config.yaml &
watch=$!

cat <<TEXT
A simulated licence server writes $log; Seatwatch reads it as config.yaml says.

  the page   http://127.0.0.1:9877/          (which features are nearest to their last seat)
  metrics    http://127.0.0.1:9877/metrics
  questions  $seatwatch status   (or: who, explain, export sessions, export windows --tier live)
  the end    Ctrl-C

TEXT

# Being asked to stop is no failure; otherwise whichever ends first says how it went, and takes the other with it.
ended=0
wait -n || ended=$?
[ -z "$asked" ] || ended=0
trap '' INT TERM HUP
kill -TERM "$server" "$watch" 2>/dev/null || true
wait "$server" || true
wait "$watch" || ended=$?
exit "$ended"
