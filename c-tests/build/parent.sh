# A part of another project: add_subdirectory and FetchContent, and what is installed with that project.

tree="$work/parent"
rm -f "$tree/CMakeCache.txt"
parent=(-DHTTPCLIENT_SOURCE="$root" -G Ninja -DCMAKE_BUILD_TYPE=Debug)
check "add_subdirectory, Debug, ninja" consume "$tree" gcc g++ "$all_features" "${parent[@]}" -DHOW=subdirectory
check "build again: nothing to do" quiet "$tree"
check "FetchContent" consume "$tree" gcc g++ "$all_features" "${parent[@]}" -DHOW=fetch -DBUILD_SHARED_LIBS=ON
check "httpclient::httpclient is shared" needs "$tree/httpclient_c" yes
check "without TLS" consume "$tree" gcc g++ 1 "${parent[@]}" -DHOW=fetch -DHTTPCLIENT_TLS=OFF \
    -DHTTPCLIENT_IDNA=OFF
check "without std" consume "$tree" gcc g++ "$no_features" "${parent[@]}" -DHOW=fetch -DHTTPCLIENT_STD=OFF

# brings_along KIND yes|no: whether the installed program of that project has the shared library beside it,
# which it then uses.
brings_along() {
    rm -rf "$tree-$1" "$work/product"
    consume "$tree-$1" gcc g++ "$no_features" "${parent[@]}" -DHOW=fetch "${cheap[@]}" -DKINDS="$1" &&
        cmake --install "$tree-$1" --prefix "$work/product" && mv "$tree-$1" "$work/gone" || return
    "$work/product/bin/$1_c" "$no_features"
    local status=$?
    rm -rf "$work/gone"
    find "$work/product" -name '*httpclient*'
    [ $status -eq 0 ] && [ ! -e "$work/product/include" ] || return
    if [ "$2" = yes ]; then
        [ -e "$work/product/lib/libhttpclient.so.0" ]
    else
        [ -z "$(find "$work/product" -name '*httpclient*.so*' -o -name '*httpclient*.a')" ]
    fi
}
check "a project that uses httpclient::shared brings it along" brings_along shared yes
check "a project that uses httpclient::static does not" brings_along static no
