#!/bin/sh
# Every function of include/httpclient.h is called by a test; and every call that may block is among
# those that c-tests/one_byte.h repeats.
set -eu
cd "$(dirname "$0")/.."
failed=0

fail() {
    echo "FAILED  $*"
    failed=$((failed + 1))
}

# The sections, as the tool that writes the header lists them: each is a file of src/capi.
sections=$(sed -n '/^const TABLE/,/^];/s/^ *"\(.*\)",$/\1/p' tools/header/src/sections.rs)
[ -n "$sections" ] || fail "tools/header/src/sections.rs lists no sections"

count=0
for section in $sections; do
    for function in $(sed -n 's/.*extern "C" fn \(hc_[a-z0-9_]*\).*/\1/p' "src/capi/$section.rs"); do
        count=$((count + 1))
        grep -q "\b$function(" c-tests/test_*.c || fail "no test calls $function"
    done
done

# A function may be declared outside of those files by mistake.
[ "$count" -eq "$(grep -c . tools/symbols.txt)" ] ||
    fail "$count functions in the sections, not those of tools/symbols.txt"

# Reading a file is not meant.
for function in $(awk '
    /^\/\*\*/ { blocks = 0 }
    /May block/ { blocks = 1 }
    blocks && match($0, /^[a-z].*hc_[a-z0-9_]*\(/) {
        name = substr($0, RSTART, RLENGTH - 1)
        sub(/.*[ *]/, "", name)
        print name
        blocks = 0
    }' include/httpclient.h | grep -v '^hc_tls_builder_'); do
    grep -q "define $function " c-tests/one_byte.h || fail "c-tests/one_byte.h does not repeat $function"
done

echo "$count functions called, $failed failed"
[ "$failed" -eq 0 ]
