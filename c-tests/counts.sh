#!/bin/sh
# What the hot path may cost, as counts and not as times: system calls and heap allocations of a
# kept-alive exchange, memory and copies of a large download. Needs strace, and in LIBDIR the shared
# library; HC_TESTSERVER is the path of testserver.
#
#     LIBDIR=target/release/lib HC_TESTSERVER=target/release/testserver c-tests/counts.sh
set -eu
cd "$(dirname "$0")"
: "${LIBDIR:?the directory of libhttpclient.so}" "${HC_TESTSERVER:?the path of testserver}"
command -v strace >/dev/null || { echo "counts.sh: strace is missing" >&2; exit 2; }

out=$(mktemp -d)
servers=
trap 'kill $servers 2>/dev/null || :; rm -rf "$out"' EXIT
passed=0
failed=0

# check NAME ACTUAL EXPECTED
check() {
    if [ "$2" = "$3" ]; then
        passed=$((passed + 1))
        echo "ok      $1: $2"
    else
        failed=$((failed + 1))
        echo "FAILED  $1: $2, expected $3"
    fi
}

warnings='-std=c99 -Wall -Wextra -Wpedantic -Werror'
# shellcheck disable=SC2086 # several flags in one word
gcc $warnings -O1 -I../include counts.c -L"$LIBDIR" -lhttpclient -o "$out/counts"
LD_LIBRARY_PATH=$(realpath "$LIBDIR")
export LD_LIBRARY_PATH
# shellcheck disable=SC2086
gcc $warnings -O1 -shared -fPIC count_malloc.c -o "$out/count_malloc.so"

# serve OPTION...: starts a server; its port goes to $port.
serve() {
    rm -f "$out/port"
    "$HC_TESTSERVER" serve --ignore-stdin --port-file "$out/port" "$@" >/dev/null &
    server=$!
    servers="$servers $server"
    while [ ! -s "$out/port" ]; do
        kill -0 "$server"
        sleep 0.05
    done
    port=$(cat "$out/port")
}

serve

# trace MODE N: the system calls between the two markers, one a line.
trace() {
    strace -f -o "$out/trace" "$out/counts" "$1" "$port" "$2" >/dev/null
    sed 's/^[0-9]* *//' "$out/trace" | awk '/^getppid/ { inside = !inside; next } inside' >"$out/calls"
}

# calls MODE: the names of the system calls of an exchange; the same for each of 100.
calls() {
    trace "$1" 100
    sed 's/(.*//' "$out/calls" | sort | uniq -c | awk '{ printf "%s%s %g", sep, $2, $1 / 100; sep = ", " }'
}

# 1. System calls: look, send, receive.
look=$(calls get)
check "system calls of a GET of 1 KiB" "$(wc -l <"$out/calls")" 300
echo "        each: $look"
bare=$(calls look-off)
check "system calls without the look" "$(wc -l <"$out/calls")" 200
echo "        each: $bare"
post=$(calls post)
check "system calls of a POST of 1 KiB" "$(wc -l <"$out/calls")" 300
echo "        each: $post"
check "system calls that send for 100 POSTs" "$(grep -cE '^(send|write)' "$out/calls")" 100
# Head and body in each: the call returns more than the body alone.
check "of them with head and body" \
    "$(grep -E '^(send|write)' "$out/calls" | awk '$NF > 1024' | wc -l)" 100
# Head, each piece with what makes it a chunk, the last chunk: one send each.
pieces=$(calls pieces)
check "system calls of a POST of two chunks" "$(wc -l <"$out/calls")" 600
echo "        each: $pieces"

# 2. Heap allocations.
for mode in get look-off post pieces; do
    LD_PRELOAD="$out/count_malloc.so" "$out/counts" "$mode" "$port" 1000 2>"$out/allocations"
    check "heap allocations of 1000 exchanges ($mode)" "$(cat "$out/allocations")" "allocations 0"
done

# A socket and its stream; with a handle each, all that is behind that, too.
LD_PRELOAD="$out/count_malloc.so" "$out/counts" reopen "$port" 1000 2>"$out/allocations"
check "heap allocations of 1000 connections" "$(cat "$out/allocations")" "allocations 2000"
LD_PRELOAD="$out/count_malloc.so" "$out/counts" open "$port" 1000 2>"$out/allocations"
check "heap allocations of 1000 connections with handles" "$(cat "$out/allocations")" "allocations 8000"

# 3. A large download: as much memory for 1 GiB as for 8 MiB, give or take what pages happen to be
# touched, and every receive into the caller's piece of 1 MiB.
small=$("$out/counts" download "$port" $((8 << 20)))
large=$("$out/counts" download "$port" $((1 << 30)))
echo "        peak memory: $small KiB for 8 MiB, $large KiB for 1 GiB"
check "memory grows with the download" "$([ $((large - small)) -lt 512 ] && echo no || echo yes)" no
trace download $((64 << 20))
# recvfrom(fd, "…"..., SIZE, ...): the first may fill what the head left of the first piece.
check "receives of less than the rest of the caller's piece" "$(
    grep -E '^recv' "$out/calls" | awk '
        BEGIN { room = 1048576 }
        {
            match($0, /, [0-9]+, [A-Z0|_x]+, /)
            split(substr($0, RSTART + 2), part, ",")
            if (part[1] != room && NR > 1) wrong++
            if (NR == 1) room = part[1]
            room -= $NF
            if (room == 0) room = 1048576
        }
        END { print wrong + 0 }'
)" 0

# 4. Over TLS the same system calls; the allocations are rustls's, one for each record.
"$HC_TESTSERVER" certs "$out" >/dev/null
serve --tls "$out/server.pem" "$out/server.key"
export HC_CA="$out/ca.pem"
look=$(calls get)
check "system calls of a GET of 1 KiB over TLS" "$(wc -l <"$out/calls")" 300
echo "        each: $look"
bare=$(calls look-off)
check "system calls over TLS without the look" "$(wc -l <"$out/calls")" 200
echo "        each: $bare"
post=$(calls post)
check "system calls of a POST of 1 KiB over TLS" "$(wc -l <"$out/calls")" 300
echo "        each: $post"
LD_PRELOAD="$out/count_malloc.so" "$out/counts" get "$port" 1000 2>"$out/allocations"
check "heap allocations of 1000 exchanges over TLS" "$(cat "$out/allocations")" "allocations 2000"

# 5. Opening: every call of a connection from its socket to its close, the system's random numbers
# and the farewell included. A server may send its session tickets apart from its answer, which takes
# a receive more.
for mode in open resume; do
    each=$(calls "$mode")
    check "connections over TLS that take more than 13 system calls ($mode)" \
        "$(awk '/^socket/ { n = 0 } ++n == 14 { wrong++ } END { print wrong + 0 }' "$out/calls")" 0
    echo "        on average $(awk 'END { print NR / 100 }' "$out/calls"): $each"
done

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
