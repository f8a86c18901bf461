#!/bin/sh
# SPDX-License-Identifier: MIT
#
# The sweep of failing calls, as its users start it.  faults_test.sh BUILD_FOLDER
# Our own loop stands a random part of it, and planted faults of each kind are found.
set -eu
build=$1
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
export LOOPMARK_RESULTS="$folder/runs"

fail() {
  echo "faults_test: $*" >&2
  cat "$folder/output" >&2
  exit 1
}

# run STATUS ARGUMENT...
run() {
  wanted=$1
  shift
  status=0
  "$build/loopmark" faults --progress none "$@" >"$folder/output" 2>&1 || status=$?
  [ "$status" -eq "$wanted" ] || fail "faults $*: exit $status instead of $wanted"
}

# found MUTANT CASES OUTCOMES: among the faults of these cases are such on the mutant, and none on the loop it was made from.
found() {
  run 1 --module "$build/fault_mutants/$1.so" -b "mutant/$1+epoll" -k "$2" --timeout 3s
  grep -Eq "^($3)  mutant/$1[+]epoll  " "$folder/output" || fail "$1 is not found as $3"
  run 0 -b epoll -k "$2"
}

run 0 -b epoll --count 400 --seed 1
grep -Eq '^[0-9]+ faults, 0 bad.* seed 1$' "$folder/output" || fail 'no summary'

found fault_interrupted_is_the_end HALF-01 silent
found fault_interrupted_signal_is_lost SIG-01 hang
found fault_reason_needs_memory FD-ERR-06 crash
found fault_unbound_socket_stays_open TCPL-19 leak
found fault_failed_listen_leaves_the_file UNIX-03 leak
found fault_failed_look_up_is_kept CORE-RES-04 leak
found fault_failed_thread_keeps_the_lock THR-IN-01 hang
found fault_no_room_drops_data XP-WRITE-02/WriteSequenceIsItsParts broken
found fault_shutdown_forgets_descriptors CORE-STOP-13 broken
found fault_release_needs_memory TIME-CANCEL crash

run 2 -b epoll --fault nonsense
run 2 -b epoll -k TIME --fault recv:0:EINTR
