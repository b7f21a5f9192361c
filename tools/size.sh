#!/bin/sh
# Prints the README's table of sizes: the stripped shared library, and examples/minimal.c linked with
# the static one and stripped.
set -eu
cd "$(dirname "$0")/.."
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT

# row WHAT PROFILE [CARGO OPTION...]
row() {
    what=$1
    shift
    folder=$(tools/library.sh "$@")
    strip -o "$out/library" "$folder/libhttpclient.so"
    # shellcheck disable=SC2046 # a list of options
    ${CC:-cc} -Os -s -Wl,--gc-sections -Iinclude examples/minimal.c "$folder/libhttpclient.a" \
        $(cat "$folder/native-static-libs.txt") -o "$out/program"
    printf '| %s | %s | %s |\n' "$what" "$(kib "$out/library")" "$(kib "$out/program")"
}

kib() {
    echo "$((($(wc -c <"$1") + 512) / 1024)) KiB"
}

echo "| build for $(cargo -vV | sed -n 's/^host: //p') | shared library | static program |"
echo "|---|---|---|"
row "default" release
row "without TLS" release --no-default-features --features std
row "without TLS, profile firmware" firmware --no-default-features --features std
row "own transports only, profile firmware" firmware --no-default-features
