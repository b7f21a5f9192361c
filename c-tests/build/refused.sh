# What cannot work is refused at once, in words, and what looks as if it could not works.

# without NAME...: a folder for PATH that has every program that may be needed but these.
programs=$(mktemp -d) # make itself cannot be in a path with blanks
without() {
    rm -f "$programs"/*
    local program
    for program in sh env sed tr dirname expr grep cat ls mktemp rm mkdir cc gcc as ld ar objcopy readlink \
        cmp cp mv ln cksum uname make cmake ninja cargo rustc; do
        case " $* " in *" $program "*) continue ;; esac
        ln -s "$(command -v $program)" "$programs/$program" 2>/dev/null
    done
}

# fake NAME TEXT: a program that says this of its version.
fake() {
    rm -f "$programs/$1"
    printf '#!/bin/sh\necho "%s"\n' "$2" >"$programs/$1"
    chmod +x "$programs/$1"
}
only=(env PATH="$programs" RUSTUP_HOME="${RUSTUP_HOME:-$HOME/.rustup}" HOME="$work/nobody" CARGO_HOME="$work/nobody")
needed=$(sed -n 's/^rust-version = "\(.*\)"$/\1/p' Cargo.toml)

rm -rf "$work/no cargo" "$work/old rustc"
without cargo rustc
check "no cargo: CMake" refuses "httpclient is written in Rust and needs cargo" "${only[@]}" \
    cmake -S . -B "$work/no cargo" -DCMAKE_FIND_USE_CMAKE_SYSTEM_PATH=OFF
check "no cargo: make" refuses "cargo was not found" "${only[@]}" make
fake cargo "cargo 1.63.0 (Debian)"
fake rustc "rustc 1.63.0 (Debian)"
check "a cargo that is too old: make" refuses \
    "cargo is 1.63.0, which is too old. httpclient is written in Rust and needs cargo and rustc $needed or newer" \
    "${only[@]}" make
fake cargo "cargo 1.99.0
host: x86_64-unknown-linux-gnu"
check "a rustc that is too old: CMake" refuses "rustc is 1.63.0, which is too old" "${only[@]}" \
    cmake -S . -B "$work/old rustc"
without cc
check "no C compiler: make" refuses "the C compiler 'cc' was not found" "${only[@]}" make
rm -rf "$programs"

check "a cross build without a Rust target" refuses "set HTTPCLIENT_RUST_TARGET to the Rust target triple" \
    configure "$work/cross" -DCMAKE_TOOLCHAIN_FILE="$work/toolchain files/gcc.cmake"
check "another compiler without a Rust target" refuses \
    "the C compiler makes programs for aarch64-linux-gnu (64 bits), but the Rust target is $(rustc -vV |
        sed -n 's/^host: //p')" configure "$work/compiler" -DCMAKE_C_COMPILER=aarch64-linux-gnu-gcc
check "-m32 without a Rust target" refuses "(32 bits), but the Rust target is" \
    env CFLAGS=-m32 tools/library.sh dev
if has_rust "$musl"; then
    check "glibc's compiler for musl" refuses "with glibc, but the Rust target is" tools/library.sh dev --target "$musl"
fi
check "no such target" refuses "rustc does not know the target 'aarch64-nonsense'" \
    tools/library.sh dev --target aarch64-nonsense
check "a target without Rust's standard library" refuses \
    "Rust's standard library for sparc64-unknown-linux-gnu is not installed" \
    tools/library.sh dev --target sparc64-unknown-linux-gnu
check "no such option of a kind" refuses "Neither the shared" configure "$work/neither" "${cheap[@]}" \
    -DHTTPCLIENT_BUILD_SHARED=OFF -DHTTPCLIENT_BUILD_STATIC=OFF

# read_only COMMAND...: with the source in a file system where nothing can be written.
read_only() {
    unshare -m sh -c 'mount --bind "$0" "$0" && mount -o remount,ro,bind "$0" && exec "$@"' "$copy" "$@"
}
copy="$work/read-only source"
rm -rf "$work/read-only"*
copy_source "$copy"
if unshare -m true 2>/dev/null; then
    check "a read-only source: CMake" read_only sh -c \
        'cmake -S "$0" -B "$1" -DHTTPCLIENT_STD=OFF -DCMAKE_BUILD_TYPE=Debug && cmake --build "$1"' \
        "$copy" "$work/read-only build"
    check "a read-only source: make" refuses "Set CARGO_TARGET_DIR to a folder" read_only make -C "$copy"
fi
