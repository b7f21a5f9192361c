#!/bin/sh
# run.sh [PLAIN [TLS]]: builds loops.c, and runs it against an nginx of its own with so many
# connections (10,000 and 2,000).
set -eu
cd "$(dirname "$0")/../.."
PATH=$PATH:/usr/sbin:/sbin
library=$(tools/library.sh release 2>/dev/null)
cargo build --locked --quiet --package testserver
work=$(mktemp -d)
# nginx drops root's rights for its workers, which must get at their files.
chmod 755 "$work"
nginx=
trap '[ -z "$nginx" ] || kill "$nginx" 2>/dev/null; rm -rf "$work"' EXIT

"${CARGO_TARGET_DIR:-target}/debug/testserver" certs "$work"
# nginx takes no port of the system's choice: one that is free now.
# shellcheck disable=SC2046 # two words
set -- "${1:-10000}" "${2:-2000}" $(python3 -c '
import socket
sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(2)]
print(*[s.getsockname()[1] for s in sockets])')
# shellcheck disable=SC3045 # POSIX has it since 2024
ulimit -n "$(ulimit -Hn)"
cat >"$work/nginx.conf" <<CONF
daemon off;
pid $work/pid;
error_log $work/errors warn;
events { worker_connections 16384; }
http {
    access_log off;
    keepalive_timeout 600s;
    keepalive_requests 1000000;
    client_body_temp_path $work/1; proxy_temp_path $work/2; fastcgi_temp_path $work/3;
    uwsgi_temp_path $work/4; scgi_temp_path $work/5;
    server {
        listen 127.0.0.1:$3 backlog=4096;
        listen 127.0.0.1:$4 ssl backlog=4096;
        ssl_certificate $work/server.pem;
        ssl_certificate_key $work/server.key;
        location / { default_type text/plain; return 200 "Hello, world.\n"; }
    }
}
CONF
nginx -c "$work/nginx.conf" -e "$work/errors" &
nginx=$!
until [ -s "$work/pid" ]; do
    kill -0 $nginx
    sleep 0.05
done

# shellcheck disable=SC2046 # a list of options
cc -std=c11 -O2 -Wall -Wextra -Iinclude bench/loops/loops.c "$library/libhttpclient.a" \
    $(cat "$library/native-static-libs.txt") -o "$work/loops"
"$work/loops" "$3" "$1" "$4" "$2" "$work/ca.pem"
