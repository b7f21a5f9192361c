#!/bin/sh
# Compiles include/httpclient.h alone, twice in one unit and in two units, as C and as C++, without a
# single warning, with every compiler present. Needs no library: the header must only declare.
set -eu
cd "$(dirname "$0")"
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT

warnings='-Wall -Wextra -Wpedantic -Werror -Wundef'
passed=0

# pair COMPILER OPTIONS...: both units, linked and run.
pair() {
    case $1 in
    clang*) flags="$warnings -Wdocumentation" ;;
    *) flags=$warnings ;;
    esac
    for unit in header_alone header_pair; do
        # shellcheck disable=SC2086 # several flags in one word
        "$@" $flags -I../include -c $unit.c -o "$out/$unit.o"
    done
    "$1" "$out/header_alone.o" "$out/header_pair.o" -o "$out/pair"
    "$out/pair"
    echo "ok: $*"
    passed=$((passed + 1))
}

for cc in gcc clang; do
    command -v $cc >/dev/null || { echo "skipped: no $cc"; continue; }
    for standard in c99 c11 c17; do
        pair $cc -std=$standard -Wstrict-prototypes -Wmissing-prototypes
    done
done
for cxx in g++ clang++; do
    command -v $cxx >/dev/null || { echo "skipped: no $cxx"; continue; }
    for standard in c++11 c++17 c++20; do
        pair $cxx -std=$standard -x c++
    done
done
# The enumeration has its fixed type in C23 too.
if gcc -std=c2x -E -x c /dev/null >/dev/null 2>&1; then
    pair gcc -std=c2x
fi

# The README's program is examples/minimal.c, which loops.sh builds.
# shellcheck disable=SC2016 # no expressions
sed -n '/^```c$/,/^```$/{/^```/d;p;}' ../README.md | sed '/^}$/q' | diff - ../examples/minimal.c
passed=$((passed + 1))

echo "$passed passed, 0 failed"
[ "$passed" -gt 0 ]
