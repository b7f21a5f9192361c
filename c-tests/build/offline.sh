# Without a network and with an empty CARGO_HOME: a project has the crates with it, and says so in its own
# .cargo/config.toml, which is seen from any build folder. Cargo runs where the source is.

# Nothing is to be had from outside, whatever the settings say.
if unshare -n true 2>/dev/null; then
    without_network=(unshare -n)
else
    without_network=(env CARGO_NET_OFFLINE=true)
fi
product="$work/product with crates"
rustup_home=${RUSTUP_HOME:-$HOME/.rustup}

# vendor: the project: httpclient below it, and the crates beside that.
vendor() {
    rm -rf "$product" "$work/empty cargo home" "$work/offline"*
    copy_source "$product/third party/httpclient" || return
    mkdir -p "$product/.cargo" "$work/empty cargo home"
    cargo vendor --quiet --locked "$product/crates" >/dev/null || return
    printf '[source.crates-io]\nreplace-with = "vendored"\n[source.vendored]\ndirectory = "crates"\n' \
        >"$product/.cargo/config.toml"
}

# offline COMMAND...: with nothing but what is in the project.
offline() {
    "${without_network[@]}" env RUSTUP_HOME="$rustup_home" CARGO_HOME="$work/empty cargo home" "$@"
}

# builds WITH...: FetchContent in a folder that is not below the source.
builds() {
    offline cmake -S "$tests/consumer" -B "$work/offline" -DHOW=fetch "$@" \
        -DHTTPCLIENT_SOURCE="$product/third party/httpclient" &&
        offline cmake --build "$work/offline" --parallel 2
}

check "a project with its crates" vendor
check "FetchContent without a network" builds "${cheap[@]}"
check "works" programs "$work/offline" "$no_features"
check "make without a network" offline make -C "$product/third party/httpclient" PROFILE=dev

# settings: those of the source are seen, too, and hold beside what is done so that no paths are in the library.
settings() {
    mkdir "$product/third party/httpclient/.cargo" &&
        printf '[build]\nrustflags = ["--cfg", "seen_by_the_test"]\n' \
            >"$product/third party/httpclient/.cargo/config.toml"
    rm -rf "$work/offline"
    offline cmake -S "$product/third party/httpclient" -B "$work/offline" -DHTTPCLIENT_STD=OFF \
        -DCMAKE_BUILD_TYPE=Release -DHTTPCLIENT_CARGO_FLAGS=-vv &&
        offline cmake --build "$work/offline" >"$work/words" 2>&1 || return
    grep -q 'cfg seen_by_the_test.*remap-path-prefix' "$work/words" &&
        ! strings -a "$work/offline/lib/libhttpclient.so" | grep -F -e "$work" -e "$product"
}
check "the source's own .cargo/config.toml" settings

# toolchain_file: rustup reads it where cargo is started.
toolchain_file() {
    printf '[toolchain]\nchannel = "no-such-toolchain"\n' \
        >"$product/third party/httpclient/rust-toolchain.toml"
    refuses "no-such-toolchain" offline cmake -S "$product/third party/httpclient" -B "$work/toolchain" \
        "${cheap[@]}"
}
if command -v rustup >/dev/null; then
    check "the source's own rust-toolchain.toml" toolchain_file
fi

# without_crates: the words for it come at once.
without_crates() {
    rm -rf "$product/.cargo" "$product/third party/httpclient/.cargo" "$work/offline" \
        "$product/third party/httpclient/rust-toolchain.toml"
    offline cmake -S "$product/third party/httpclient" -B "$work/offline" "${cheap[@]}" &&
        refuses "Where there is no network they must be there beforehand" \
            offline cmake --build "$work/offline"
}
check "no network and no crates" without_crates
rm -rf "$product" "$work/offline"
