#!/bin/bash
# The torture test: see runner.c. Arguments are scenarios; without any all of them run.
#
#     RELEASED=target/release/lib CHECKED=target/debug/lib HC_TESTSERVER=target/debug/testserver c-tests/torture/run.sh
#
# Both are folders with a libhttpclient.a. Of the scenarios with TLS only those aborts count that come from code of
# ours; they run with the one that has debug information, to tell them apart, and the others with the fast one.
set -u
cd "$(dirname "$0")/../.." || exit 1
: "${RELEASED:?a folder with libhttpclient.a}" "${CHECKED:?a folder with libhttpclient.a}"
: "${HC_TESTSERVER:?the path of testserver}"
folder=$(mktemp -d)
servers=()
trap 'kill "${servers[@]}" 2>/dev/null; rm -rf "$folder"' EXIT

# compile LIBRARY PROGRAM
compile() {
    local native
    read -ra native <"$1/native-static-libs.txt"
    gcc -std=c99 -Wall -Wextra -Wpedantic -Werror -g -O1 -Iinclude c-tests/torture/*.c "$1/libhttpclient.a" \
        "${native[@]}" -o "$folder/$2"
}
compile "$RELEASED" fast && compile "$CHECKED" traced || exit 1
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
# A port that is bound and not listened on, and a Unix socket that closes what comes.
python3 - "$folder" <<'SOCKETS' &
import os, socket, sys
inet = socket.socket()
inet.bind(("127.0.0.1", 0))
unix = socket.socket(socket.AF_UNIX)
unix.bind(sys.argv[1] + "/socket")
unix.listen(128)
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

# torture PROGRAM SCENARIO...: what it prints, with who is to blame for its aborts.
torture() {
    local program=$folder/$1
    shift
    "$program" "$plain" "$tls" "$(cat "$folder/closed")" "$folder" "$@" |
        python3 c-tests/torture/blame.py "$program"
}
set -o pipefail
if [ $# -gt 0 ]; then
    torture traced "$@"
else
    status=0
    torture fast plain || status=1
    torture traced tls || status=1
    exit $status
fi
