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
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
sed 's/^/-Wl,-u,/' "$(dirname "$0")/symbols.txt" >"$out/wanted"

# compile ARGUMENT...: CC, which the shell reads.
compile() { eval "${CC:-cc} \"\$@\""; }
# there PROGRAM
there() {
    command -v "$1" >/dev/null ||
        { echo "httpclient: $1 is needed (binutils or LLVM has it). Set OBJCOPY and AR" >&2 && exit 1; }
}

# A compiler knows the tools of its target by their short names.
ar=${AR:-$(compile -print-prog-name=ar)}
there "$ar"
# One object by itself, since lld knows by the first one which machine it is for.
first=$("$ar" t "$from" | sed -n '/^httpclient/{p;q;}')
"$ar" p "$from" "$first" >"$out/first.o"
compile -r -nostdlib -o "$out/all.o" "@$out/wanted" "$out/first.o" "$from" "$@"

# GNU's objcopy may be for another target than clang's.
objcopy=${OBJCOPY:-$(compile -print-prog-name=objcopy)}
if [ -z "${OBJCOPY:-}" ] && ! "$objcopy" "$out/all.o" "$out/copy.o" 2>/dev/null; then
    objcopy=$(compile -print-prog-name=llvm-objcopy)
fi
there "$objcopy"

# Of a group (COMDAT) a linker keeps one in a program, and so those that are in groups must stay as they are:
# DW.ref.*, which another library in Rust has, too, and what i386 code finds its own address by. Not --weaken:
# references become weak by it, too, and then nothing brings in what they refer to.
# shellcheck disable=SC2086 # an option, or none
"$objcopy" $strip --remove-section=.llvmbc --remove-section=.llvmcmd --wildcard \
    --keep-global-symbol='hc_*' --keep-global-symbol='DW.ref.*' \
    --keep-global-symbol='__x86.get_pc_thunk.*' "$out/all.o" "$out/httpclient.o"
rm -f "$to"
"$ar" rcsD "$to" "$out/httpclient.o"
