# One library alone, and find_package(... COMPONENTS ...).

# only KIND OTHER OPTION...: what is installed has this library alone; find_package gives it by its name and as
# httpclient::httpclient, and refuses to give the other.
only() {
    local kind=$1 other=$2 folder="$work/only $1"
    rm -rf "$folder.prefix" "$folder.consumer" "$folder.refused"
    build "$folder" "${cheap[@]}" "${@:3}" && cmake --install "$folder" --prefix "$folder.prefix" || return
    consume "$folder.consumer" gcc g++ "$no_features" -DHOW=package -DCMAKE_PREFIX_PATH="$folder.prefix" \
        "-DKINDS=$kind;httpclient" -DCOMPONENTS="$kind" || return
    refuses "Its component $other is not installed" cmake -S "$tests/consumer" -B "$folder.refused" -DHOW=package \
        -DCMAKE_PREFIX_PATH="$folder.prefix" -DCOMPONENTS="$other" || return
    local words
    words=$(PKG_CONFIG_PATH="$folder.prefix/lib/pkgconfig" pkg-config --cflags --libs httpclient) || return
    compile "$work/only" "$words" "'-Wl,-rpath,$folder.prefix/lib'" && "$work/only" "$no_features"
}
check "the static library alone" only static shared -DHTTPCLIENT_BUILD_SHARED=OFF
check "has no shared one with it" [ ! -e "$work/only static.prefix/lib/libhttpclient.so" ]
check "the shared library alone" only shared static -DHTTPCLIENT_BUILD_STATIC=OFF
check "has no static one with it" [ ! -e "$work/only shared.prefix/lib/libhttpclient.a" ]
check "neither is refused" refuses "Neither the shared nor the static library" configure "$work/neither" \
    "${cheap[@]}" -DHTTPCLIENT_BUILD_SHARED=OFF -DHTTPCLIENT_BUILD_STATIC=OFF

# both_components: the package of installed.sh has both.
both_components() {
    rm -rf "$work/both"
    cmake -S "$tests/consumer" -B "$work/both" -DHOW=package -DCOMPONENTS="shared;static" \
        -DCMAKE_PREFIX_PATH="$work/moved/in another place"
}
check "COMPONENTS shared static" both_components
