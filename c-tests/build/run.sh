#!/bin/bash
# Builds httpclient in every way that README.md tells and links programs against it: after
# cmake --install (find_package, pkg-config), from a parent project (add_subdirectory, FetchContent),
# with make and ninja, gcc and clang, C and C++, shared and static. All paths have spaces.
set -u
cd "$(dirname "$0")/../.." || exit 1
root=$PWD
tests=$root/c-tests/build
# Kept between runs: what cargo has compiled once is not compiled again.
mkdir -p "${CARGO_TARGET_DIR:-target}"
work="$(cd "${CARGO_TARGET_DIR:-target}" && pwd)/build tests"
log="$work/log"
mkdir -p "$work"
passed=0
failed=0

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

# --- The pieces of the tests; each a function, so that check can run it --------------------------

# quiet FOLDER: another build of FOLDER changes no file and links nothing.
quiet() {
    touch "$work/before"
    cmake --build "$1" || return
    # A link is made anew each time; what it names, and so the time that make sees, is the same.
    local changed
    changed=$(find "$1" -type f \( -path '*/lib/libhttpclient*' -o -name '*_c' -o -name '*_cpp' \
        -o -name 'httpclient*.cmake' -o -name 'httpclient.pc' \) -newer "$work/before")
    echo "$changed"
    [ -z "$changed" ]
}

# programs FOLDER FEATURES: all six run.
programs() {
    local kind language
    for kind in shared static httpclient; do
        for language in c cpp; do
            echo "$1/${kind}_$language"
            "$1/${kind}_$language" "$2" || return
        done
    done
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

# two_rusts PREFIX: a program with another static library in Rust beside ours, in both orders.
two_rusts() {
    local options=(--edition 2024 --crate-type staticlib -C panic=unwind -O)
    local order
    for lto in off fat; do
        rustc "${options[@]}" -C lto=$lto "$tests/other.rs" -o "$work/libother.a" || return
        for order in "'$1/lib/libhttpclient.a' '$work/libother.a'" \
            "'$work/libother.a' '$1/lib/libhttpclient.a'"; do
            eval "gcc -I'$1/include' '$tests/other.c' $order -lgcc_s -lpthread -lm -ldl \
                -o '$work/two'" || return
            "$work/two" || return
        done
    done
}

# --- Installed ----------------------------------------------------------------------------------

tree="$work/installed"
rm -rf "$work/prefix" "$work/moved" "$work/consumer"*
check "configure" cmake -S . -B "$tree" -G "Unix Makefiles" -DCMAKE_BUILD_TYPE=Release
check "build with make" cmake --build "$tree" --parallel 2
check "build again: nothing to do" quiet "$tree"
check "install" cmake --install "$tree" --prefix "$work/prefix"
mv "$work/prefix" "$work/moved"
prefix="$work/moved/in another place"
mkdir "$work/moved.parent" && mv "$work/moved" "$work/moved.parent/in another place" &&
    mv "$work/moved.parent" "$work/moved"

check "symbols" sh c-tests/symbols.sh "$prefix/lib/libhttpclient.so" "$prefix/lib/libhttpclient.a"
check "find_package in a moved prefix: gcc" consume "$work/consumer" gcc g++ 11 -DHOW=package \
    -DCMAKE_PREFIX_PATH="$prefix"
check "httpclient::httpclient is static" needs "$work/consumer/httpclient_c" no
check "httpclient::shared is shared" needs "$work/consumer/shared_c" yes
check "httpclient::static is static" needs "$work/consumer/static_cpp" no
check "find_package in a moved prefix: clang, BUILD_SHARED_LIBS" consume "$work/consumer-clang" \
    clang clang++ 11 -DHOW=package -DCMAKE_PREFIX_PATH="$prefix" -DBUILD_SHARED_LIBS=ON
check "httpclient::httpclient is shared" needs "$work/consumer-clang/httpclient_c" yes
check "beside another library in Rust" two_rusts "$prefix"

export PKG_CONFIG_PATH="$prefix/lib/pkgconfig"
check "pkg-config: version" pkg-config --exact-version "$(sed -n 's/^version = "\(.*\)"/\1/p' \
    Cargo.toml | head -1)" httpclient
check "pkg-config: shared" compile "$work/pc_shared" "$(pkg-config --cflags --libs httpclient)"
check "pkg-config: shared runs" env LD_LIBRARY_PATH="$prefix/lib" "$work/pc_shared" 11
check "pkg-config: shared is shared" needs "$work/pc_shared" yes
# With both libraries present the linker takes the shared one, whatever --static says.
mkdir "$work/moved/aside" && mv "$prefix"/lib/libhttpclient.so* "$work/moved/aside/"
check "pkg-config --static" compile "$work/pc_static" \
    "$(pkg-config --static --cflags --libs httpclient)"
check "pkg-config --static runs" "$work/pc_static" 11
check "pkg-config --static is static" needs "$work/pc_static" no

# --- By hand, as README.md tells -----------------------------------------------------------------

folder=$(tools/library.sh release 2>/dev/null)
check "by hand: static" compile "$work/by_hand" "-Iinclude '$folder/libhttpclient.a'" \
    "$(cat "$folder/native-static-libs.txt")"
check "by hand: static runs" "$work/by_hand" 11
check "by hand: shared" compile "$work/by_hand" \
    "-Iinclude '-L$folder' '-Wl,-rpath,$folder' -lhttpclient"
check "by hand: shared runs" "$work/by_hand" 11

# --- Part of another project --------------------------------------------------------------------

tree="$work/parent"
rm -rf "$tree/CMakeCache.txt"
parent=(-DHTTPCLIENT_SOURCE="$root" -G Ninja -DCMAKE_BUILD_TYPE=Debug)
check "add_subdirectory, Debug, ninja" consume "$tree" gcc g++ 11 "${parent[@]}" -DHOW=subdirectory
check "build again: nothing to do" quiet "$tree"
check "FetchContent" consume "$tree" gcc g++ 11 "${parent[@]}" -DHOW=fetch -DBUILD_SHARED_LIBS=ON
check "httpclient::httpclient is shared" needs "$tree/httpclient_c" yes
check "without TLS" consume "$tree" gcc g++ 1 "${parent[@]}" -DHOW=fetch -DHTTPCLIENT_TLS=OFF \
    -DHTTPCLIENT_IDNA=OFF
check "without std" consume "$tree" gcc g++ 0 "${parent[@]}" -DHOW=fetch -DHTTPCLIENT_STD=OFF

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
