# The default build, installed and moved: find_package and pkg-config. Leaves it in $prefix.

# quiet FOLDER: another build of FOLDER changes no file, links nothing, and has no notes of rustc's.
quiet() {
    touch "$work/before"
    cmake --build "$1" --parallel 2 >"$work/words" 2>&1 || return
    cat "$work/words"
    ! grep -iE 'note|warning' "$work/words" || return
    # A link is made anew each time; what it names, and so the time that make sees, is the same.
    local changed
    changed=$(find "$1" -type f \( -path '*/lib/libhttpclient*' -o -name '*_c' -o -name '*_cpp' \
        -o -name 'httpclient*.cmake' -o -name 'httpclient.pc' \) -newer "$work/before")
    echo "$changed"
    [ -z "$changed" ]
}

tree="$work/installed"
rm -rf "$work/prefix" "$work/moved" "$work/consumer"*
check "configure" configure "$tree" -G "Unix Makefiles" -DCMAKE_BUILD_TYPE=Release
check "build with make" cmake --build "$tree" --parallel 2
check "build again: nothing to do" quiet "$tree"
check "install" cmake --install "$tree" --prefix "$work/prefix"
mkdir "$work/moved"
mv "$work/prefix" "$work/moved/in another place"
prefix="$work/moved/in another place"

check "symbols" sh c-tests/symbols.sh "$prefix/lib/libhttpclient.so" "$prefix/lib/libhttpclient.a"
check "find_package in a moved prefix: gcc" consume "$work/consumer" gcc g++ "$all_features" \
    -DHOW=package -DCMAKE_PREFIX_PATH="$prefix"
check "httpclient::httpclient is static" needs "$work/consumer/httpclient_c" no
check "httpclient::shared is shared" needs "$work/consumer/shared_c" yes
check "httpclient::static is static" needs "$work/consumer/static_cpp" no
check "find_package in a moved prefix: clang, BUILD_SHARED_LIBS" consume "$work/consumer-clang" \
    clang clang++ "$all_features" -DHOW=package -DCMAKE_PREFIX_PATH="$prefix" -DBUILD_SHARED_LIBS=ON
check "httpclient::httpclient is shared" needs "$work/consumer-clang/httpclient_c" yes

# pc OPTION...: pkg-config, asked for httpclient in the prefix.
pc() { PKG_CONFIG_PATH="$prefix/lib/pkgconfig" pkg-config "$@" httpclient; }
# suppressed FLAGS...: nothing is reported of a program with that library that gets something over HTTPS.
suppressed() {
    link gcc -g "$@" && valgrind --quiet --error-exitcode=99 --leak-check=full \
        --errors-for-leak-kinds=definite,indirect,possible \
        --suppressions="$prefix/share/httpclient/valgrind.supp" "$work/get" "$port" "$work/certs/ca.pem"
}
check "pkg-config: version" pc --exact-version "$(sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml | head -1)"
check "pkg-config: shared" compile "$work/pc_shared" "$(pc --cflags --libs)"
check "pkg-config: shared runs" env LD_LIBRARY_PATH="$prefix/lib" "$work/pc_shared" "$all_features"
check "pkg-config: shared is shared" needs "$work/pc_shared" yes
check "valgrind.supp: shared" suppressed "$(pc --cflags --libs)" "'-Wl,-rpath,$prefix/lib'"
# With both libraries present the linker takes the shared one, unless -static tells it not to.
check "pkg-config --static -static" compile "$work/pc_static" -static "$(pc --static --cflags --libs)"
check "pkg-config --static -static runs" "$work/pc_static" "$all_features"
mkdir "$work/moved/aside" && mv "$prefix"/lib/libhttpclient.so* "$work/moved/aside/"
check "pkg-config --static" compile "$work/pc_static" "$(pc --static --cflags --libs)"
check "pkg-config --static runs" "$work/pc_static" "$all_features"
check "pkg-config --static is static" needs "$work/pc_static" no
check "valgrind.supp: static" suppressed "$(pc --static --cflags --libs)"
mv "$work/moved/aside"/* "$prefix/lib/"

# install_component NAME FILE...: what it puts in place, the last path of each, is exactly this.
install_component() {
    rm -rf "$work/component"
    cmake --install "$tree" --component "$1" --prefix "$work/component" || return
    shift
    (cd "$work/component" && find . ! -type d | sed 's|.*/||' | LC_ALL=C sort) >"$work/files"
    printf '%s\n' "$@" | LC_ALL=C sort | diff - "$work/files"
}
version=$(sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml | head -1)
check "component runtime" install_component runtime "libhttpclient.so.$version" libhttpclient.so.0
check "component dev" install_component dev httpclient.h libhttpclient.so libhttpclient.a httpclient.pc \
    httpclientConfig.cmake httpclientConfigVersion.cmake httpclientTargets.cmake valgrind.supp LICENSE-MIT LICENSE-APACHE

# stripped: --strip leaves no symbol table in the shared library, and what it exports.
stripped() {
    rm -rf "$work/stripped"
    cmake --install "$tree" --prefix "$work/stripped" --strip || return
    sh c-tests/symbols.sh "$work/stripped/lib/libhttpclient.so" "$work/stripped/lib/libhttpclient.a" || return
    readelf -S "$prefix/lib/libhttpclient.so" | grep -q '\.symtab' || return
    ! readelf -S "$work/stripped/lib/libhttpclient.so" | grep '\.symtab'
}
check "--strip" stripped

# uninstalled: nothing is left, not even folders of its own; again there is nothing to do.
uninstalled() {
    cmake --install "$tree" --prefix "$work/uninstalled" && touch "$work/uninstalled/include/other.h" &&
        cmake --build "$tree" --target uninstall || return
    find "$work/uninstalled" ! -type d
    [ "$(find "$work/uninstalled" ! -type d)" = "$work/uninstalled/include/other.h" ] &&
        [ ! -e "$work/uninstalled/lib/cmake/httpclient" ] && [ ! -e "$work/uninstalled/share/httpclient" ] &&
        refuses "Nothing has been installed" cmake --build "$tree" --target uninstall
}
check "uninstall" uninstalled
