#!/bin/sh
# Sees to it that what `make test` tests with is there: what is missing is installed by apt-get if that may be
# (root, Debian or Ubuntu), else named, all at once. cargo is not installed by it.
set -eu
cd "$(dirname "$0")/.."
tools/toolchain.sh dev >/dev/null

# PROGRAM:PACKAGE
needed='gcc:gcc g++:g++ clang:clang nm:binutils ld.gold:binutils-gold ld.lld:lld mold:mold make:make cmake:cmake
ninja:ninja-build pkg-config:pkg-config python3:python3 valgrind:valgrind strace:strace nginx:nginx-light
openssl:openssl go:golang-go ruby:ruby musl-gcc:musl-tools aarch64-linux-gnu-gcc:gcc-aarch64-linux-gnu
qemu-aarch64-static:qemu-user-static'

# nginx is where only root's PATH looks.
PATH=$PATH:/usr/sbin:/sbin
packages=
need() {
    case " $packages " in
    *" $1 "*) ;;
    *) packages="$packages $1" ;;
    esac
}
for pair in $needed; do
    command -v "${pair%%:*}" >/dev/null || need "${pair#*:}"
done
# Those without a program: a library's header, a C library for another machine, CPython's own tests.
echo '#include <ev.h>' | cc -E - >/dev/null 2>&1 || need libev-dev
echo '#include <stdio.h>' | aarch64-linux-gnu-gcc -E - >/dev/null 2>&1 || need libc6-dev-arm64-cross
echo 'int main(void) { return 0; }' | gcc -m32 -x c -o /dev/null - 2>/dev/null || {
    need libc6-dev-i386
    need "lib32gcc-$(gcc -dumpversion)-dev"
}
# Whose name has the version of that Python, which is known once it is there.
python3 -c 'import test.test_httplib' 2>/dev/null || need libpython3.N-testsuite
# What has no packages: the tests look up this name.
hosts=
! command -v getent >/dev/null || getent hosts localhost >/dev/null ||
    hosts="a line '127.0.0.1 localhost' in /etc/hosts"

if [ -n "$packages$hosts" ] && { [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null; }; then
    echo "need.sh: the tests need, and root on Debian has it installed by 'make test':" >&2
    [ -z "$packages" ] || echo "    these packages (by their Debian names):$packages" >&2
    [ -z "$hosts" ] || echo "    $hosts" >&2
    exit 1
fi
if [ -n "$hosts" ]; then
    echo "need.sh: adding $hosts"
    printf '127.0.0.1\tlocalhost\n' >>/etc/hosts
fi
if [ -n "$packages" ]; then
    echo "need.sh: installing what the tests need:$packages"
    export DEBIAN_FRONTEND=noninteractive
    apt-get -qq update
    install() { apt-get -qq install --yes --no-install-recommends "$@" >/dev/null; }
    # shellcheck disable=SC2086 # a list of packages
    install ${packages%libpython3.N-testsuite}
    case $packages in
    *libpython3.N-testsuite) install "lib$(basename "$(readlink -f "$(command -v python3)")")-testsuite" ;;
    esac
fi
