#!/bin/sh
# Fuzzes: see fuzz/README.md. SECONDS_EACH and TARGETS are set by the Makefile.
set -eu
cd "$(dirname "$0")/.."
command -v cargo-fuzz >/dev/null || {
    echo "fuzz.sh: cargo-fuzz is missing: cargo install cargo-fuzz (and a nightly Rust: rustup toolchain install nightly)" >&2
    exit 2
}
all=$(cd fuzz/seeds && echo *)
for target in ${TARGETS:-$all}; do
    echo "=== $target"
    mkdir -p "fuzz/corpus/$target"
    cargo +nightly fuzz run "$target" "fuzz/corpus/$target" "fuzz/seeds/$target" -- \
        -max_total_time="${SECONDS_EACH:-60}" -dict=fuzz/http.dict -max_len=4096 -timeout=20 -print_final_stats=1
done
