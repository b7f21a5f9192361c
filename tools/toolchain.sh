#!/bin/sh
# toolchain.sh PROFILE [OPTION...]: looks, before minutes of compiling, whether cargo, rustc and the C compiler
# can build the library, and says what is wrong if they cannot. Options are those of library.sh. Prints what
# a build needs to know of them, as assignments for a shell:
#     triple              the Rust target
#     rustc               the rustc that cargo takes
#     object_format       elf, or another
#     can_share           whether Rust makes shared libraries for it
#     shared, shared_soname, shared_link   the names of the shared library and of the links to it
#     built               where cargo puts what it builds, below its target folder
#     folder              where the library is then: the same if the target was named (by --target or
#                         CARGO_BUILD_TARGET), else that of the profile alone
#     unwinder            a static library that the static library shall have in it, or nothing
#     native_libraries    what a program links beside the static library
# Environment: CARGO, RUSTC, CC, CFLAGS.
set -eu
cd -P "$(dirname "$0")/.."

fail() {
    printf 'httpclient: %s\n' "$*" >&2
    exit 1
}

profile=${1:-}
[ $# -eq 0 ] || shift
triple=${CARGO_BUILD_TARGET:-}
builds_std=no
by_default=yes # whether the default features, among them std, are on
features=
while [ $# -gt 0 ]; do
    case $1 in
    --target) shift && triple=${1:?--target takes a Rust target} ;;
    --target=*) triple=${1#*=} ;;
    *build-std*) builds_std=yes ;;
    --no-default-features) by_default=no ;;
    --all-features) features="$features std" ;;
    --features=*) features="$features ${1#*=}" ;;
    -F | --features) shift && features="$features ${1:?--features takes a list}" ;;
    esac
    shift
done
crate=core
case $by_default,$(printf %s "$features" | tr ', ' '  ') in
yes,* | *std* | *tls* | *aws-lc-rs*) crate=std ;;
esac

# --- Profile -------------------------------------------------------------------------------------

profiles="dev $(sed -n 's/^\[profile\.\([a-z-]*\)\]$/\1/p' Cargo.toml | tr '\n' ' ')"
known=no
for name in $profiles; do
    [ "$name" != "$profile" ] || known=yes
done
[ $known = yes ] || fail "there is no cargo profile '$profile'. There are: $profiles"
folder=$profile
[ "$profile" != dev ] || folder=debug
built=$folder
[ -z "$triple" ] || folder=$triple/$folder

# --- Rust ----------------------------------------------------------------------------------------

needed=$(sed -n 's/^rust-version = "\(.*\)"$/\1/p' Cargo.toml)
advice="httpclient is written in Rust and needs cargo and rustc $needed or newer: see https://rustup.rs"

# new_enough NAME PROGRAM
new_enough() {
    command -v "$2" >/dev/null || fail "$1 was not found (looked for '$2'). $advice"
    # Below make they may warn of its jobserver, on standard error.
    found=$("$2" --version 2>/dev/null) || fail "'$2 --version' fails: $("$2" --version 2>&1)"
    found=$(expr "$found" : '[^ ]* \([0-9][0-9.]*\)') || fail "'$2 --version' tells no version. $advice"
    major=${found%%.*} minor=${found#*.} minor=${minor%%.*}
    [ "$((major * 1000 + minor))" -ge "$((${needed%%.*} * 1000 + ${needed#*.}))" ] ||
        fail "$1 is $found, which is too old. $advice"
}

cargo=${CARGO:-cargo}
new_enough cargo "$cargo"
# The one beside cargo, which library.sh has cargo take.
rustc=${RUSTC:-rustc}
if [ -z "${RUSTC:-}" ] && [ -x "$(dirname "$(command -v "$cargo")")/rustc" ]; then
    rustc=$(dirname "$(command -v "$cargo")")/rustc
fi
new_enough rustc "$rustc"

[ -n "$triple" ] || triple=$("$rustc" -vV | sed -n 's/^host: //p')
built=$triple/$built
cfg=$("$rustc" --print cfg --target "$triple" 2>/dev/null) ||
    fail "rustc does not know the target '$triple'. 'rustc --print target-list' has all"
# cfg NAME: its value.
cfg() { printf '%s\n' "$cfg" | sed -n "s/^$1=\"\(.*\)\"$/\1/p"; }
os=$(cfg target_os)
libc=$(cfg target_env)

libraries=$("$rustc" --print target-libdir --target "$triple")
has() { ls "$libraries/lib$1"-*.rlib >/dev/null 2>&1; }
if [ $builds_std = no ] && ! has $crate; then
    if has core; then
        fail "there is no std for $triple: build without std, TLS and aws-lc-rs (with CMake: HTTPCLIENT_STD=OFF)"
    fi
    fail "Rust's standard library for $triple is not installed: 'rustup target add $triple' brings it"
fi

# --- The C compiler ------------------------------------------------------------------------------

cc=${CC:-cc}
eval "set -- $cc"
command -v "$1" >/dev/null || fail "the C compiler '$1' was not found. Set CC"

# preprocess: what the C compiler has defined after standard input; its words if it cannot compile.
preprocess() { eval "$cc ${CFLAGS:-} -E -dM -x c -" 2>&1; }
# macro NAME: its value, nothing if it is not defined.
macro() { printf '%s\n' "$macros" | sed -n "s/^#define $1 //p"; }

mismatch() {
    fail "the C compiler makes programs for $(eval "$cc ${CFLAGS:-} -dumpmachine" || echo "another machine")$1, \
but the Rust target is $triple. Name the Rust target for it (with CMake: HTTPCLIENT_RUST_TARGET; 'rustc --print \
target-list' has all), or another compiler (CMAKE_C_COMPILER; CC)"
}

macros=$(preprocess </dev/null) || fail "the C compiler does not work ($cc ${CFLAGS:-}): $macros"
case $(cfg target_arch) in
x86_64) architecture=__x86_64__ ;;
x86) architecture=__i386__ ;;
aarch64) architecture=__aarch64__ ;;
arm) architecture=__arm__ ;;
riscv32 | riscv64) architecture=__riscv ;;
powerpc) architecture=__powerpc__ ;;
powerpc64) architecture=__powerpc64__ ;;
s390x) architecture=__s390x__ ;;
loongarch64) architecture=__loongarch__ ;;
*) architecture=__SIZEOF_POINTER__ ;; # Not known: what follows must do.
esac
bits=$(($(macro __SIZEOF_POINTER__) * 8))
order=$(macro __BYTE_ORDER__ | tr '[:upper:]' '[:lower:]')
on_linux=$(macro __linux__)
if [ -z "$(macro $architecture)" ] || [ $bits != "$(cfg target_pointer_width)" ] ||
    [ "$order" != "__order_$(cfg target_endian)_endian__" ]; then
    mismatch " ($bits bits)"
elif { [ "$os" = linux ] && [ -z "$on_linux" ]; } || { [ "$os" = none ] && [ -n "$on_linux" ]; }; then
    mismatch ""
fi
if [ "$os" = linux ]; then
    macros=$(echo '#include <limits.h>' | preprocess) ||
        fail "the C compiler lacks the headers of a C library ($cc ${CFLAGS:-}): $macros"
    case $libc$(macro __GLIBC__) in
    gnu) mismatch " without glibc" ;;
    musl?*) mismatch " with glibc" ;;
    esac
fi

# --- What follows from that ----------------------------------------------------------------------

version=$(sed -n '/^version = /{s/.*"\(.*\)"/\1/p;q;}' Cargo.toml)
object_format=elf
shared=libhttpclient.so.$version
shared_soname=libhttpclient.so.0 # as build.rs says
shared_link=libhttpclient.so
case $os in
macos | ios | tvos | watchos | visionos)
    object_format=mach-o
    shared=libhttpclient.$version.dylib
    shared_soname=libhttpclient.0.dylib
    shared_link=libhttpclient.dylib
    ;;
windows) fail "the library cannot be built for Windows yet, but without std: cargo rustc --no-default-features" ;;
esac
can_share=yes
[ "$os" != none ] || can_share=no
unwinder=
if printf '%s\n' "$cfg" | grep -q 'target_feature="crt-static"' && [ "$libc" = musl ]; then
    can_share=no
    # Rust brings an unwinder along, since compilers for musl have none or glibc's.
    [ ! -e "$libraries/self-contained/libunwind.a" ] || unwinder=$libraries/self-contained/libunwind.a
fi

native_libraries=
if [ "$os" != none ]; then
    out=$(mktemp -d)
    trap 'rm -rf "$out"' EXIT
    : >"$out/empty.rs"
    # Not asked when the library is compiled: cargo would show rustc's note about the file in every build.
    "$rustc" --target "$triple" --crate-type staticlib -o "$out/empty.a" \
        --print "native-static-libs=$out/list" "$out/empty.rs" 2>"$out/messages" ||
        fail "rustc cannot compile for $triple: $(cat "$out/messages")"
    # Every C compiler's driver links its own unwinder, the static one where that is asked for; rustc
    # names the shared one of GCC, or that of musl, which is in the archive.
    # shellcheck disable=SC2013 # words
    for library in $(cat "$out/list"); do
        case $library in
        -lgcc_s | -lunwind) ;;
        *) native_libraries="$native_libraries $library" ;;
        esac
    done
fi
case $os in
# rustls-native-certs asks the system for its roots.
macos | ios) native_libraries="$native_libraries -framework Security -framework CoreFoundation" ;;
esac

# assign NAME VALUE: as a shell reads it.
assign() { printf "%s='%s'\n" "$1" "$(printf '%s\n' "$2" | sed "s/'/'\\\\''/g")"; }

assign triple "$triple"
assign rustc "$rustc"
assign object_format "$object_format"
assign can_share "$can_share"
assign shared "$shared"
assign shared_soname "$shared_soname"
assign shared_link "$shared_link"
assign built "$built"
assign folder "$folder"
assign unwinder "$unwinder"
assign native_libraries "${native_libraries# }"
