#!/bin/bash
# The C tests: the header alone, then each test_*.c three times against real servers:
#     with AddressSanitizer and UBSan on the C side, and the static library with Rust's own checks;
#     the same over a transport that would block before every byte (see one_byte.h);
#     under valgrind, with the shared library as it is released.
# Arguments are the tests to run, such as c-tests/test_get.c; without any all of them run.
set -u
cd "$(dirname "$0")/.." || exit 1
target=${CARGO_TARGET_DIR:-target}
mkdir -p "$target/c-tests"
target=$(cd "$target" && pwd)
warnings=(-std=c11 -Wall -Wextra -Wpedantic -Werror -g -Iinclude)
passed=0
failed=0

# run WHAT COMMAND...: one program, whose own lines tell its tests.
run() {
    local what=$1
    shift
    echo "--- $what"
    if "$@"; then
        passed=$((passed + 1))
    else
        echo "FAILED  $what"
        failed=$((failed + 1))
    fi
}

# A fork's child has what its parent's other threads were holding, and nobody to free it: no word of that.
memcheck=(valgrind --quiet --error-exitcode=99 --leak-check=full --child-silent-after-fork=yes
    --suppressions="$PWD/tools/valgrind.supp"
    "--errors-for-leak-kinds=definite,indirect,possible" --fair-sched=yes)

# sanitized TEST [RUNNER]: compiles it with the static library and runs it, or has RUNNER run it.
sanitized() {
    local program=$target/c-tests/$1.sanitized native
    read -ra native <"$checked/native-static-libs.txt"
    gcc "${warnings[@]}" -fsanitize=address,undefined -fno-sanitize-recover=all \
        -fno-omit-frame-pointer "c-tests/$1.c" c-tests/harness.c c-tests/one_byte.c \
        "$checked/libhttpclient.a" "${native[@]}" -o "$program" && "${2:-env}" "$program"
}

# byte_by_byte TEST: runs once more what was compiled for `sanitized`.
byte_by_byte() {
    HC_ONE_BYTE=1 "$target/c-tests/$1.sanitized"
}

# valgrinded TEST [RUNNER]: compiles it with the shared library and runs it under valgrind.
valgrinded() {
    local program=$target/c-tests/$1
    gcc "${warnings[@]}" -O1 "c-tests/$1.c" c-tests/harness.c c-tests/one_byte.c \
        -L"$released" -lhttpclient -Wl,-rpath,"$released" -pthread -o "$program" || return
    if [ $# -gt 1 ]; then
        "$2" "$program" "${memcheck[@]}"
    else
        "${memcheck[@]}" "$program"
    fi
}

checked=$(tools/library.sh dev) && released=$(tools/library.sh release) &&
    cargo build --locked --package testserver || exit 1
export HC_TESTSERVER=$target/debug/testserver
export HC_SHARED_LIBRARY=$released/libhttpclient.so

if [ $# -eq 0 ]; then
    run "header.sh" sh c-tests/header.sh
    run "sections.sh" sh c-tests/sections.sh
    run "fetch.sh" sh c-tests/fetch.sh
    run "loops.sh" sh c-tests/loops.sh
    run "no_std.sh" sh c-tests/no_std.sh
    run "docs.sh" sh c-tests/docs.sh
    LIBDIR=$released run "counts.sh" sh c-tests/counts.sh
    LIBDIR=$released run "numbers that cannot be" c-tests/numbers/run.sh
    RELEASED=$released CHECKED=$checked run "every allocation fails" c-tests/torture/run.sh
    run "real servers with AddressSanitizer and UBSan" sanitized real c-tests/real.sh
    run "real servers under valgrind" valgrinded real c-tests/real.sh
    shopt -s nullglob
    set -- c-tests/harness_test.c c-tests/test_*.c
fi
for file; do
    name=$(basename "$file" .c)
    run "$name with AddressSanitizer and UBSan" sanitized "$name"
    # The harness's own test has no connections; and where it is the test that waits, nothing of the library is
    # cancelled.
    [ "$name" = harness_test ] || [ "$name" = test_threads ] || run "$name byte by byte" byte_by_byte "$name"
    run "$name under valgrind" valgrinded "$name"
done

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
