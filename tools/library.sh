#!/bin/sh
# library.sh PROFILE [CARGO OPTION...]: builds the library with cargo alone, in a profile of
# Cargo.toml, and prints the folder where it is then:
#     libhttpclient.so          the shared library, beside the link libhttpclient.so.0, the name that
#                               programs look for when they start
#     libhttpclient.a           the static library
#     native-static-libs.txt    what a program links beside the static library, as rustc says
# C projects have CMakeLists.txt; this is for the Makefile, the tests and the demo.
set -eu
cd "$(dirname "$0")/.."
profile=$1
shift
case $profile in
dev) folder=${CARGO_TARGET_DIR:-target}/debug ;;
*) folder=${CARGO_TARGET_DIR:-target}/$profile ;;
esac
mkdir -p "$folder"
folder=$(cd "$folder" && pwd)

# Without the rlib that the crate's tests need, cargo optimizes across crates: half the size.
cargo rustc --locked --package httpclient --lib --crate-type cdylib,staticlib \
    --profile "$profile" "$@" -- --print "native-static-libs=$folder/native-static-libs.txt" >&2
ln -sf libhttpclient.so "$folder/libhttpclient.so.0"
echo "$folder"
