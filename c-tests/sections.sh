#!/bin/sh
# Every section of include/httpclient.h has its test_SECTION.c, which, with test_SECTION_*.c, calls each of its functions; every
# function that takes a handle is among those that test_handles.c calls with none; and every call that may
# block is among those that one_byte.h repeats.
# shellcheck disable=SC2013 # names have no blanks
set -eu
cd "$(dirname "$0")/.."
failed=0

fail() {
    echo "FAILED  $*"
    failed=$((failed + 1))
}

# The sections, as the tool that writes the header lists them: each is a file of src/capi/api.
sections=$(sed -n '/^const TABLE/,/^];/s/^ *section[a-z_]*("\([a-z_]*\)".*/\1/p' tools/header/src/sections.rs)
[ -n "$sections" ] || fail "tools/header/src/sections.rs lists no sections"

count=0
for section in $sections; do
    test=c-tests/test_$section.c
    [ -f "$test" ] || fail "no $test"
    for function in $(sed -n 's/.*extern "C" fn \(hc_[a-z0-9_]*\).*/\1/p' "src/capi/api/$section.rs"); do
        count=$((count + 1))
        grep -qs "\b$function(" "$test" "${test%.c}"_*.c || fail "$test does not call $function"
    done
done

# A function may be declared outside of those files by mistake.
[ "$count" -eq "$(grep -c . tools/symbols.txt)" ] ||
    fail "$count functions in the sections, not those of tools/symbols.txt"

# Those that take a handle: its type is opaque.
handles=$(sed -n 's/^typedef struct \(hc_[a-z_]*\) \1;$/\1/p' include/httpclient.h)
[ -n "$handles" ] || fail "include/httpclient.h has no handles"
for handle in $handles; do
    for function in $(sed -n "s/.*\(hc_[a-z0-9_]*\)(\(const \)\{0,1\}$handle \*[a-z].*/\1/p" \
        include/httpclient.h); do
        grep -q "\b$function(h" c-tests/test_handles.c || fail "test_handles.c does not call $function"
    done
done

# Those that say so, and those that refer to one that may, unless they say that they never do.
may_block() {
    awk '
        /^\/\*\*/ { text = "" }
        /^ \* / { text = text substr($0, 3) }
        match($0, /^[a-z].*hc_[a-z0-9_]*\(/) {
            name = substr($0, RSTART, RLENGTH - 1)
            sub(/.*[ *]/, "", name)
            if (text ~ /[Mm]ay (also )?block/) blocks[name]
            else if (text !~ /Never blocks/) said[name] = text
        }
        END {
            do {
                more = 0
                for (name in said) {
                    for (other in blocks) {
                        if (said[name] ~ "[^a-z](as|see) " other "[^a-z0-9_]" && !(name in blocks)) {
                            blocks[name]
                            more = 1
                        }
                    }
                }
            } while (more)
            for (name in blocks) print name
        }' include/httpclient.h
}

# Reading a file is not meant.
for function in $(may_block | grep -v '^hc_tls_builder_'); do
    grep -q "define $function " c-tests/one_byte.h || fail "c-tests/one_byte.h does not repeat $function"
done

echo "$count functions called, $failed failed"
[ "$failed" -eq 0 ]
