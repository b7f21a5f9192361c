#!/bin/bash
# The torture test: see runner.c. Arguments are scenarios; without any all of them run.
#
#     LIBRARY=target/debug HC_TESTSERVER=target/debug/testserver c-tests/torture/run.sh
#
# LIBRARY is the folder of libhttpclient.a. Of TLS only those aborts count that come from code of ours:
# a library with debug information is needed to tell them apart.
set -u
cd "$(dirname "$0")/../.." || exit 1
: "${LIBRARY:?the folder of libhttpclient.a}" "${HC_TESTSERVER:?the path of testserver}"
folder=$(mktemp -d)
servers=()
trap 'kill "${servers[@]}" 2>/dev/null; rm -rf "$folder"' EXIT

read -ra native <"$LIBRARY/native-static-libs.txt"
gcc -std=c99 -Wall -Wextra -Wpedantic -Werror -g -O1 -Iinclude c-tests/torture/*.c \
    "$LIBRARY/libhttpclient.a" "${native[@]}" -o "$folder/torture" || exit 1
"$HC_TESTSERVER" certs "$folder" >/dev/null || exit 1
head -c 100000 /dev/zero >"$folder/file"

# serve OPTION...: starts a server; its port goes to $port.
serve() {
    rm -f "$folder/port"
    "$HC_TESTSERVER" serve --ignore-stdin --lifetime 43200 --port-file "$folder/port" "$@" >/dev/null &
    servers+=($!)
    while [ ! -s "$folder/port" ]; do
        kill -0 $! || exit 1
        sleep 0.05
    done
    port=$(cat "$folder/port")
}

serve
plain=$port
serve --tls "$folder/server.pem" "$folder/server.key"
tls=$port
# Two sockets that are there until the end: one bound and not listening, one with a backlog that nobody takes.
python3 - "$folder" <<'SOCKETS' &
import os, signal, socket, sys
inet = socket.socket()
inet.bind(("127.0.0.1", 0))
unix = socket.socket(socket.AF_UNIX)
unix.bind(sys.argv[1] + "/socket")
unix.listen(128)
unix.setblocking(True)
with open(sys.argv[1] + "/closed.new", "w") as file:
    file.write(str(inet.getsockname()[1]))
os.rename(sys.argv[1] + "/closed.new", sys.argv[1] + "/closed")
while True:
    unix.accept()[0].close()
SOCKETS
servers+=($!)
while [ ! -s "$folder/closed" ]; do
    kill -0 $! || exit 1
    sleep 0.05
done

set -o pipefail
"$folder/torture" "$plain" "$tls" "$(cat "$folder/closed")" "$folder" "$@" |
    python3 c-tests/torture/blame.py "$folder/torture"
