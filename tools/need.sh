#!/bin/sh
# Sees to it that the programs are there with which `make test` tests: what is missing is installed
# by apt-get if that may be (root, Debian or Ubuntu), else named. cargo is not installed by it.
set -eu

# PROGRAM:PACKAGE
needed='cc:gcc g++:g++ clang:clang clang++:clang nm:binutils make:make cmake:cmake
ninja:ninja-build pkg-config:pkg-config python3:python3 valgrind:valgrind strace:strace nginx:nginx-light
go:golang-go ruby:ruby'

if ! command -v cargo >/dev/null; then
    echo "need.sh: cargo is missing: install Rust 1.85 or newer, see https://rustup.rs" >&2
    exit 1
fi
# nginx is where only root's PATH looks.
PATH=$PATH:/usr/sbin:/sbin
packages=
# A library, which has no program: its header.
echo '#include <ev.h>' | cc -E - >/dev/null 2>&1 || packages=' libev-dev'
for pair in $needed; do
    command -v "${pair%%:*}" >/dev/null || packages="$packages ${pair#*:}"
done
if [ -z "$packages" ]; then
    exit 0
fi
if [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null; then
    echo "need.sh: the tests need these packages (by their Debian names):$packages" >&2
    exit 1
fi
echo "need.sh: installing what the tests need:$packages"
export DEBIAN_FRONTEND=noninteractive
apt-get -qq update
# shellcheck disable=SC2086 # a list of packages
apt-get -qq install --yes --no-install-recommends $packages >/dev/null
