#!/bin/bash
# trafficserver answers 200 to CONNECT before it has a connection to the host. Where it gets none, because nobody listens
# there, the client has been told that the tunnel is open, and sees it end: with TLS inside, in the middle of a handshake.
# RFC 9110 section 9.3.6 has a 2xx say that the tunnel is established, and other proxies answer 502 or 503.
#
# Seen with Debian 12's trafficserver 9.2.5+ds-0+deb12u4, which calls itself 9.2.9. Needs apt-get, dpkg-deb, python3, gcc;
# root runs it as nobody.
set -eu
work=$(mktemp -d)
running=()
trap 'kill "${running[@]}"; wait; rm -rf "$work"' EXIT
cd "$work"
chmod 755 .
# What it needs and is not installed.
apt-get -s install --no-install-recommends trafficserver=9.2.5+ds-0+deb12u4 | sed -n 's/^Inst \([^ ]*\) (\([^ ]*\).*/\1=\2/p' |
    xargs apt-get -qq -o APT::Sandbox::User=root download
for package in *.deb; do
    dpkg-deb -x "$package" root
done
libraries=root/usr/lib/$(gcc -print-multiarch):root/lib/$(gcc -print-multiarch):root/usr/lib/trafficserver

# Ports that nobody else gets: one to listen at, one where nobody listens.
cat >ports.py <<'PY'
import socket
import sys

held = [socket.socket(), socket.socket()]
for one in held:
    one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    one.bind(("127.0.0.1", 0))
print(*(one.getsockname()[1] for one in held), flush=True)
sys.stdin.read()
PY
coproc holder { exec python3 ports.py; }
running+=("$holder_PID")
read -r port nobody <&"${holder[0]}"

mkdir etc cache
for folder in prefix exec_prefix includedir libdir localstatedir runtimedir logdir; do
    echo "$folder: $work"
done >runroot.yaml
cat >>runroot.yaml <<YAML
bindir: $work/root/usr/bin
sbindir: $work/root/usr/sbin
sysconfdir: $work/etc
datadir: $work/cache
libexecdir: $work/root/usr/lib/trafficserver/modules
cachedir: $work/cache
YAML
cp root/etc/trafficserver/ip_allow.yaml etc
echo "$work/cache 32M" >etc/storage.config
cat >etc/records.config <<CONFIG
CONFIG proxy.config.http.server_ports STRING $port:ip-in=127.0.0.1
CONFIG proxy.config.http.connect_ports STRING $nobody
CONFIG proxy.config.url_remap.remap_required INT 0
CONFIG proxy.config.body_factory.template_sets_dir STRING $work/root/etc/trafficserver/body_factory
CONFIG proxy.config.admin.user_id STRING #-1
CONFIG
as=()
if [ "$(id -u)" -eq 0 ]; then
    chown -R 65534:65534 .
    as=(setpriv --reuid=65534 --regid=65534 --clear-groups)
fi
LD_LIBRARY_PATH=$libraries "${as[@]}" root/usr/bin/traffic_server --run-root="$work/runroot.yaml" >log 2>&1 </dev/null &
running+=($!)
until (exec {connection}<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; do
    kill -0 "${running[1]}"
    sleep 0.1
done
cat >connect.py <<'PY'
import socket
import sys

proxy, port = map(int, sys.argv[1:])
with socket.create_connection(("127.0.0.1", proxy), 60) as client:
    client.sendall(b"CONNECT 127.0.0.1:%d HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n\r\n" % (port, port))
    answer = b""
    while data := client.recv(65536):
        answer += data
head, _, rest = answer.partition(b"\r\n\r\n")
for line in head.decode().split("\r\n"):
    if not line.startswith("Date:"):
        print(line)
print("%d bytes, then the end" % len(rest))
PY
python3 connect.py "$port" "$nobody" | tee seen
diff seen - <<'SEEN'
HTTP/1.1 200 OK
Connection: keep-alive
Server: ATS/9.2.9
0 bytes, then the end
SEEN
