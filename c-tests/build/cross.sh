# For other machines, by toolchain files: gcc and clang for aarch64, run by qemu; and i386 and musl, whose
# programs run here. Rust's standard library for these comes by rustup; where there is no rustup and no other has installed
# it, what needs it is left out and named.

mkdir -p "$work/toolchain files"
cat >"$work/toolchain files/gcc.cmake" <<'CMAKE'
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR aarch64)
set(CMAKE_C_COMPILER aarch64-linux-gnu-gcc)
set(CMAKE_C_FLAGS_INIT "-march=armv8-a")
CMAKE
# The sysroot is not where the compiler looks by itself: Debian's, moved.
cat >"$work/toolchain files/clang.cmake" <<CMAKE
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR aarch64)
set(CMAKE_C_COMPILER clang)
set(CMAKE_C_COMPILER_TARGET aarch64-linux-gnu)
set(CMAKE_SYSROOT "$work/sysroot")
set(CMAKE_C_FLAGS_INIT "-D_FORTIFY_SOURCE=2")
set(CMAKE_EXE_LINKER_FLAGS_INIT "-fuse-ld=lld")
set(CMAKE_SHARED_LINKER_FLAGS_INIT "-fuse-ld=lld")
CMAKE

# sysroot: what a C program for aarch64 needs, in a folder of its own.
sysroot() {
    rm -rf "$work/sysroot"
    mkdir -p "$work/sysroot/usr/lib" "$work/sysroot/lib" &&
        cp -r /usr/aarch64-linux-gnu/include "$work/sysroot/usr/include" &&
        cp -P /usr/aarch64-linux-gnu/lib/* "$work/sysroot/lib" &&
        cp -r /usr/lib/gcc-cross/aarch64-linux-gnu/*/lib* /usr/lib/gcc-cross/aarch64-linux-gnu/*/crt* \
            "$work/sysroot/usr/lib" || return
    # Debian's linker script names the files by the paths that they had.
    sed 's|/usr/aarch64-linux-gnu/lib/||g' /usr/aarch64-linux-gnu/lib/libc.so >"$work/sysroot/lib/libc.so"
}

# crossed NAME OPTION...: a static and a shared library, and main.c with each, which qemu runs.
crossed() {
    local name=$1 file="$work/toolchain files/$1.cmake" folder="$work/cross $1"
    build "$folder" -DCMAKE_TOOLCHAIN_FILE="$file" -DHTTPCLIENT_RUST_TARGET=$arm "${@:2}" &&
        cmake --install "$folder" --prefix "$folder.prefix" || return
    readelf -h "$folder.prefix/lib/libhttpclient.so" | grep 'Machine: *AArch64' || return
    rm -rf "$folder.consumer"
    cmake -S "$tests/consumer" -B "$folder.consumer" -DCMAKE_TOOLCHAIN_FILE="$file" -DHOW=package \
        -DLANGUAGES=c -DCMAKE_FIND_ROOT_PATH="$folder.prefix" -DCMAKE_PREFIX_PATH="$folder.prefix" &&
        cmake --build "$folder.consumer" || return
    local program
    for program in static_c shared_c; do
        qemu-aarch64-static -L /usr/aarch64-linux-gnu "$folder.consumer/$program" any || return
    done
}

if has_rust $arm; then
    # With TLS: its C code is compiled by the compiler of the toolchain file, without what is for a project's own.
    check "gcc for aarch64" crossed gcc -DCMAKE_BUILD_TYPE=Debug -DHTTPCLIENT_IDNA=OFF \
        "-DCMAKE_C_FLAGS=-march=armv8-a -Wall -Werror -fsanitize=address"
    check "a sysroot" sysroot
    check "clang for aarch64, sysroot, lld" crossed clang -DCMAKE_BUILD_TYPE=Debug -DHTTPCLIENT_IDNA=OFF
    check "by hand, CC with options" env CC="clang --target=aarch64-linux-gnu" CFLAGS="--sysroot='$work/sysroot'" \
        LDFLAGS=-fuse-ld=lld tools/library.sh dev --target $arm --no-default-features --features std
fi

# thirty_two_bits: by a C flag alone. Debian has some headers of the kernel only where 64 bits look.
thirty_two_bits() {
    build "$work/m32" -DHTTPCLIENT_RUST_TARGET=$i386 -DCMAKE_BUILD_TYPE=Debug -DHTTPCLIENT_IDNA=OFF \
        "-DCMAKE_C_FLAGS=-m32 -isystem /usr/include/$(gcc -print-multiarch)" &&
        cmake --install "$work/m32" --prefix "$work/m32 prefix" || return
    local words
    words=$(PKG_CONFIG_PATH="$work/m32 prefix/lib/pkgconfig" pkg-config --static --cflags --libs httpclient) || return
    link gcc -m32 "$words" "'-Wl,-rpath,$work/m32 prefix/lib'" && link gcc "-m32 -static" "$words"
}
if [ "$(uname -m)" = x86_64 ] && has_rust $i386; then
    check "-m32" thirty_two_bits
fi

# musl_static: programs that need nothing of the system.
musl_static() {
    build "$work/musl" -DCMAKE_C_COMPILER=musl-gcc -DHTTPCLIENT_RUST_TARGET=$musl -DCMAKE_BUILD_TYPE=Debug &&
        cmake --install "$work/musl" --prefix "$work/musl prefix" || return
    [ ! -e "$work/musl prefix/lib/libhttpclient.so" ] || return
    local words
    words=$(PKG_CONFIG_PATH="$work/musl prefix/lib/pkgconfig" pkg-config --cflags --libs httpclient) || return
    link musl-gcc -static "$words" && all_static
}
if has_rust $musl; then
    check "musl, static" musl_static
    check "a shared library for musl is refused" refuses "Rust makes no shared libraries for $musl" \
        configure "$work/musl shared" -DCMAKE_C_COMPILER=musl-gcc -DHTTPCLIENT_RUST_TARGET=$musl \
        -DHTTPCLIENT_BUILD_SHARED=ON
fi

# Bare metal: clang knows any machine.
cat >"$work/toolchain files/bare metal.cmake" <<'CMAKE'
set(CMAKE_SYSTEM_NAME Generic)
set(CMAKE_SYSTEM_PROCESSOR arm)
set(CMAKE_C_COMPILER clang)
set(CMAKE_C_COMPILER_TARGET thumbv7em-none-eabihf)
set(CMAKE_TRY_COMPILE_TARGET_TYPE STATIC_LIBRARY)
CMAKE
bare_metal=(-DCMAKE_TOOLCHAIN_FILE="$work/toolchain files/bare metal.cmake" -DHTTPCLIENT_RUST_TARGET="$thumb")
# firmware: needs nothing but a heap and abort().
firmware() {
    build "$work/firmware" "${bare_metal[@]}" -DHTTPCLIENT_STD=OFF -DHTTPCLIENT_CARGO_PROFILE=firmware &&
        [ ! -e "$work/firmware/lib/libhttpclient.so" ] || return
    nm -u "$work/firmware/lib/libhttpclient.a" | awk '/ U / { print $2 }' | sort | xargs >"$work/undefined"
    [ "$(cat "$work/undefined")" = "abort free malloc realloc" ]
}
if has_rust $thumb core; then
    check "bare metal" firmware
    check "std on bare metal is refused" refuses "there is no std for $thumb" configure "$work/std" "${bare_metal[@]}"
fi
