# No path of the builder's is in a library, and so the same source gives the same bytes: built again in another
# folder, by another CARGO_HOME.

prefix="$work/moved/in another place"
cargo_home=${CARGO_HOME:-$HOME/.cargo}

# pathless FILE: names neither this machine's folders nor rustup's.
pathless() {
    ! strings -a "$1" | grep -F -e "$root" -e "$HOME" -e "$cargo_home" -e "$(rustc --print sysroot)/lib/rustlib" -e "$work"
}
for file in libhttpclient.so libhttpclient.a; do
    check "no path of the builder's in $file" pathless "$prefix/lib/$file"
done
check "nor in make's" pathless "$(tools/library.sh release 2>/dev/null)/libhttpclient.a"

# twice: with crates that this CARGO_HOME has, and no network.
twice() {
    local home="$work/another cargo home"
    copy_source "$work/another/much longer/folder" || return
    mkdir -p "$home/registry"
    cp -r "$cargo_home/registry/index" "$cargo_home/registry/cache" "$home/registry" || return
    [ ! -e "$cargo_home/config.toml" ] || cp "$cargo_home/config.toml" "$home"
    CARGO_HOME="$home" cmake -S "$work/another/much longer/folder" -B "$work/another/build" \
        -DCMAKE_BUILD_TYPE=Release -DHTTPCLIENT_CARGO_FLAGS=--offline &&
        CARGO_HOME="$home" cmake --build "$work/another/build" || return
    cmp "$work/another/build/lib/libhttpclient.so" "$prefix/lib/libhttpclient.so" &&
        cmp "$work/another/build/lib/libhttpclient.a" "$prefix/lib/libhttpclient.a"
}
check "built twice in different folders and CARGO_HOMEs: the same bytes" twice
