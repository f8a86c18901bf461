#!/usr/bin/env bash
# The worker from outside: what it answers, and how it ends.
#   worker_test.sh PATH-OF-loopmark-workloads
set -u
worker=$1
failed=0
expect() {  # expect WHAT PATTERN TEXT
  case $3 in
    *$2*) ;;
    *) echo "FAILED: $1: expected \"$2\" in: $3"; failed=1 ;;
  esac
}
say() { printf '%s\n' "$@"; }

answers=$(say prepare 'slot 100 10' 'sample 100' verify quit |
  timeout -s KILL 60 "$worker" --workload ping_pong --arm epoll)
expect "prepare tells the mechanism" '"evidence":"epoll_wait' "$answers"
expect "slot counts its events" '"events":100,"wall_ns":' "$answers"
expect "latency comes with a sample" '"latency":{"least":' "$answers"
expect "verify" '{"verified":true}' "$answers"
expect "answers are result lines" 'LM1 ' "$answers"

number_of() { printf '%s' "$2" | sed -n "s/.*\"$1\":\([0-9]*\).*/\1/p" | head -n 1; }
answers=$(say prepare 'slot 2000' | timeout -s KILL 60 "$worker" --workload echo --param connections=1 --arm epoll)
cpu=$(number_of cpu_ns "$answers") && wall=$(number_of wall_ns "$answers")
[ "$cpu" -le "$wall" ] || { echo "FAILED: the clients' processor time is counted: $answers"; failed=1; }

answers=$(timeout -s KILL 60 "$worker" --workload ping_pong --arm epoll --events 20,10 2>&1)
expect "slots of given sizes" '{"events":10}' "$answers"
expect "and their end" '{"verified":true}' "$answers"
answers=$(timeout -s KILL 60 "$worker" --workload fd_scaling --param fds=100 --param active=100 --arm epoll --events 10,60 2>&1)
expect "slots of work that has a least number" '{"events":100}' "$answers"
expect "are larger in proportion" '{"events":600}' "$answers"
errors=$(timeout -s KILL 60 "$worker" --workload ping_pong --arm epoll --events 20,0 2>&1); code=$?
expect "a slot of no events" "Value 0 not in range 1 to 1000000000" "$errors"
expect "and exit code 2" 2 $code

answers=$(say prepare 'slot 400' | timeout -s KILL 60 "$worker" --workload open_loop --param load=50 --arm epoll)
expect "prepare tells the pace that it found" '"pace":' "$answers"
answers=$(say prepare 'slot 400' |
  timeout -s KILL 60 "$worker" --workload open_loop --param load=50 --arm epoll --pace 40000.5)
expect "a pace that is given is kept" '"pace":40000.5' "$answers"
expect "and gone by" '"planned_rate":20000.25' "$answers"
errors=$(timeout -s KILL 60 "$worker" --workload open_loop --arm epoll --pace 0 2>&1 </dev/null); code=$?
expect "a pace of nothing" "--pace: Value 0 not in range" "$errors"
expect "and exit code 2" 2 $code

answers=$(say prepare | timeout -s KILL 60 "$worker" --workload fd_scaling --param fds=90000000 --arm bare/poll)
expect "a size beyond the limit is refused with numbers" '{"refused":"needs 180000040 descriptors' "$answers"
answers=$(say prepare | timeout -s KILL 60 "$worker" --workload fd_scaling --param fds=1100 --arm select)
expect "select's limit" '{"refused":"cannot watch descriptor 10' "$answers"

errors=$(timeout -s KILL 60 "$worker" --workload ping_pnog --arm epoll 2>&1 </dev/null); code=$?
expect "an unknown workload gets a suggestion" "did you mean 'ping_pong'?" "$errors"
expect "and exit code 2" 2 $code
errors=$(timeout -s KILL 60 "$worker" --workload ping_pong --arm epol 2>&1 </dev/null); code=$?
expect "an unknown arm gets a suggestion" "did you mean 'epoll'?" "$errors"
expect "and exit code 3" 3 $code
errors=$(timeout -s KILL 60 "$worker" --workload echo --arm epoll --cpus 0,1023 2>&1 </dev/null); code=$?
expect "a second thread's CPU that is not there" "cannot be pinned to CPU 1023" "$errors"
expect "and exit code 3" 3 $code
answers=$(say prepare | timeout -s KILL 60 "$worker" --workload fd_scaling --param fds=10 --param active=11 --arm epoll)
expect "parameters that do not go together" '{"refused":"active=11 is more than fds=10' "$answers"
errors=$(timeout -s KILL 60 "$worker" --workload ping_pong --arm epoll --param byte=1 2>&1 </dev/null); code=$?
expect "an unknown parameter" "did you mean 'bytes'?" "$errors"
expect "and exit code 2" 2 $code
errors=$(say 'slot 10' | timeout -s KILL 60 "$worker" --workload ping_pong --arm epoll 2>&1); code=$?
expect "a slot before prepare" "prepare must come before" "$errors"
expect "and exit code 2" 2 $code
errors=$(say prepare 'slot many' | timeout -s KILL 60 "$worker" --workload ping_pong --arm epoll 2>&1); code=$?
expect "a bad command" "no such command" "$errors"
expect "and exit code 2" 2 $code
exit $failed
