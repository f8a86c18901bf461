#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Runs one example, and compares what it says with what it should say.  test.sh FOLDER-OF-THE-PROGRAMS NAME
set -eu
programs=$1
name=$2
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

case $name in
hello)
  "$programs/hello" >"$folder/said"
  cat >"$folder/expected" <<END
About to start the reactor.
Hello! The reactor is running, and it has called me back.
The reactor was stopped.
END
  ;;
choose_reactor)
  "$programs/choose_reactor" epoll | sed 's/epoll.*/epoll/' >"$folder/said"
  cat >"$folder/expected" <<END
running by: epoll
the second one is refused: a reactor is installed already
END
  ;;
countdown)
  "$programs/countdown" 10 >"$folder/said"
  printf 'Start!\n5 ...\n4 ...\n3 ...\n2 ...\n1 ...\nStop!\n' >"$folder/expected"
  ;;
exception)
  "$programs/exception" | sed 's/^\[.* threw/[... threw/' >"$folder/said"
  printf 'I fall down.\n[... threw: fallen]\nBut I get up again.\n' >"$folder/expected"
  ;;
echo)
  mkfifo "$folder/port"
  "$programs/echo_server" >"$folder/port" &
  server=$!
  trap 'kill "$server"; rm -rf "$folder"' EXIT
  read -r line <"$folder/port"
  "$programs/echo_client" "${line##* }" "Anybody here?" >"$folder/said"
  printf 'heard: Anybody here?\nthe end: the connection was closed cleanly\n' >"$folder/expected"
  ;;
subprocess)
  "$programs/subprocess" >"$folder/said"
  printf 'apple\nfig\npear\nthe child has ended: %s\nthe loop went on meanwhile\n' \
    "the process exited with status 0" >"$folder/expected"
  ;;
*)
  echo "test.sh: no example is called $name" >&2
  exit 2
  ;;
esac
diff -u "$folder/expected" "$folder/said"
