#!/bin/bash
# gcc 12 cannot link -static-pie with gold 2.40: it gives the linker --no-dynamic-linker, an option that GNU's other
# linker, bfd of the same release, knows and gold does not. -static links with both.
#
# Seen with Debian 12's gcc 12.2.0-14 and binutils 2.40-2. Needs that gcc, apt-get and dpkg-deb.
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get -qq -o APT::Sandbox::User=root download binutils-x86-64-linux-gnu=2.40-2 libbinutils=2.40-2
for package in *.deb; do
    dpkg-deb -x "$package" root
done
mkdir linkers
for linker in gold bfd; do
    printf '#!/bin/sh\nLD_LIBRARY_PATH=%s exec %s "$@"\n' "$work/root/usr/lib/x86_64-linux-gnu" \
        "$work/root/usr/bin/x86_64-linux-gnu-ld.$linker" >linkers/ld.$linker
    chmod +x linkers/ld.$linker
done
echo 'int main(void) { return 0; }' >main.c

for linker in gold bfd; do
    for flag in -static -static-pie; do
        result=linked
        gcc-12 -B"$work/linkers" -fuse-ld=$linker $flag main.c -o program 2>messages && ./program ||
            result=$(sed -n 's/.*: error: //; s/.*\(--no-dynamic-linker: unknown option\).*/\1/p' messages)
        echo "$linker $flag: $result"
    done
done | tee seen
diff seen - <<'SEEN'
gold -static: linked
gold -static-pie: --no-dynamic-linker: unknown option
bfd -static: linked
bfd -static-pie: linked
SEEN
