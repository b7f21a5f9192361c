#!/bin/bash
# lld 14 links with -r only if an object is named beside archives: it knows by the first object which machine it is
# for, and a member that -u brings out of an archive comes too late for that. GNU ld 2.40 takes its own machine, and
# links the same. Who makes one object of an archive has to take an object out of it first, or to say -m.
#
# Seen with Debian 12's lld-14 14.0.6-12 and binutils 2.40-2. Needs a C compiler, apt-get and dpkg-deb.
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get -qq -o APT::Sandbox::User=root download binutils-x86-64-linux-gnu=2.40-2 libbinutils=2.40-2 lld-14=1:14.0.6-12 \
    libllvm14=1:14.0.6-12
for package in *.deb; do
    dpkg-deb -x "$package" root
done
export LD_LIBRARY_PATH="$work/root/usr/lib/x86_64-linux-gnu:$work/root/usr/lib/llvm-14/lib"
echo 'int part(void) { return 1; }' >part.c
cc -c part.c
ar rcs libpart.a part.o

# what WORDS...: whether the object that is made has the function.
what() {
    rm -f all.o
    "$@" -r -u part -o all.o libpart.a 2>messages || sed -n 's/^.*: error: //p' messages
    [ ! -e all.o ] || nm all.o | sed -n 's/.* T //p'
}
gnu=root/usr/bin/x86_64-linux-gnu-ld.bfd
lld=root/usr/lib/llvm-14/bin/ld.lld
{
    echo "GNU:               $(what $gnu)"
    echo "lld:               $(what $lld)"
    echo "lld, an object:    $(what $lld part.o)"
    echo "lld, -m:           $(what $lld -m elf_x86_64)"
} | tee seen
diff seen - <<'SEEN'
GNU:               part
lld:               target emulation unknown: -m or at least one .o file required
lld, an object:    part
lld, -m:           part
SEEN
