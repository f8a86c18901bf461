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

# found MUTANT CASE FAULT OUTCOME: the fault has this outcome on the mutant, and no bad one on the loop it was made from.
found() {
  run 1 --module "$build/fault_mutants/$1.so" -b "mutant/$1" -k "$2" --fault "$3"
  grep -q "^$4  mutant/$1  $2  $3\$" "$folder/output" || fail "$1 is not found as $4"
  run 0 -b epoll -k "$2" --fault "$3"
}

run 0 -b epoll --count 400 --seed 1
grep -q '^400 faults, 0 bad' "$folder/output" || grep -q '; [0-9]* more were not met' "$folder/output" ||
  fail 'not all faults were made'

found fault_interrupted_is_the_end XP-PROTO-01/@A recv:1:EINTR silent
found fault_interrupted_wake_is_lost THR-FROM-01/@B write:1:EINTR hang
found fault_slot_without_its_call TIME-@C new:1:bad_alloc crash
found fault_unbound_socket_stays_open TCPL-@D bind:1:EADDRINUSE leak

run 2 -b epoll --fault nonsense
run 2 -b epoll -k TIME --fault recv:0:EINTR
