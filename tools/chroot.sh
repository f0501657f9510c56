#!/usr/bin/env bash
# Make a Debian unstable root with CPython 3.14 and 3.15, and run commands in it.
#
#   tools/chroot.sh make             create it, unless it is there; print progress only
#   tools/chroot.sh run CMD ARGS...  run a command inside, with /proc, /dev and this checkout mounted
#   tools/chroot.sh leave            undo the bind mount of this checkout
#   tools/chroot.sh umount           undo all bind mounts
#
# Needs root, and debootstrap (installed by apt if missing).  The mirror is that of apt's configuration
# on this machine; certificates, name resolution and pip's configuration are copied into the root, so
# that the same registries can be reached from there.
set -euo pipefail

root=${LASTWORDS_CHROOT:-/var/cache/lastwords/unstable}
here=$(cd "$(dirname "$0")/.." && pwd)
stamp=$root/.lastwords-ready-2

mirror() {
    # Print the first Debian URI in apt's index of sources that is no security archive.
    apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 2>/dev/null |
        grep -E '/debian/?$' | sort -u | head -n 1
}

bind() { # bind SOURCE TARGET: once
    mkdir -p "$2"
    if mountpoint -q "$2" && ! [ "$1" -ef "$2" ]; then
        umount -l "$2" # its source was removed and made again
    fi
    # A slave mount: what is unmounted in the root stays mounted outside.
    mountpoint -q "$2" || { mount --rbind "$1" "$2" && mount --make-rslave "$2"; }
}

mounts() {
    bind /proc "$root/proc"
    bind /dev "$root/dev"
    bind "$here" "$root$here" # the same path inside as outside
}

configure() {
    mkdir -p "$root/etc/ssl/certs" "$root/etc/pip" "$root/root"
    cp -L /etc/resolv.conf /etc/hosts "$root/etc/"
    [ ! -f /etc/ssl/certs/ca-certificates.crt ] ||
        cp -L /etc/ssl/certs/ca-certificates.crt "$root/etc/ssl/certs/ca-certificates.crt"
    for conf in /etc/pip.conf "${PIP_CONFIG_FILE:-}" "$HOME/.config/pip/pip.conf" "$HOME/.pip/pip.conf"; do
        if [ -n "$conf" ] && [ -f "$conf" ]; then
            mkdir -p "$root$(dirname "$conf")"
            cp -L "$conf" "$root$conf"
        fi
    done
    # A mirror may serve a frozen snapshot: its release file has expired, but its signature is valid.
    echo 'Acquire::Check-Valid-Until "false";' > "$root/etc/apt/apt.conf.d/99frozen-snapshot"
    local apt_file
    for apt_file in /etc/apt/apt.conf.d/*; do # proxies and certificates, if set there
        if [ -f "$apt_file" ] && grep -qiE 'Acquire::(https?::)?(proxy|ca)' "$apt_file"; then
            cp -L "$apt_file" "$root/etc/apt/apt.conf.d/"
        fi
    done
}

make_root() {
    [ ! -f "$stamp" ] || { mounts; return 0; }
    [ "$(id -u)" = 0 ] || { echo "tools/chroot.sh: needs root to make $root" >&2; exit 1; }
    command -v debootstrap >/dev/null || {
        apt-get update -qq && apt-get install -y -qq --no-install-recommends debootstrap; } >&2
    local uri
    uri=$(mirror)
    [ -n "$uri" ] || { apt-get update -qq >&2; uri=$(mirror); }
    [ -n "$uri" ] || { echo "tools/chroot.sh: no Debian mirror in apt's configuration" >&2; exit 1; }
    umount_root
    ! grep -qF " $root/" /proc/self/mountinfo || {
        echo "tools/chroot.sh: something is still mounted below $root" >&2; exit 1; }
    rm -rf --one-file-system "$root" # a bind mount of a checkout would be on the same file system
    mkdir -p "$root"
    debootstrap --variant=minbase unstable "$root" "$uri" >&2
    configure
    mounts
    chroot "$root" env DEBIAN_FRONTEND=noninteractive sh -ec '
        apt-get update -qq
        apt-get install -y -qq --no-install-recommends ca-certificates \
            python3.14 python3.14-dev python3.14-venv python3.15 python3.15-dev python3.15-venv \
            libpython3.14-testsuite libpython3.15-testsuite gcc g++ make cmake ninja-build git gdb procps tzdata
    ' >&2
    configure # ca-certificates has written its own bundle: put ours back
    touch "$stamp"
}

umount_root() {
    # Every mount below the root, deepest first: bind mounts of checkouts among them.
    local target
    awk -v root="$root/" 'index($5, root) == 1 { print $5 }' /proc/self/mountinfo | sort -r |
        while read -r target; do umount -l "$target"; done
}

case "${1:-}" in
make) make_root ;;
run)
    shift
    make_root
    exec chroot "$root" env HOME=/root PATH=/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin \
        sh -c 'cd "$0" && exec "$@"' "$here" "$@"
    ;;
leave) ! mountpoint -q "$root$here" || umount -R -l "$root$here" ;;
umount) umount_root ;;
*)
    echo "usage: tools/chroot.sh make | run CMD ARGS... | leave | umount" >&2
    exit 2
    ;;
esac
