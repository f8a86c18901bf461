#!/bin/sh
# SPDX-License-Identifier: MIT
#
# The worker for programs and the command: programs that are kept, random ones, and faults that are found and shrunk.
#   programs_test.sh FOLDER_OF_PROGRAM FOLDER_OF_KEPT MODULE_OF_A_MUTANT...
set -eu
programs=$1/loopmark-programs
loopmark=$1/loopmark
kept=$2
shift 2
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
die() {
  echo "programs_test: $*" >&2
  exit 1
}

for program in "$kept"/*.program; do
  "$loopmark" programs --program "$program" >"$folder/out" || die "$program: $(cat "$folder/out")"
done
"$loopmark" programs --count 200 --seed 1 --keep "$folder" >"$folder/out" || die "$(cat "$folder/out")"
[ "$(grep -c pass "$folder/out")" -ge 3 ] || die "not every backend has passed: $(cat "$folder/out")"

for mutant in "$@"; do
  name=mutant/$(basename "$mutant" .so)+epoll
  found=$folder/$(basename "$mutant" .so)
  status=0
  "$loopmark" programs -b "$name" --module "$mutant" --seed 1 --keep "$found" >"$folder/out" || status=$?
  [ $status -eq 1 ] || die "$name is not caught (status $status): $(cat "$folder/out")"
  found=$(echo "$found"/*.program)
  lines=$(grep -cv '^#' "$found")
  [ "$lines" -le 10 ] || die "$name: shrunk to $lines calls only"
  for again in 1 2 3; do
    status=0
    "$programs" --backend "$name" --module "$mutant" --program "$found" >/dev/null || status=$?
    [ $status -eq 1 ] || die "$name: the program does not show the fault again (trial $again)"
  done
  "$programs" --backend epoll --program "$found" >/dev/null || die "$name: its program fails on a right backend"
done

echo "fly 1" >"$folder/bad"
status=0
"$programs" --backend epoll --program "$folder/bad" 2>"$folder/out" || status=$?
[ $status -eq 2 ] || die "a bad program ends with status $status"
grep -q "line 1: there is no action 'fly'" "$folder/out" || die "$(cat "$folder/out")"
