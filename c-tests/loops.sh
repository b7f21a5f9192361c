#!/bin/sh
# The examples of event loops and of a transport without a socket, against testserver.
set -eu
cd "$(dirname "$0")/.."
make --silent -C examples
library=$(tools/library.sh release 2>/dev/null)
programs=${library%/lib}/c-examples
server=${HC_TESTSERVER:?the path of testserver}
out=$(mktemp -d)
pids=
trap 'kill $pids 2>/dev/null || :; rm -rf "$out"' EXIT
passed=0
failed=0

# serve: starts a server; its port goes to $port.
serve() {
    rm -f "$out/port"
    "$server" serve --ignore-stdin --port-file "$out/port" >/dev/null &
    pids="$pids $!"
    until [ -s "$out/port" ]; do
        kill -0 $!
        sleep 0.05
    done
    port=$(cat "$out/port")
}

# check WHAT LINE STATUS COMMAND...: the last line of its output, and its exit status.
check() {
    what=$1 line=$2 status=$3
    shift 3
    set +e
    timeout 600 "$@" >"$out/actual" 2>"$out/errors"
    actual=$?
    set -e
    if [ "$actual" -eq "$status" ] && [ "$(tail -n 1 "$out/actual")" = "$line" ]; then
        echo "ok      $what"
        passed=$((passed + 1))
    else
        echo "FAILED  $what: exit status $actual, not $status; or not the line: $line"
        tail -n 5 "$out/actual" "$out/errors"
        failed=$((failed + 1))
    fi
}

# One connection more than this program's may be needed for each of the server's threads.
# shellcheck disable=SC3045 # POSIX has it since 2024
ulimit -n "$(ulimit -Hn)"
serve
url=http://127.0.0.1:$port
check "epoll: 1,000 connections" "1000 of 1000 exchanges succeeded, 2000000 bytes" 0 \
    "$programs/epoll" "$url/bytes/2000"
check "epoll: names, chunks and slow bodies" "20 of 20 exchanges succeeded, 20480 bytes" 0 \
    "$programs/epoll" "http://localhost:$port/bytes/1k?chunked=100&delay_ms=5" 20
check "epoll: responses that own their streams" "50 of 50 exchanges succeeded, 50000 bytes" 0 \
    "$programs/epoll" "$url/close?size=1000" 50
check "libev: 100 connections" "100 of 100 exchanges succeeded" 0 \
    "$programs/libev" "$url/bytes/2000"
check "libev: a name, and slow heads" "10 of 10 exchanges succeeded" 0 \
    "$programs/libev" "http://localhost:$port/slow-head?delay_ms=1" 10
check "libev: responses that own their streams" "50 of 50 exchanges succeeded" 0 \
    "$programs/libev" "$url/close?size=1000" 50
kill "$pids"
wait "$pids" 2>/dev/null || true
pids=
check "epoll: nobody listens" "0 of 3 exchanges succeeded, 0 bytes" 1 "$programs/epoll" "$url/" 3
check "libev: nobody listens" "0 of 3 exchanges succeeded" 1 "$programs/libev" "$url/" 3
# Neither speaks TLS.
check "epoll: https" "" 2 "$programs/epoll" "https://localhost:$port/"
check "libev: https" "" 2 "$programs/libev" "https://localhost:$port/"
check "memory_transport" "Hello, world." 0 "$programs/memory_transport"

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
