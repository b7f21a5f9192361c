#!/bin/bash
# bare.sh [SUITE...]: makes a folder with a bare Debian (bookworm and trixie), where there is nothing but gcc,
# make, git and Debian's own cargo, and does there what README.md tells a stranger to do with a clone of what is
# committed here: `make demo` and `make test` as root, and both as another user before, for whom
# `make test` may also name all that is missing, once. Needs root and debootstrap; takes a quarter of an hour each.
#
# BARE            where the folders are made (a temporary one); they are removed at the end, unless KEEP is set
set -eu
cd "$(dirname "$0")/.."
root=$PWD
if [ "$(id -u)" -ne 0 ] || ! command -v debootstrap >/dev/null; then
    echo "bare.sh: needs root, and debootstrap: apt-get install debootstrap" >&2
    exit 1
fi
[ $# -gt 0 ] || set -- bookworm trixie
bare=${BARE:-$(mktemp -d)}
mkdir -p "$bare"
logs=$root/target/bare
mkdir -p "$logs"
# Where this machine gets Debian from.
# shellcheck disable=SC2016 # apt's own notation
mirror=$(apt-get indextargets --format '$(SITE)' 'Identifier: Packages' | grep -m 1 '/debian/*$')

folder=
leave() {
    [ -n "$folder" ] || return 0
    for mounted in proc sys dev; do
        umount -R -l "$folder/$mounted" 2>/dev/null || :
    done
    [ -n "${KEEP:-}" ] || rm -rf --one-file-system "$folder"
    folder=
}
trap leave EXIT
trap 'exit 1' HUP INT TERM

# inside COMMAND: as root; as USER if that is set.
inside() {
    chroot "$folder" env -i HOME="/${user:-root}" TERM="${TERM:-dumb}" \
        PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
        ${user:+setpriv --reuid=1000 --regid=1000 --clear-groups} sh -c "$1"
}

# make_folder SUITE
make_folder() {
    local cargo=cargo
    # bookworm's `cargo` is too old; the one that it builds browsers with is not.
    [ "$1" != bookworm ] || cargo='cargo-web'
    folder=$bare/$1
    rm -rf --one-file-system "$folder"
    debootstrap --variant=minbase --include=gcc,libc6-dev,make,git,ca-certificates "$1" "$folder" "$mirror" \
        >"$logs/$1.debootstrap" || { tail -n 20 "$logs/$1.debootstrap" && return 1; }
    mount -t proc proc "$folder/proc"
    mount -t sysfs sys "$folder/sys"
    mount --rbind /dev "$folder/dev"
    mount --make-rslave "$folder/dev"
    cp /etc/resolv.conf "$folder/etc"
    # Whom this machine trusts, and from where it has security updates and crates, if that is not usual.
    cp /etc/ssl/certs/ca-certificates.crt "$folder/etc/ssl/certs"
    [ "$1" != bookworm ] ||
        echo "deb ${mirror%/}-security $1-security main" >>"$folder/etc/apt/sources.list"
    inside "apt-get -qq update && DEBIAN_FRONTEND=noninteractive apt-get -qq install -y \
        --no-install-recommends $cargo" >"$logs/$1.cargo" 2>&1 || { tail -n 20 "$logs/$1.cargo" && return 1; }
    inside 'cargo --version && rustc --version && gcc --version | head -n 1; command -v python3 || :'
    for home in root stranger; do
        mkdir -p "$folder/$home"
        git clone --quiet --no-hardlinks "$root" "$folder/$home/httpclient"
        [ ! -e "${CARGO_HOME:-$HOME/.cargo}/config.toml" ] ||
            install -D "${CARGO_HOME:-$HOME/.cargo}/config.toml" "$folder/$home/.cargo/config.toml"
    done
    chown -R 1000:1000 "$folder/stranger"
}

failed=0
# expect SUITE WHAT COMMAND: a command in the clone; its output goes to a log.
expect() {
    local log="$logs/$1.${2// /-}" begin=$SECONDS
    if inside "cd ~/httpclient && $3" >"$log" 2>&1; then
        echo "ok      $1: $2 ($((SECONDS - begin)) s); $(tail -n 1 "$log")"
    else
        echo "FAILED  $1: $2 ($((SECONDS - begin)) s); all of it is in $log"
        tail -n 15 "$log"
        failed=1
    fi
}

for suite; do
    make_folder "$suite"
    user=stranger expect "$suite" "demo as a user" "make demo"
    user=stranger expect "$suite" "test as a user: passes, or names what is missing, once" \
        "make test >words 2>&1 || { cat words; [ \$(grep -c 'need.sh: the tests need' words) = 1 ] &&
            ! sed -n 's/.*names)://p' words | tr ' ' '\n' | sort | uniq -d | grep .; }"
    expect "$suite" "demo" "make demo"
    expect "$suite" "test" "make test"
    leave
done
exit $failed
