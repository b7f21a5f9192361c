#!/bin/sh
# symbols.sh SHARED STATIC: the shared library exports exactly the functions of tools/symbols.txt,
# under the right SONAME and without a search path of its own; the static library gives a program
# nothing but them and what is harmless.
set -eu
shared=$1
static=$2
cd "$(dirname "$0")/.."
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
failed=0

# expect WHAT: compares $out/actual with $out/expected.
expect() {
    if diff -u "$out/expected" "$out/actual" >"$out/diff"; then
        echo "ok      $1"
    else
        echo "FAILED  $1"
        cat "$out/diff"
        failed=$((failed + 1))
    fi
}

LC_ALL=C sort tools/symbols.txt >"$out/expected"
nm -D --defined-only "$shared" | awk '{ print $NF }' | LC_ALL=C sort >"$out/actual"
expect "the shared library exports what the header declares"

echo 'Library soname: [libhttpclient.so.0]' >"$out/expected"
readelf -d "$shared" | sed -n 's/.*\(Library \(soname\|rpath\|runpath\): .*\)/\1/p' >"$out/actual"
expect "SONAME is libhttpclient.so.0, and there is no rpath"

# Other global symbols of the static library: names that begin as those of ring, which bear its
# version; the compiler's arithmetic (two underscores), which the linker takes only where libgcc
# has not got it; and weak ones, of which a program may have many.
LC_ALL=C sort tools/symbols.txt >"$out/expected"
nm -g --defined-only "$static" 2>/dev/null |
    awk 'NF == 3 && $2 !~ /[VW]/ && $3 !~ /^(ring_core_|__)/ { print $3 }' |
    LC_ALL=C sort >"$out/actual"
expect "the static library claims no name but its own"

echo "$((3 - failed)) passed, $failed failed"
[ "$failed" -eq 0 ]
