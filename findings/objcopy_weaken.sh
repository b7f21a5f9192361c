#!/bin/bash
# GNU objcopy 2.40 --weaken makes undefined references weak, too; LLVM's objcopy 14 of the same option does not.
#
# A weak reference brings no member out of an archive, so a program that is linked with what GNU objcopy has
# written links without a word, and what it calls is a null pointer. One who wants to let two libraries define the
# same names must weaken by name, and only names that the file defines (nm --defined-only).
#
# Seen with Debian 12's binutils 2.40-2 and llvm-14 14.0.6-12. Needs a C compiler, apt-get and dpkg-deb.
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get -qq -o APT::Sandbox::User=root download binutils-x86-64-linux-gnu=2.40-2 libbinutils=2.40-2 llvm-14=1:14.0.6-12 \
    libllvm14=1:14.0.6-12
for package in *.deb; do
    dpkg-deb -x "$package" root
done
export LD_LIBRARY_PATH="$work/root/usr/lib/x86_64-linux-gnu:$work/root/usr/lib/llvm-14/lib"

cat >part.c <<'C'
int part(void) { return 1; }
C
cat >main.c <<'C'
#include <stdio.h>
int part(void);
int main(void) {
    int (*volatile pointer)(void) = part;
    puts(pointer ? "linked" : "null");
    return 0;
}
C
cc -c part.c main.c
ar rcs libpart.a part.o

# what OBJCOPY OPTION: what a program has that is linked after it.
what() {
    "$@" main.o weak.o
    cc weak.o libpart.a -o program
    ./program
}
gnu=root/usr/bin/x86_64-linux-gnu-objcopy
llvm=root/usr/lib/llvm-14/bin/llvm-objcopy
{
    echo "GNU  --weaken: $(what $gnu --weaken)"
    echo "LLVM --weaken: $(what $llvm --weaken)"
    echo "GNU  --weaken-symbol=part: $(what $gnu --weaken-symbol=part)"
    echo "LLVM --weaken-symbol=part: $(what $llvm --weaken-symbol=part)"
} | tee seen
diff seen - <<'SEEN'
GNU  --weaken: null
LLVM --weaken: linked
GNU  --weaken-symbol=part: null
LLVM --weaken-symbol=part: null
SEEN
