#!/bin/sh
# Prints the README's table of sizes: the libraries as they are installed and what a program is with them,
# examples/minimal.c, linked with --gc-sections and stripped.
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
    printf '| %s | %s | %s | %s | %s |\n' "$what" "$(kib "$folder/libhttpclient.so")" "$(kib "$out/library")" \
        "$(kib "$folder/libhttpclient.a")" "$(kib "$out/program")"
}

kib() {
    echo "$((($(wc -c <"$1") + 512) / 1024)) KiB"
}

echo "| build for $(cargo -vV | sed -n 's/^host: //p') | shared library | with --strip | static library | static program |"
echo "|---|---|---|---|---|"
row "default" release
row "without TLS and IDNA" release --no-default-features --features std
row "default, MinSizeRel" minsizerel
row "without TLS and IDNA, profile firmware" firmware --no-default-features --features std
row "own transports only, profile firmware" firmware --no-default-features
