# What the environment, a parent's project and cargo's own settings may say: it counts, or it does no harm.

source="$work/its settings/httpclient"
rm -rf "$work/its settings" "$work/it's here"
copy_source "$source"
bare=(--no-default-features)

# settings TEXT: cargo's, in the folder above the source.
settings() {
    mkdir -p "$work/its settings/.cargo"
    printf '%s\n' "$1" >"$work/its settings/.cargo/config.toml"
}
# makes COMMAND...: prints a folder that has the library in it.
makes() {
    local folder
    folder=$("$@") && nm -g "$folder/libhttpclient.a" | grep ' T hc_conn_new'
}
settings '[build]
target = "no-such-target"'
check "build.target of cargo's settings" makes "$source/tools/library.sh" dev "${bare[@]}"
settings '[build]
rustc = "no-such-rustc"'
check "build.rustc of cargo's settings" makes "$source/tools/library.sh" dev "${bare[@]}"
settings '[build]
rustflags = "--cfg seen"'
check "build.rustflags that is no list is refused" refuses "If it is build.rustflags, write it as a list of words" \
    "$source/tools/library.sh" release "${bare[@]}"
settings ''
check "an option that cargo does not know: cargo's words alone" refuses "unexpected argument '--nonsense'" \
    "$source/tools/library.sh" dev --nonsense
check "they do not speak of crates" [ -z "$(grep "crates are missing" "$work/words")" ]

check "a compiler that another program starts" makes env CC="env gcc -pipe" \
    "$source/tools/library.sh" dev "${bare[@]}"
check "no HOME" makes env -u HOME CARGO_HOME="${CARGO_HOME:-$HOME/.cargo}" RUSTUP_HOME="${RUSTUP_HOME:-$HOME/.rustup}" \
    "$source/tools/library.sh" firmware "${bare[@]}"
check "an apostrophe in a folder" makes env CARGO_TARGET_DIR="$work/it's here" "$source/tools/library.sh" dev "${bare[@]}"
# from_here: relative to where it was started.
from_here() {
    (cd "$work" && makes env CARGO_TARGET_DIR="it's here" "$source/tools/library.sh" dev "${bare[@]}") &&
        [ ! -e "$source/it's here" ]
}
check "a relative CARGO_TARGET_DIR" from_here
check "a linker of LDFLAGS" makes env LDFLAGS=-fuse-ld=lld "$source/tools/library.sh" dev "${bare[@]}"
check "a semicolon in flags" build "$work/semicolon" "${cheap[@]}" "-DCMAKE_C_FLAGS=-DSEPARATOR='a;b'"

# plain LINE...: a parent's variables, which are in no cache, count from the first configuration on.
plain() {
    rm -rf "$work/plain" "$work/plain.build"
    mkdir "$work/plain" && printf '%s\n' 'cmake_minimum_required(VERSION 3.16)' 'project(plain C)' "$@" \
        "add_subdirectory(\"$root\" httpclient)" >"$work/plain/CMakeLists.txt" &&
        cmake -S "$work/plain" -B "$work/plain.build"
}
for name in CARGO_PROFILE BUILD_SHARED RUST_TARGET CARGO_FLAGS; do
    case $name in
    BUILD_SHARED) value=OFF words="are off" ;;
    CARGO_FLAGS) value=--target=none words="'none'" ;;
    *) value=none words="'none'" ;;
    esac
    check "a parent's HTTPCLIENT_$name" refuses "$words" \
        plain "set(HTTPCLIENT_BUILD_STATIC OFF)" "set(HTTPCLIENT_$name $value)"
done

# whole: a project that links one library and installs httpclient as a whole.
whole() {
    rm -rf "$work/whole" "$work/whole.prefix"
    consume "$work/whole" gcc g++ "$no_features" "${cheap[@]}" -DHOW=fetch -DHTTPCLIENT_SOURCE="$root" -DKINDS=static \
        -DHTTPCLIENT_INSTALL=ON && cmake --install "$work/whole" --prefix "$work/whole.prefix" &&
        [ -e "$work/whole.prefix/lib/libhttpclient.so" ] && [ -e "$work/whole.prefix/lib/libhttpclient.a" ]
}
check "HTTPCLIENT_INSTALL as a part of a project" whole
check "make demo in a folder with blanks" make -C "$source" demo
rm -rf "$work/its settings" "$work/it's here"
