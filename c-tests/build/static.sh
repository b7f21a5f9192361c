# The static library, installed in $prefix and as `make` leaves it: programs without any shared library, four
# linkers, and beside another static library in Rust. Each program does an HTTPS request: a library that lacks
# a part may still link, and do plain HTTP.

prefix="$work/moved/in another place"
[ -e "$prefix" ] || { echo "static.sh: installed.sh has to run before" && exit 1; }

folder=$(tools/library.sh release 2>/dev/null)
natives=$(cat "$folder/native-static-libs.txt")
check "by hand: static" link gcc "" "'$folder/libhttpclient.a'" "$natives"
check "by hand: shared" link gcc "" "'-L$folder' '-Wl,-rpath,$folder' -lhttpclient"
for compiler in gcc clang; do
    for flag in -static -static-pie; do
        # A warning is glibc's, of getaddrinfo; that is for the program's author.
        check "by hand: $compiler $flag" link $compiler "$flag" "'$folder/libhttpclient.a'" "$natives"
        check "no shared library is needed" all_static
    done
done
check "pkg-config: -static" link gcc -static "$(pc --static --cflags --libs)"
check "no shared library is needed" all_static
check "CMake: -static" consume "$work/consumer-static" gcc g++ "$all_features" -DHOW=package \
    -DCMAKE_PREFIX_PATH="$prefix" -DKINDS=static -DCMAKE_EXE_LINKER_FLAGS=-static

# two_rusts LTO: another library, in both orders, with each linker.
two_rusts() {
    rustc --edition 2021 --crate-type staticlib -C panic=unwind -O -C lto="$1" "$tests/other.rs" \
        -o "$work/libother.a" || return
    local order linker
    for linker in bfd gold lld mold; do
        for order in "'$2' '$work/libother.a'" "'$work/libother.a' '$2'"; do
            echo "$linker: $order"
            link gcc "-fuse-ld=$linker -DOTHER" "$order" "$natives" || return
        done
    done
}
debug=$(tools/library.sh dev 2>/dev/null)
for lto in off fat; do
    check "beside another library in Rust (lto=$lto): installed" two_rusts $lto "$prefix/lib/libhttpclient.a"
    check "beside another library in Rust (lto=$lto): by make" two_rusts $lto "$folder/libhttpclient.a"
    check "beside another library in Rust (lto=$lto): for debugging" two_rusts $lto "$debug/libhttpclient.a"
done
