#!/bin/sh
# Exchanges with servers that others wrote: Python's http.server, and nginx where it is installed. Both
# listen on 127.0.0.1 only, in a directory of their own.
#
#     c-tests/real.sh PROGRAM [LAUNCHER...]
#
# PROGRAM is real.c, compiled with harness.c; LAUNCHER is put before it, such as valgrind.
set -eu
cd "$(dirname "$0")"
program=$1
shift

dir=$(mktemp -d)
python=
nginx=
stop() {
    for server in $python $nginx; do
        kill "$server" 2>/dev/null || true
        wait "$server" 2>/dev/null || true
    done
    rm -rf "$dir"
}
trap stop EXIT

mkdir "$dir/files"
echo hello >"$dir/files/small.txt"
dd if=/dev/zero of="$dir/files/large.bin" bs=5000000 count=1 2>/dev/null
chmod -R a+rX "$dir"

# answers PORT: waits until something listens there.
answers() {
    for _ in $(seq 200); do
        python3 -c "import socket; socket.create_connection(('127.0.0.1', $1), 1)" 2>/dev/null &&
            return
        sleep 0.05
    done
    echo "nothing listens on port $1" >&2
    exit 1
}

mkfifo "$dir/port"
python3 real_server.py "$dir/files" >"$dir/port" &
python=$!
read -r port <"$dir/port"
answers "$port"
echo "http.server of $(python3 --version):"
"$@" "$program" "$port" python

PATH=$PATH:/usr/sbin
if ! command -v nginx >/dev/null; then
    echo "skipped: no nginx"
    exit 0
fi
cat >"$dir/nginx.conf" <<END
daemon off;
worker_processes 1;
pid $dir/nginx.pid;
error_log $dir/error.log;
events { worker_connections 64; }
http {
    access_log off;
    client_body_temp_path $dir/body;
    proxy_temp_path $dir/proxy;
    fastcgi_temp_path $dir/fastcgi;
    uwsgi_temp_path $dir/uwsgi;
    scgi_temp_path $dir/scgi;
    server {
        listen 127.0.0.1:@PORT@;
        root $dir/files;
        location = /chunked {
            proxy_pass http://127.0.0.1:$port;
            proxy_http_version 1.1;
            proxy_buffering off;
        }
    }
}
END
mkfifo "$dir/nginx_port"
python3 real_nginx.py "$dir" "$dir/nginx.conf" >"$dir/nginx_port" &
nginx=$!
read -r nginx_port <"$dir/nginx_port"
answers "$nginx_port"
echo "$(nginx -v 2>&1):"
"$@" "$program" "$nginx_port" nginx
