#!/bin/sh
# library.sh PROFILE [OPTION...]: builds the library in a profile of Cargo.toml and prints the folder where it
# is then, in the form in which it is installed:
#     libhttpclient.so.VERSION  the shared library, beside the links libhttpclient.so.0, the name that programs
#                               look for when they start, and libhttpclient.so
#     libhttpclient.a           the static library
#     native-static-libs.txt    what a program links beside the static library
# All builds go through this: the Makefile's, the tests' and CMake's. Options:
#     --target TRIPLE           the Rust target, if it is not this machine
#     --crate-type TYPES        cdylib, staticlib, or both with a comma between (what the target can have)
#     --check                   only what toolchain.sh looks at and prints
#     others                    are given to cargo
# Environment: CARGO, RUSTC, CC, CFLAGS, LDFLAGS, AR, OBJCOPY; CARGO_TARGET_DIR.
set -eu
case ${CARGO_TARGET_DIR:-/} in
/*) ;;
*) CARGO_TARGET_DIR=$PWD/$CARGO_TARGET_DIR ;;
esac
cd -P "$(dirname "$0")/.."
fail() {
    printf 'httpclient: %s\n' "$*" >&2
    exit 1
}

profile=${1:-}
[ $# -eq 0 ] || shift
# make tells of its jobserver even where it has closed the way to it, and cargo would warn of that.
jobserver=$(expr "${MAKEFLAGS:-}" : '.*--jobserver-[a-z]*=\([0-9]*\),') || jobserver=
if [ -n "$jobserver" ] && ! (eval ": <&$jobserver") 2>/dev/null; then
    unset MAKEFLAGS MFLAGS
fi
facts=$(tools/toolchain.sh "$profile" "$@")
eval "$facts"
: "${triple:?}" "${object_format:?}" "${can_share:?}" "${built:?}" "${folder:?}" "${unwinder?}"
: "${rustc:?}" "${native_libraries?}" "${shared:?}" "${shared_soname:?}" "${shared_link:?}"

types=cdylib,staticlib
[ "$can_share" = yes ] || types=staticlib
options=  # as the shell quotes them
features= # those of them that say what of the crate is built
quote() { printf "'%s' " "$(printf '%s\n' "$1" | sed "s/'/'\\\\''/g")"; }
while [ $# -gt 0 ]; do
    case $1 in
    --check) printf '%s\n' "$facts" && exit ;;
    --crate-type) shift && types=$1 ;;
    --target) shift ;; # toolchain.sh has seen it
    --target=*) ;;
    --no-default-features | --all-features | --features=*) features="$features$(quote "$1")" ;;
    -F | --features) features="$features--features $(quote "$2")" && shift ;;
    *) options="$options$(quote "$1")" ;;
    esac
    shift
done
case $types$can_share in
*cdylib*no) fail "Rust makes no shared libraries for $triple: build the static one alone" ;;
esac

cargo=${CARGO:-cargo}
cc=${CC:-cc}
target=${CARGO_TARGET_DIR:-$PWD/target}
mkdir -p "$target" 2>/dev/null || :
[ -w "$target" ] || fail "nothing can be written to $target. Set CARGO_TARGET_DIR to a folder for what is built"
target=$(cd "$target" && pwd)
built=$target/$built
lib=$target/$folder/lib
mkdir -p "$lib"

# --- No path of this machine in what is built ----------------------------------------------------
#
# So the same source gives the same bytes, wherever it is. A build for debugging keeps the paths, where a
# debugger finds the source.

paths= # from=to, one in a line; of two that match, the later one counts.
if [ "$profile" != dev ]; then
    sysroot=$("$rustc" --print sysroot)
    commit=$("$rustc" -vV | sed -n 's/^commit-hash: //p')
    home=${HOME:-/}
    paths="$sysroot/lib/rustlib/src/rust=/rustc/$commit
${CARGO_HOME:-$home/.cargo}=/cargo"
    # A project that this is a part of may have the crates with it, and says so in its .cargo.
    above=${PWD%/*}
    while [ -n "$above" ]; do
        [ ! -d "$above/.cargo" ] || [ "$above" = "$home" ] || paths="$above=/above
$paths"
        above=${above%/*}
    done
    paths="$paths
$PWD=/httpclient"
fi

# --- cargo ---------------------------------------------------------------------------------------

# What is meant for the developer's own code does not fit Rust's or other people's: warnings as errors; what
# changes the objects or needs a library of the compiler's beside them.
kept_flags() {
    for flag; do
        case $flag in
        -Werror* | -fsanitize* | -flto* | -fprofile* | --coverage | -ftest-coverage | -fcoverage* | -fanalyzer) ;;
        *) quote "$flag" ;;
        esac
    done
}
eval "set -- ${CFLAGS:-}"
cflags=$(kept_flags "$@")
eval "set -- ${LDFLAGS:-}"
ldflags=$(kept_flags "$@")
# CC may have options of its own, as in CC='clang --target=aarch64-linux-gnu', or be started by another program, as
# in CC='ccache gcc': then it gets one name, since that is what a linker has for cargo.
eval "set -- $cc"
compiler=$1
case ${2:--} in
-*)
    shift
    [ $# -eq 0 ] || cflags="$(for flag; do quote "$flag"; done)$cflags"
    ;;
*)
    mkdir -p "$built"
    compiler=$built/cc
    printf '#!/bin/sh\nexec %s"$@"\n' "$(for word; do quote "$word"; done)" >"$compiler.$$"
    chmod +x "$compiler.$$"
    mv -f "$compiler.$$" "$compiler"
    ;;
esac

# Which linker it is holds for the archive, too; what else is said to it does not.
linker_flags() { for flag; do case $flag in -fuse-ld=* | --ld-path=* | -B*) quote "$flag" ;; esac; done; }
linker=$(eval "linker_flags $ldflags")
link_arguments=$(eval "set -- $cflags $ldflags"; for flag; do quote "-Clink-arg=$flag"; done)
prefix_maps=$(printf '%s\n' "$paths" | while IFS= read -r path; do [ -z "$path" ] || quote "-ffile-prefix-map=$path"; done)

# The compiler of C that crates have with them, and the linker, as cargo and the crate cc take them.
underscored=$(printf %s "$triple" | tr '.-' __)
upper=$(printf %s "$underscored" | tr '[:lower:]' '[:upper:]')
export CC_SHELL_ESCAPED_FLAGS=1
export "CFLAGS_$underscored=$cflags$prefix_maps"
if [ -n "${CC:-}" ]; then
    export "CC_$underscored=$compiler" "CARGO_TARGET_${upper}_LINKER=$compiler"
fi
ar=${AR:-}
[ -z "$ar" ] || export "AR_$underscored=$ar"
unset CC CFLAGS LDFLAGS AR
# What was looked at is what is used.
export RUSTC="$rustc"

# rustc's options for all crates: added to those of the environment, or to those of cargo's settings.
config=
if [ -n "$paths" ]; then
    separator=$(printf '\037')
    remapped=$(printf '%s\n' "$paths" | sed "s/^/--remap-path-prefix=/" | tr '\n' "$separator")
    remapped=${remapped%"$separator"}
    if [ -n "${CARGO_ENCODED_RUSTFLAGS:-}" ]; then
        export CARGO_ENCODED_RUSTFLAGS="$CARGO_ENCODED_RUSTFLAGS$separator$remapped"
    elif [ -n "${RUSTFLAGS:-}" ]; then
        # shellcheck disable=SC2086 # words
        CARGO_ENCODED_RUSTFLAGS="$(printf "%s$separator" $RUSTFLAGS)$remapped"
        export CARGO_ENCODED_RUSTFLAGS
    else
        config="--config $(quote "build.rustflags=[$(printf '%s\n' "$paths" |
            sed 's/[\\"]/\\&/g; s/.*/"--remap-path-prefix=&"/' | tr '\n' ,)]")"
        words=$(eval "$(quote "$cargo") $config locate-project" 2>&1) ||
            fail "cargo's settings do not fit. If it is build.rustflags, write it as a list of words. $words"
    fi
fi

# Without the rlib that the crate's tests need, cargo optimizes across crates: half the size.
# The target is always named, so that no setting of cargo's moves the files elsewhere.
what="--locked --package httpclient --target $triple $features"
if ! eval "$(quote "$cargo") rustc $what --lib --crate-type $types --profile $profile \
    --target-dir $(quote "$target") $config $options -- $link_arguments" >&2; then
    # The likeliest reason, in words.
    if ! words=$(CARGO_NET_OFFLINE=true eval "$(quote "$cargo") tree $what --edges normal,build" 2>&1) &&
        printf '%s\n' "$words" | grep -qiE 'offline|download|no matching package'; then
        fail "crates are missing. Where there is no network they must be there beforehand: see 'Without a network' \
in README.md"
    fi
    exit 1
fi

# --- In the form in which it is installed --------------------------------------------------------

# Another build may be doing the same beside this one: names of this process, until they are in place.

# put FROM NAME: keeps NAME's time if nothing changed, so that nothing is linked again.
put() { cmp -s "$1" "$lib/$2" || { cp "$1" "$lib/$2.$$" && mv -f "$lib/$2.$$" "$lib/$2"; }; }
# link NAME TO
link() { [ "$(readlink "$lib/$1")" = "$2" ] || { ln -s "$2" "$lib/$1.$$" && mv -f "$lib/$1.$$" "$lib/$1"; }; }
# found FILE: that cargo has put it there.
found() {
    [ -e "$built/$1" ] || fail "cargo has not left $1 in $built"
}

case $types in
*cdylib*)
    found "$shared_link"
    put "$built/$shared_link" "$shared"
    link "$shared_soname" "$shared"
    link "$shared_link" "$shared_soname"
    ;;
*) rm -f "$lib/$shared" "$lib/$shared_soname" "$lib/$shared_link" ;;
esac

case $types in
*staticlib*)
    found libhttpclient.a
    # Made again only if what cargo has made, or the way, is another.
    sum=$(cat "$built/libhttpclient.a" tools/archive.sh tools/symbols.txt | cksum)
    if [ "$sum" != "$(cat "$lib/.sum" 2>/dev/null)" ] || [ ! -e "$lib/libhttpclient.a" ]; then
        if [ "$object_format" = elf ]; then
            debug=
            case $profile in dev | relwithdebinfo) debug=--debug ;; esac
            # shellcheck disable=SC2086 # an option, or none
            CC="$(quote "$compiler")$cflags$linker" AR=$ar tools/archive.sh $debug "$built/libhttpclient.a" \
                "$lib/archived.$$" ${unwinder:+"$unwinder"}
        else
            cp "$built/libhttpclient.a" "$lib/archived.$$"
        fi
        mv -f "$lib/archived.$$" "$lib/libhttpclient.a"
        printf '%s\n' "$sum" >"$lib/.sum"
    fi
    printf '%s\n' "$native_libraries" >"$built/native-static-libs.$$"
    put "$built/native-static-libs.$$" native-static-libs.txt
    rm "$built/native-static-libs.$$"
    ;;
*) rm -f "$lib/libhttpclient.a" "$lib/native-static-libs.txt" "$lib/.sum" ;;
esac
echo "$lib"
