#!/bin/bash
# Builds httpclient in every way that README.md tells and links programs against it. Each file beside this one
# has one theme; arguments are the themes to run (all of them: see below). All paths have blanks and a letter
# beyond ASCII.
#
# HC_TESTSERVER   path of the testserver program (else target/debug, built if it is missing)
set -u
cd "$(dirname "$0")/../.." || exit 1
root=$PWD
tests=$root/c-tests/build
# Kept between runs: what cargo has compiled once is not compiled again.
mkdir -p "${CARGO_TARGET_DIR:-target}"
target=$(cd "${CARGO_TARGET_DIR:-target}" && pwd)
testserver=${HC_TESTSERVER:-$target/debug/testserver}
[ -x "$testserver" ] || cargo build --quiet --locked --package testserver || exit 1
work="$target/build tésts"
log="$work/log"
mkdir -p "$work"
passed=0
failed=0
# What these are in the environment would hold for every build.
unset CC CXX CFLAGS CXXFLAGS LDFLAGS AR OBJCOPY PKG_CONFIG_PATH CARGO_TARGET_DIR

# check WHAT COMMAND...: one test; what the command prints is seen if it fails.
check() {
    local what=$1 begin=$SECONDS
    shift
    if "$@" >"$log" 2>&1; then
        echo "ok      $what ($((SECONDS - begin)) s)"
        passed=$((passed + 1))
    else
        echo "FAILED  $what: $*"
        tail -n 40 "$log"
        failed=$((failed + 1))
    fi
}

# refuses EXPECTED COMMAND...: it fails, and says this (lines may be folded where they have blanks).
refuses() {
    local expected=$1
    shift
    if "$@" >"$work/words" 2>&1; then
        echo "this was expected to fail"
        return 1
    fi
    cat "$work/words"
    tr -s ' \n' '  ' <"$work/words" | grep -qF -- "$expected"
}

# features FOLDER: what hc_features answers in builds with them.
all_features=11
no_features=0

# programs FOLDER FEATURES: all of them run.
programs() {
    local program count=0
    for program in "$1"/*_c "$1"/*_cpp; do
        echo "$program"
        "$program" "$2" || return
        count=$((count + 1))
    done
    [ $count -gt 0 ]
}

# needs PROGRAM yes|no: whether it is linked with the shared library.
needs() {
    readelf -d "$1"
    if readelf -d "$1" | grep -q 'NEEDED.*\[libhttpclient\.so\.0\]'; then
        [ "$2" = yes ]
    else
        [ "$2" = no ]
    fi
}

# configure FOLDER [OPTION...]: httpclient itself.
configure() {
    cmake -S "$root" -B "$1" "${@:2}"
}

# build FOLDER [OPTION...]: the same, built.
build() {
    configure "$@" && cmake --build "$1" --parallel 2
}

# consume FOLDER CC CXX FEATURES [OPTION...]: the consumer's project in FOLDER, built and run.
consume() {
    local folder=$1 features=$4
    cmake -S "$tests/consumer" -B "$folder" -DCMAKE_C_COMPILER="$2" -DCMAKE_CXX_COMPILER="$3" \
        "${@:5}" && cmake --build "$folder" --parallel 2 && programs "$folder" "$features"
}

# compile OUTPUT WORDS...: main.c with what pkg-config says; WORDS as the shell splits and quotes.
compile() {
    local output=$1
    shift
    eval "gcc -Wall -Wextra -Werror '$tests/consumer/main.c' -o '$output' $*"
}

# link COMPILER FLAGS LIBRARIES...: get.c, and that it gets something over HTTPS; words as the shell quotes them.
link() {
    local output="$work/get"
    eval "$1 $2 -Wall -Wextra -Werror -I'$root/include' '$tests/get.c' ${*:3} -o '$output'" &&
        "$output" "$port" "$work/certs/ca.pem"
}

# all_static: that nothing is left to be found when that program starts.
all_static() { ! readelf -d "$work/get" | grep NEEDED; }

# copy_source FOLDER: what is in the repository, as it is now.
copy_source() {
    rm -rf "$1"
    mkdir -p "$1"
    git ls-files -z --cached --others --exclude-standard | xargs -0 sh -c 'for file; do [ ! -e "$file" ] ||
        cp --parents -P "$file" "$0"; done' "$1"
}

# has_rust TARGET [CRATE]: its standard library (std, or only core) is there, or can be had.
has_rust() {
    ls "$(rustc --print target-libdir --target "$1")/lib${2:-std}"-*.rlib >/dev/null 2>&1 && return
    command -v rustup >/dev/null && rustup target add "$1" >/dev/null 2>&1 && return
    echo "skipped: $1: Rust's standard library for it is not installed"
    return 1
}

arm=aarch64-unknown-linux-gnu
i386=i686-unknown-linux-gnu
musl=x86_64-unknown-linux-musl
thumb=thumbv7em-none-eabihf
# The cheapest build there is: what is tested is how it is put together, not what is in it.
cheap=(-DHTTPCLIENT_STD=OFF -DCMAKE_BUILD_TYPE=Debug)

# An HTTPS server, whose port goes to $port, and whose CA is in "$work/certs/ca.pem".
mkdir -p "$work/certs"
"$testserver" certs "$work/certs"
rm -f "$work/port"
"$testserver" serve --tls "$work/certs/server.pem" "$work/certs/server.key" --port-file "$work/port" \
    --ignore-stdin --lifetime 43200 --parent-pid $$ >/dev/null &
server=$!
trap 'kill $server 2>/dev/null' EXIT
until [ -s "$work/port" ]; do
    kill -0 $server || exit 1
    sleep 0.05
done
port=$(cat "$work/port")

[ $# -gt 0 ] || set -- installed static paths parent kinds profiles environment offline cross refused
for theme; do
    echo "--- $theme"
    # shellcheck source=/dev/null
    . "$tests/$theme.sh"
done

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
