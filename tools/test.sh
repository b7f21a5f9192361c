#!/bin/sh
# What `make test` does: all steps, also after one that fails. The last line is "N passed, N failed", of the
# steps.
set -u
cd "$(dirname "$0")/.." || exit 1
tools/need.sh || exit 1
passed=0
failed=0
failures=

# step COMMAND...
step() {
    echo "=== $*"
    begin=$(date +%s)
    if "$@"; then
        passed=$((passed + 1))
        echo "=== ok: $* ($(($(date +%s) - begin)) s)"
    else
        failed=$((failed + 1))
        failures="$failures
FAILED: $*"
        echo "=== FAILED: $*"
    fi
}

step cargo test --workspace --locked --no-fail-fast
step cargo test --locked --no-fail-fast --features aws-lc-rs --test tls
step c-tests/run.sh
step c-tests/build/run.sh
step probes/run.sh
step tests/oracle/run.sh
step tools/demo.sh

[ -z "$failures" ] || echo "$failures"
echo "$passed passed, $failed failed"
[ $failed -eq 0 ]
