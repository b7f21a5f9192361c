#!/bin/bash
# Exchanges with programs that others wrote: servers and proxies of Debian, PyPI and npm, each on a port of its own of
# 127.0.0.1, and peers.c against it, which has a table of what is expected of each. It is not a part of `make test`.
#
#     tests/peers/run.sh [NAME...]        those alone; without any all of them
#
# What is not installed is downloaded (Debian's packages if there is apt-get, the others by pip and npm) into a
# temporary folder, and nothing is changed outside of that but the caches of pip and npm. What cannot be had is skipped.
# The expectations hold for Debian 12 and for the versions of PyPI and npm below. Several runs at the same time do not
# disturb each other.
set -u
cd "$(dirname "$0")/../.." || exit 1
tests=$PWD/tests/peers
python_packages=(aiohttp==3.14.5 cheroot==11.1.2 gunicorn==27.0.1 proxy.py==2.4.10 tornado==6.6.1 uvicorn==0.54.0
    waitress==3.0.2)
npm_packages=(proxy@4.1.0)
debian_packages=(apache2-bin busybox haproxy lighttpd nginx-light privoxy squid tinyproxy-bin trafficserver varnish)
all=(nginx apache lighttpd haproxy varnish busybox gunicorn uvicorn waitress cheroot aiohttp tornado node squid
    tinyproxy privoxy trafficserver proxy.py npm-proxy)
[ $# -gt 0 ] || set -- "${all[@]}"

released=$(tools/library.sh release) && cargo build --quiet --locked --package testserver || exit 1
target=$(cd "${CARGO_TARGET_DIR:-target}" && pwd)
dir=$(mktemp -d)
chmod 755 "$dir"
pids=()

# stop PID: ends the group of a server that was started, at once if it does not go by itself.
stop() {
    kill -- "-$1" 2>/dev/null
    for _ in $(seq 100); do
        kill -0 -- "-$1" 2>/dev/null || break
        sleep 0.05
    done
    kill -KILL -- "-$1" 2>/dev/null
    wait "$1" 2>/dev/null
}
finish() {
    local pid
    for pid in "${pids[@]}"; do
        stop "$pid"
    done
    rm -rf "$dir"
}
trap finish EXIT
trap 'exit 1' INT TERM

# --- What is there ------------------------------------------------------------------------------

mkdir "$dir/debian" "$dir/npm"
if command -v apt-get >/dev/null && command -v dpkg-deb >/dev/null; then
    echo "downloading packages of Debian"
    (
        cd "$dir/debian" || exit
        # What of them and of what they need is not installed: a package in brackets would replace another one.
        apt-get -s install --no-install-recommends "${debian_packages[@]}" 2>/dev/null |
            sed -n 's/^Inst \([^ ]*\) (.*/\1/p' >missing
        [ ! -s missing ] ||
            xargs timeout 600 apt-get -qq -o APT::Sandbox::User=root download <missing >download.log 2>&1 || {
            tail -n 3 download.log
            echo "(apt-get update may help)"
        }
        for package in *.deb; do
            [ ! -e "$package" ] || { dpkg-deb -x "$package" root && rm "$package"; }
        done
    )
fi
echo "downloading packages of PyPI"
python=$dir/venv/bin
timeout 600 python3 -m venv "$dir/venv" >"$dir/venv.log" 2>&1 || tail -n 3 "$dir/venv.log"
for package in "${python_packages[@]}"; do
    timeout 600 "$python/pip" --disable-pip-version-check --quiet install "$package" >"$dir/pip.log" 2>&1 ||
        tail -n 1 "$dir/pip.log"
done
if command -v npm >/dev/null; then
    echo "downloading packages of npm"
    timeout 600 npm install --silent --no-audit --no-fund --ignore-scripts --prefix "$dir/npm" "${npm_packages[@]}" \
        >"$dir/npm.log" 2>&1 || tail -n 3 "$dir/npm.log"
fi

debian=$dir/debian/root
architecture=$(gcc -print-multiarch)
libraries=$debian/usr/lib/$architecture:$debian/lib/$architecture:$debian/usr/lib/$architecture/varnish
libraries=$libraries:$debian/usr/lib/trafficserver
PATH=$PATH:$debian/usr/sbin:$debian/usr/bin:$debian/bin:/usr/sbin

# of_debian PATH: a file of a package, there or installed.
of_debian() {
    if [ -e "$debian$1" ]; then
        echo "$debian$1"
    else
        echo "$1"
    fi
}

export PYTHONDONTWRITEBYTECODE=1

# --- Servers ------------------------------------------------------------------------------------

gcc -std=c11 -Wall -Wextra -Wpedantic -Werror -g -Iinclude -Ic-tests "$tests/peers.c" c-tests/harness.c \
    c-tests/one_byte.c -L"$released" -lhttpclient -Wl,-rpath,"$released" -pthread -o "$dir/peers" || exit 1

# They are held until the end, so nobody else gets one.
coproc holder { exec python3 tests/peers/ports.py $((${#all[@]} + 2)); }
read -ra ports <&"${holder[0]}"
refused=${ports[0]}
forbidden=${ports[1]}
next=2

# Root starts Debian's as nobody: some of them refuse to be root. The others may live where nobody else can read.
as=()
[ "$(id -u)" -ne 0 ] || as=(setpriv --reuid=65534 --regid=65534 --clear-groups)

# serve COMMAND...: starts it as a group of its own.
serve() {
    setsid "$@" </dev/null >"$here/log" 2>&1 &
    pids+=($!)
}
# serve_debian COMMAND...: a program of Debian's.
serve_debian() {
    [ "$(id -u)" -ne 0 ] || chown -R 65534:65534 "$here"
    serve env "LD_LIBRARY_PATH=$libraries" "${as[@]}" "$@"
}
# ask COMMAND...: one of those programs for its version.
ask() { LD_LIBRARY_PATH=$libraries "$@" 2>&1; }
listens() { (exec {connection}<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }
# wait_for PORT: until something listens there.
wait_for() {
    for _ in $(seq 600); do
        kill -0 "${pids[-1]}" 2>/dev/null || break
        ! listens "$1" || return 0
        sleep 0.05
    done
    echo "nothing listens at port $1"
    tail -n 20 "$here"/*log
    return 1
}

start_nginx() {
    cat >"$here/conf" <<END
daemon off;
worker_processes 1;
pid $here/pid;
error_log $here/error.log;
events { worker_connections 256; }
http {
    access_log off;
    client_body_temp_path $here/body;
    proxy_temp_path $here/proxy;
    fastcgi_temp_path $here/fastcgi;
    uwsgi_temp_path $here/uwsgi;
    scgi_temp_path $here/scgi;
    keepalive_timeout 1s;
    server {
        listen 127.0.0.1:$port;
        root $dir/files;
        client_header_timeout 2s;
        location ~ /(chunked|count|early) {
            proxy_pass http://127.0.0.1:$origin;
            proxy_http_version 1.1;
        }
    }
}
END
    version=$(ask nginx -v)
    serve_debian nginx -e "$here/error.log" -p "$here" -c "$here/conf"
}

start_apache() {
    local modules
    modules=$(of_debian /usr/lib/apache2/modules)
    cat >"$here/conf" <<END
ServerRoot $here
ServerName localhost
PidFile $here/pid
ErrorLog $here/error.log
Mutex file:$here
LoadModule mpm_event_module $modules/mod_mpm_event.so
LoadModule authz_core_module $modules/mod_authz_core.so
LoadModule proxy_module $modules/mod_proxy.so
LoadModule proxy_http_module $modules/mod_proxy_http.so
LoadModule reqtimeout_module $modules/mod_reqtimeout.so
Listen 127.0.0.1:$port
# Else the system waits for the first bytes by itself, for longer than is waited for here.
AcceptFilter http none
StartServers 1
ThreadsPerChild 64
MaxRequestWorkers 64
ServerLimit 1
KeepAliveTimeout 1
RequestReadTimeout header=2 body=60
DocumentRoot $dir/files
<Location /early>
    LimitRequestBody 1000
</Location>
ProxyPass /chunked http://127.0.0.1:$origin/chunked
ProxyPass /count http://127.0.0.1:$origin/count
END
    version=$(ask apache2 -v | head -n 1)
    serve_debian apache2 -f "$here/conf" -D FOREGROUND
}

start_lighttpd() {
    cat >"$here/conf" <<END
server.document-root = "$dir/files"
server.bind = "127.0.0.1"
server.port = $port
server.errorlog = "$here/error.log"
server.upload-dirs = ("$here")
server.modules = ("mod_proxy")
server.max-keep-alive-idle = 1
server.max-read-idle = 2
server.max-request-size = 1000
\$HTTP["url"] =~ "^/(chunked|count)" {
    server.stream-response-body = 1
    proxy.server = ("" => (("host" => "127.0.0.1", "port" => $origin)))
}
END
    version=$(ask lighttpd -v | head -n 1)
    serve_debian lighttpd -D -m "$(of_debian /usr/lib/lighttpd)" -f "$here/conf"
}

start_haproxy() {
    cat >"$here/conf" <<END
defaults
    mode http
    timeout connect 60s
    timeout client 60s
    timeout server 60s
    timeout http-request 2s
    timeout http-keep-alive 1s
frontend front
    bind 127.0.0.1:$port
    http-request deny deny_status 413 if { path /early }
    default_backend back
backend back
    server origin 127.0.0.1:$origin
END
    version=$(ask haproxy -v | head -n 1)
    serve_debian haproxy -db -f "$here/conf"
}

start_varnish() {
    cat >"$here/vcl" <<END
vcl 4.1;
backend origin {
    .host = "127.0.0.1";
    .port = "$origin";
}
sub vcl_recv {
    if (req.url == "/early") {
        return (synth(413));
    }
    return (pass);
}
END
    version=$(ask varnishd -V | head -n 1)
    serve_debian varnishd -F -j none -n "$here/work" -a "127.0.0.1:$port" -T none -f "$here/vcl" -s malloc,16m \
        -p timeout_idle=1
}

start_busybox() {
    version=$(ask busybox | head -n 1)
    serve_debian busybox httpd -f -p "127.0.0.1:$port" -h "$dir/files"
}

# pip_version NAME: what is installed.
pip_version() { "$python/pip" --disable-pip-version-check freeze | grep -i "^$1=="; }

start_gunicorn() {
    version=$(pip_version gunicorn)
    # It puts a socket there.
    serve env "HOME=$here" "$python/gunicorn" --chdir "$tests" --worker-class gthread --threads 32 --keep-alive 1 \
        --bind "127.0.0.1:$port" apps:wsgi
}

start_uvicorn() {
    version=$(pip_version uvicorn)
    serve "$python/uvicorn" --app-dir "$tests" --timeout-keep-alive 1 --port "$port" --log-level warning apps:asgi
}

# app NAME: a server that apps.py starts.
app() {
    version=$(pip_version "$1")
    serve "$python/python" -B "$tests/apps.py" "$1" "$port"
}
start_waitress() { app waitress; }
start_cheroot() { app cheroot; }
start_aiohttp() { app aiohttp; }
start_tornado() { app tornado; }

start_node() {
    version="Node $(node --version)"
    serve node "$tests/node.js" "$port"
}

start_squid() {
    # user:right, as crypt(3) has it.
    echo 'user:$apr1$peers$RJVdZ4ya.qgmSj3mmhRUS1' >"$here/passwords"
    cat >"$here/conf" <<END
http_port 127.0.0.1:$port
pid_filename none
access_log none
cache_log $here/cache.log
cache deny all
coredump_dir $here
visible_hostname localhost
error_directory $(of_debian /usr/share/squid-langpack/en)
icon_directory $(of_debian /usr/share/squid/icons)
mime_table $(of_debian /usr/share/squid/mime.conf)
unlinkd_program $(of_debian /usr/lib/squid/unlinkd)
pinger_enable off
auth_param basic program $(of_debian /usr/lib/squid/basic_ncsa_auth) $here/passwords
acl known proxy_auth REQUIRED
acl forbidden port $forbidden
acl tunnel method CONNECT
http_access deny tunnel !known
http_access deny tunnel forbidden
http_access allow all
request_body_max_size 1 MB
# By whole seconds of its own clock: it may be a second less, or more.
client_idle_pconn_timeout 3 seconds
request_start_timeout 2 seconds
shutdown_lifetime 0 seconds
END
    version=$(ask squid -v | head -n 1)
    serve_debian squid -N -f "$here/conf"
}

start_tinyproxy() {
    cat >"$here/conf" <<END
Listen 127.0.0.1
Port $port
Timeout 60
MaxClients 100
LogFile "$here/tinyproxy.log"
PidFile "$here/pid"
BasicAuth user right
ConnectPort $tls_origin
ConnectPort $refused
END
    version=$(ask tinyproxy -v)
    serve_debian tinyproxy -d -c "$here/conf"
}

start_privoxy() {
    cat >"$here/conf" <<END
listen-address 127.0.0.1:$port
confdir $here
logdir $here
templdir $(of_debian /etc/privoxy/templates)
keep-alive-timeout 1
END
    version=$(ask privoxy --version)
    serve_debian privoxy --no-daemon "$here/conf"
}

start_trafficserver() {
    local folder
    mkdir "$here/cache" "$here/etc"
    for folder in prefix exec_prefix includedir libdir localstatedir runtimedir logdir; do
        echo "$folder: $here"
    done >"$here/runroot.yaml"
    cat >>"$here/runroot.yaml" <<END
bindir: $(of_debian /usr/bin)
sbindir: $(of_debian /usr/sbin)
sysconfdir: $here/etc
datadir: $here/cache
libexecdir: $(of_debian /usr/lib/trafficserver/modules)
cachedir: $here/cache
END
    cp "$(of_debian /etc/trafficserver/ip_allow.yaml)" "$here/etc"
    echo "$here/cache 32M" >"$here/etc/storage.config"
    cat >"$here/etc/records.config" <<END
CONFIG proxy.config.http.server_ports STRING $port:ip-in=127.0.0.1
CONFIG proxy.config.http.connect_ports STRING $tls_origin $refused
CONFIG proxy.config.http.cache.http INT 0
CONFIG proxy.config.http.keep_alive_no_activity_timeout_in INT 1
CONFIG proxy.config.http.transaction_no_activity_timeout_in INT 60
CONFIG proxy.config.url_remap.remap_required INT 0
CONFIG proxy.config.body_factory.template_sets_dir STRING $(of_debian /etc/trafficserver/body_factory)
CONFIG proxy.config.admin.user_id STRING #-1
CONFIG proxy.config.log.logging_enabled INT 0
END
    version=$(ask traffic_server --version | head -n 1)
    serve_debian traffic_server "--run-root=$here/runroot.yaml"
}

start_proxy.py() {
    version=$(pip_version proxy.py)
    serve env "HOME=$here" "$python/proxy" --hostname 127.0.0.1 --port "$port" --num-workers 1 --num-acceptors 1 \
        --basic-auth user:right --log-level ERROR
}

start_npm-proxy() {
    version="proxy $(sed -n 's/.*"version": "\(.*\)".*/\1/p' "$dir/npm/node_modules/proxy/package.json")"
    serve node "$tests/npm_proxy.mjs" "$port" "$dir/npm/node_modules/proxy/dist/proxy.js"
}

# program NAME: the file without which there is no such server.
program() {
    case $1 in
    apache) command -v apache2 ;;
    varnish) command -v varnishd ;;
    trafficserver) command -v traffic_server ;;
    gunicorn | uvicorn) command -v "$python/$1" ;;
    proxy.py) command -v "$python/proxy" ;;
    waitress | cheroot | aiohttp | tornado) "$python/python" -c "import $1" ;;
    npm-proxy) [ -e "$dir/npm/node_modules/proxy" ] && command -v node ;;
    *) command -v "$1" ;;
    esac >/dev/null 2>&1
}

# --- What is behind them ------------------------------------------------------------------------

here=$dir
mkdir "$dir/files" "$dir/certificates"
echo hello >"$dir/files/small.txt"
chmod -R a+rX "$dir/files"
setsid python3 c-tests/real_server.py "$dir/files" >"$dir/origin" 2>"$dir/origin.log" &
pids+=($!)
"$target/debug/testserver" certs "$dir/certificates" >/dev/null
setsid "$target/debug/testserver" serve --ignore-stdin --lifetime 7200 --tls "$dir/certificates/server.pem" \
    "$dir/certificates/server.key" --port-file "$dir/tls_origin" >/dev/null &
pids+=($!)
for file in origin tls_origin; do
    until [ -s "$dir/$file" ]; do
        kill -0 "${pids[0]}" "${pids[1]}" || exit 1
        sleep 0.05
    done
done
origin=$(cat "$dir/origin")
tls_origin=$(cat "$dir/tls_origin")

# --- One after the other ------------------------------------------------------------------------

passed=0
failed=0
skipped=0
# peer NAME: whether all that is expected of it was seen.
peer() {
    "start_$1" && wait_for "$port" || return
    echo "$version:"
    timeout 600 "$dir/peers" "$1" "$port" "$origin" "$tls_origin" "$dir/certificates/ca.pem" "$refused" "$forbidden" &&
        return
    tail -n 20 "$here"/*log
    return 1
}
for name; do
    echo "--- $name"
    if ! program "$name"; then
        echo "skipped: $name cannot be had here"
        skipped=$((skipped + 1))
        continue
    fi
    here=$dir/$name
    mkdir "$here"
    port=${ports[next++]}
    if peer "$name"; then
        passed=$((passed + 1))
    else
        echo "FAILED  $name"
        failed=$((failed + 1))
    fi
    stop "${pids[-1]}"
    unset 'pids[-1]'
done

echo "$passed passed, $failed failed, $skipped skipped"
[ $failed -eq 0 ] && [ $passed -gt 0 ]
