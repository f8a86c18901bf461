#!/bin/sh
# SPDX-License-Identifier: MIT
#
# The profile of the libraries: every subject is answered, twice in the same way, and the probes notice when a library
# behaves otherwise.
#   profile_test.sh FOLDER_OF_PROGRAM PLANTED_LIBEVENT PLANTED_LIBEV
set -eu
loopmark=$1/loopmark
worker=$1/loopmark-profile
libevent=$1/modules/libevent.so
libev=$1/modules/libev.so
planted_libevent=$2
planted_libev=$3
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
die() {
  echo "profile_test: $*" >&2
  exit 1
}

for run in 1 2; do
  "$loopmark" profile -b 'libevent/*,libev/*' --format json --out "$folder/json.$run" --progress none \
    2>"$folder/errors" || die "$(cat "$folder/errors")"
  "$loopmark" profile -b 'libevent/*,libev/*' --format md --out "$folder/md.$run" --progress none
done
cmp "$folder/json.1" "$folder/json.2" || die "two runs differ"
cmp "$folder/md.1" "$folder/md.2" || die "two runs differ"
subjects=$("$worker" --list | wc -l)
answers=$(grep -c '"answer": "[a-z]' "$folder/json.1")
[ "$answers" -eq $((subjects * 7)) ] || die "$answers answers to $subjects subjects on 7 backends"
! grep -E '"answer": "(unanswered|not-probed)"' "$folder/json.1" || die "not every subject is answered"

"$loopmark" list clauses >"$folder/clauses"
for clause in $("$worker" --list | sed -n 's/.*"clauses":"\([^"]*\)".*/\1/p'); do
  grep -q " $clause " "$folder/clauses" || die "there is no clause $clause"
done

# answer MODULE BACKEND SUBJECT
answer() {
  "$worker" --module "$1" --backend "$2" --subject "$3" 2>"$folder/errors" >"$folder/out" || true
  sed -n 's/.*"answer":"\([^"]*\)".*/\1/p' "$folder/out"
}
# is MODULE BACKEND SUBJECT ANSWER
is() {
  found=$(answer "$1" "$2" "$3")
  [ "$found" = "$4" ] || die "$2 $3 from $1: '$found' instead of '$4': $(cat "$folder/errors")"
}

# What the manuals leave no doubt about.
is "$libevent" libevent/epoll nothing-registered returns
is "$libevent" libevent/poll batch-after-exit run
is "$libevent" libevent/select watcher-stays ends
is "$libevent" libevent/epoll signal-restart restarts
is "$libev" libev/epoll nothing-registered returns
is "$libev" libev/poll child-reaping all
is "$libev" libev/select run-in-callback nests
is "$libev" libev/epoll wake-coalescing one

# Planted: what the same probes say of a library that behaves otherwise.
is "$libevent" libevent/epoll activation deferred
is "$planted_libevent" libevent/epoll activation inside
is "$libevent" libevent/epoll negative-delay at-once
is "$planted_libevent" libevent/epoll negative-delay refused
is "$planted_libevent" libevent/epoll nothing-registered waits
is "$libevent" libevent/poll stop-before-run forgotten
is "$planted_libevent" libevent/poll stop-before-run remembered
is "$libevent" libevent/poll batch-after-stop kept
is "$planted_libevent" libevent/poll batch-after-stop run
is "$libevent" libevent/select timer-base-callback cached
is "$planted_libevent" libevent/select timer-base-callback fresh
is "$libevent" libevent/select cancel-collected dropped
is "$planted_libevent" libevent/select cancel-collected called
is "$libev" libev/epoll wake-from-thread wakes
is "$planted_libev" libev/epoll wake-from-thread not-noticed
is "$libev" libev/poll activation deferred
is "$planted_libev" libev/poll activation inside
is "$libev" libev/poll cancel-collected dropped
is "$planted_libev" libev/poll cancel-collected called
is "$planted_libev" libev/select run-in-callback returns
is "$libev" libev/select timer-base-idle cached
is "$planted_libev" libev/select timer-base-idle fresh
is "$planted_libev" libev/select wake-coalescing "" # none of three wake-ups is no answer

# refuses STATUS ARGUMENT...
refuses() {
  expected=$1
  shift
  status=0
  "$loopmark" profile --progress none "$@" >"$folder/out" 2>"$folder/errors" || status=$?
  [ $status -eq "$expected" ] || die "$* ends with $status: $(cat "$folder/errors")"
  [ "$(wc -l <"$folder/errors")" -eq 1 ] || die "$*: $(cat "$folder/errors")"
}
refuses 2 -k stop-before-rum
refuses 4 -k 'nosuch*'
refuses 4 -b epoll
refuses 3 -b libev/epoll -k readiness --out "$folder/none/out"
