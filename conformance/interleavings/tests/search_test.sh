#!/bin/sh
# SPDX-License-Identifier: MIT
#
# The command passes on every backend; a fault in the kernel's place is found on each of them, and each faulty module.
#   search_test.sh FOLDER_OF_PROGRAM MODULE...
set -eu
loopmark=$1/loopmark
worker=$1/loopmark-interleavings
shift
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
die() {
  echo "search_test: $*" >&2
  exit 1
}
# finds NAME FAULT OPTION...: the worker must find that fault; says how many schedules it took.
finds() {
  name=$1
  fault=$2
  shift 2
  status=0
  timeout -s KILL 120 "$worker" --backend "$name" "$@" >"$folder/out" 2>&1 || status=$?
  [ $status -eq 1 ] || die "$name $*: not found (status $status): $(cat "$folder/out")"
  grep -q "\"fault\":\"[^\"]*$fault" "$folder/out" || die "$name: another fault: $(cat "$folder/out")"
  echo "$name: found, $(grep -o '"\(scenario\|schedule\)":[^,]*' "$folder/out" | tr '\n' ' ')"
}

# FAULTS.md leaves some faults to the searches: those must be among what they are tried on.
left=$(grep '^| ' ../mutants/FAULTS.md | grep -o 'interleavings/[a-z_]*' | sort -u)
[ -n "$left" ] || die "FAULTS.md leaves nothing to a search"
for name in $left; do
  grep -qs "${name#*/}" CMakeLists.txt queue/CMakeLists.txt || die "FAULTS.md: $name is searched for nowhere"
done

"$loopmark" interleavings --preemptions 1 --calls 100000 --seed 1 >"$folder/table" || die "$(cat "$folder/table")"
cat "$folder/table"
backends=$(awk '$NF == "pass" { print $1 }' "$folder/table")
[ "$(echo "$backends" | wc -l)" -ge 3 ] || die "not every backend has passed"

for name in $backends; do
  finds "$name" 'no thread can go on' --plant early_wakes_lost --preemptions 1
done
for module in "$@"; do
  finds "mutant/$(basename "$module" .so)+epoll" '' --module "$module" --preemptions 1
  case $module in
    */thr_batch_reversed.so)
      finds mutant/thr_batch_reversed+epoll 'in its order' --module "$module" --scenario none --calls 10000 ;;
    */thr_wake_forgotten.so)
      finds mutant/thr_wake_forgotten+epoll 'calls are lost' --module "$module" --scenario none --calls 10000 --patience 1 ;;
  esac
done

status=0
"$loopmark" interleavings -b epoll --scenario fly >"$folder/out" 2>&1 || status=$?
[ $status -eq 2 ] || die "an unknown scenario ends with status $status"
grep -q "no scenario 'fly'; there are none, one_call" "$folder/out" || die "$(cat "$folder/out")"
