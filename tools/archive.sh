#!/bin/sh
# archive.sh [--debug] FROM TO [LIBRARY...]: makes of cargo's static library the one that programs link: one
# object whose only names are those of tools/symbols.txt, with what it needs of the LIBRARYs in it. ELF only.
#
# Two static libraries in Rust cannot be linked into one program as cargo makes them, since each defines what
# Rust's standard library calls by name. Here nobody sees that. It is as much smaller as Rust's bitcode is, of
# which every object of the standard library brings its own; and --debug keeps the debug information.
#
# The object has what the symbols need, and no more: as if a program had linked the archive and called every
# function. Its sections stay apart, so that a program's linker can still leave out what is not called.
#
# Environment: CC, with the options that its target needs; AR, OBJCOPY.
set -eu
strip=--strip-debug
[ "$1" != --debug ] || { strip= && shift; }
from=$1
to=$2
shift 2
symbols=$(cat "$(dirname "$0")/symbols.txt")
cc=${CC:-cc}
# A compiler knows the tools of its target by their short names.
objcopy=${OBJCOPY:-$(eval "$cc -print-prog-name=objcopy")}
ar=${AR:-$(eval "$cc -print-prog-name=ar")}
for program in "$objcopy" "$ar"; do
    command -v "$program" >/dev/null ||
        { echo "httpclient: $program is needed (binutils or LLVM has it). Set OBJCOPY and AR" >&2 && exit 1; }
done

out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT

for symbol in $symbols; do
    printf -- '-Wl,-u,%s\n' "$symbol"
done >"$out/wanted"
libraries=
for library; do
    libraries="$libraries '$library'"
done
eval "$cc -r -nostdlib -o '$out/all.o' '@$out/wanted' '$from' $libraries"
# Of a group (COMDAT) a linker keeps one in a program, and so those that are in groups must stay as they are:
# DW.ref.*, which another library in Rust has, too, and what i386 code finds its own address by. Not --weaken:
# references become weak by it, too, and then nothing brings in what they refer to.
# shellcheck disable=SC2086 # an option, or none
"$objcopy" $strip --remove-section=.llvmbc --remove-section=.llvmcmd --wildcard \
    --keep-global-symbol='hc_*' --keep-global-symbol='DW.ref.*' \
    --keep-global-symbol='__x86.get_pc_thunk.*' "$out/all.o" "$out/httpclient.o"
rm -f "$to"
"$ar" rcsD "$to" "$out/httpclient.o"
