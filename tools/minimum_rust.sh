#!/bin/sh
# Compiles everything with the oldest Rust that Cargo.toml says is enough: the library as it is by default,
# without std and with aws-lc-rs, its tests, and the tools. Warnings are errors.
#
# That Rust comes by rustup; where there is none, rustc alone from Debian 12's archive (its package rustc-web),
# unpacked and not installed, for the cargo that is there. Where neither can be had, this fails.
set -eu
cd "$(dirname "$0")/.."
minimum=$(sed -n 's/^rust-version = "\(.*\)"$/\1/p' Cargo.toml)
target=${CARGO_TARGET_DIR:-$PWD/target}/minimum-rust
mkdir -p "$target"

if command -v rustup >/dev/null; then
    rustup toolchain install "$minimum.0" --profile minimal --no-self-update >"$target/rustup.log" 2>&1 ||
        { cat "$target/rustup.log" && exit 1; }
    cargo() { rustup run "$minimum.0" cargo "$@"; }
    rustup run "$minimum.0" rustc --version
elif [ "$(expr "$(rustc --version)" : 'rustc \([0-9]*\.[0-9]*\)')" = "$minimum" ]; then
    rustc --version
else
    root=$target/debian
    if [ ! -x "$root/usr/bin/rustc" ]; then
        rm -rf "$root.packages" && mkdir "$root.packages"
        (
            cd "$root.packages"
            version=$(apt-cache madison rustc-web | sed -n "s/.*| *\($minimum\.[^ ]*\).*/\1/p" | head -n 1)
            apt-get -qq download "rustc-web=$version" "libstd-rust-web-dev=$version" \
                "libstd-rust-web-$minimum" "$(apt-cache depends "libstd-rust-web-$minimum" |
                    sed -n 's/.*Depends: \(libllvm.*\)/\1/p')"
            for package in *.deb; do
                dpkg-deb -x "$package" "$root"
            done
        )
    fi
    export RUSTC="$root/usr/bin/rustc"
    LD_LIBRARY_PATH=$(dirname "$(find "$root/usr/lib" -name 'librustc_driver-*.so')"):${LD_LIBRARY_PATH:-}
    export LD_LIBRARY_PATH
    "$RUSTC" --version
fi

export CARGO_TARGET_DIR="$target" RUSTFLAGS="-D warnings ${RUSTFLAGS:-}"
cargo check --locked --workspace --all-targets
cargo check --locked --package httpclient --no-default-features
cargo check --locked --package httpclient --features aws-lc-rs
