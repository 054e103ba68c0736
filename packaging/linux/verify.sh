#!/bin/sh
# Tries the packages in dist/ on a clean Debian 12: sh packaging/linux/verify.sh [PREVIOUS.deb]   (as root)
#
# Debian comes from the first of this machine's own apt sources, or from DEBIAN_MIRROR. Without a PREVIOUS.deb the upgrade
# starts from the same package under a lower number. ROOT keeps the clean system between runs: ROOT=/var/tmp/bookworm
set -eu
cd "$(dirname "$0")/../.."
started=$(date +%s)
here=packaging/linux
version=$(sed -n 's/^__version__ = "\(.*\)"/\1/p' app/__init__.py)
architecture=$(dpkg --print-architecture)
deb=$PWD/dist/fireside_${version}_$architecture.deb
previous=${1:-}

say() { printf '\033[1m%s\033[0m\n' "$*"; }
well() { printf '  ok: %s\n' "$*"; }
stop() { printf 'FAILED: %s\n' "$*" >&2; exit 1; }
[ "$(id -u)" = 0 ] || stop "a clean system can only be made by root"
[ -f "$deb" ] || stop "there is no $deb: run packaging/linux/build.sh first"
command -v debootstrap >/dev/null || stop "debootstrap is missing: install the package debootstrap"

work=$(mktemp -d)
clean() {
    for place in "$work"/root/proc "$work"/root/dev/shm "$work"/root/dev; do umount -l "$place" 2>/dev/null || :; done
    rm -rf --one-file-system "$work"
}
trap clean EXIT INT TERM

# ── what can be told from the files alone ──────────────────────────────────────────────────────────────
say "The files"
dpkg-deb --info "$deb" | sed -n 's/^ \(Depends\|Installed-Size\): /  \1: /p'
size=$(stat -c %s "$deb")
[ "$size" -le 75000000 ] || stop "the .deb has $size bytes; 75 MB are the limit"
well ".deb of $((size / 100000))e5 bytes"
if command -v lintian >/dev/null; then
    lintian --fail-on error --tag-display-limit 0 "$deb" || stop "lintian"
    well "lintian"
else
    echo "  lintian is not here: left out"
fi
dpkg-deb -x "$deb" "$work/unpacked"
share=$work/unpacked/usr/share
if command -v appstreamcli >/dev/null; then appstreamcli validate --no-net "$share"/metainfo/*.xml >/dev/null || stop "metainfo"; well "metainfo"; fi
if command -v desktop-file-validate >/dev/null; then desktop-file-validate "$share"/applications/*.desktop || stop "desktop entry"; well "desktop entry"; fi
if command -v man >/dev/null; then [ -z "$(man --warnings -l "$share"/man/man1/fireside.1.gz 2>&1 >/dev/null)" ] || stop "man page"; well "man page"; fi
rpm=dist/fireside-$version-1.$(uname -m).rpm
if [ -f "$rpm" ] && command -v rpm >/dev/null; then
    rpm -qp --requires "$rpm" >"$work/requires" 2>/dev/null || stop "rpm"
    (cd "$work/unpacked" && find usr -type f ! -path 'usr/share/doc/*' ! -path 'usr/share/lintian/*' | sort) >"$work/in-deb"
    rpm -qpl "$rpm" 2>/dev/null | sed 's:^/::' | sort >"$work/in-rpm"
    [ -z "$(comm -23 "$work/in-deb" "$work/in-rpm")" ] || stop "the rpm lacks: $(comm -23 "$work/in-deb" "$work/in-rpm" | head)"
    well ".rpm, needs $(wc -l <"$work/requires") things"
fi

# ── a clean Debian 12 ──────────────────────────────────────────────────────────────────────────────────
say "A clean Debian 12"
mirror=${DEBIAN_MIRROR:-$(cat /etc/apt/sources.list /etc/apt/sources.list.d/*.list /etc/apt/sources.list.d/*.sources 2>/dev/null \
    | sed -n 's/^URIs: *\([^ ]*debian\)\/*$/\1/p; s/^deb  *\(\[[^]]*\] *\)\{0,1\}\([^ ]*debian\)\/* .*/\2/p' | head -1)}
[ "$mirror" ] || stop "no Debian mirror is known here: set DEBIAN_MIRROR"
base=${ROOT:-$work/base}
if [ ! -x "$base/bin/sh" ]; then
    debootstrap --variant=minbase bookworm "$base" "$mirror" >"$work/debootstrap.log" 2>&1 || { tail "$work/debootstrap.log" >&2; stop debootstrap; }
fi
cp -a "$base" "$work/root"
root=$work/root
cp /etc/resolv.conf "$root/etc/resolv.conf"
mount --bind /dev "$root/dev"
mount -t tmpfs tmpfs "$root/dev/shm"
mount -t proc proc "$root/proc"
inside() { chroot "$root" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive "$@"; }
inside apt-get update -qq
well "made after $(($(date +%s) - started)) s"

# ── install, as apt does it for a person ───────────────────────────────────────────────────────────────
say "Install"
if [ -z "$previous" ]; then
    dpkg-deb -R "$deb" "$work/earlier"
    sed -i "s/^Version: .*/Version: 0.0.1/" "$work/earlier/DEBIAN/control"
    dpkg-deb --root-owner-group -Znone --build "$work/earlier" "$work/previous.deb" >/dev/null
    previous=$work/previous.deb
fi
cp "$previous" "$root/tmp/previous.deb"
cp "$deb" "$root/tmp/fireside.deb"
inside apt-get install -y -qq --no-install-recommends /tmp/previous.deb >"$work/install.log" 2>&1 || { tail -20 "$work/install.log"; stop "apt install"; }
well "apt: $(grep -c '^Setting up' "$work/install.log") packages"
for name in anna berta; do inside useradd -m -s /bin/sh $name; done
as() { # NAME COMMAND…: an ordinary user, without anything of root's
    who=$1; shift
    chroot "$root" setpriv --reuid "$who" --regid "$who" --init-groups env -i PATH=/usr/bin:/bin HOME="/home/$who" USER="$who" LC_ALL=C.UTF-8 "$@"
}
selftest() { # WHERE NAME COMMAND…: the report, checked
    where=$1; shift
    as "$@" >"$work/report" 2>"$work/errors" || { cat "$work/report" "$work/errors"; stop "the self-test, $where"; }
    grep -q '"ok": true' "$work/report" || { cat "$work/report"; stop "the self-test, $where"; }
    well "self-test, $where: window $(sed -n 's/.*"window_s": \([0-9.]*\).*/\1/p' "$work/report") s, answer $(sed -n 's/.*"answer_s": \([0-9.]*\).*/\1/p' "$work/report") s"
}

say "As an ordinary user"
selftest offscreen anna env QT_QPA_PLATFORM=offscreen fireside --selftest
as anna fireside chat "Who are you?" | grep -q . || stop "no answer in the terminal"
well "fireside chat"
as anna fireside models list | grep -q "Fireside Guide" || stop "models list"
as anna sh -c 'fireside models shrink "Fireside Guide" --to Q4_0 --requantize --output ~/"ein kleines 模型.gguf" >/dev/null' || stop "models shrink"
as anna sh -c 'fireside chat --model ~/"ein kleines 模型.gguf" Hello | grep -q .' || stop "a model with spaces and Chinese in its name"
well "fireside models; a model with spaces and Chinese in its path"
as anna sh -c 'mkdir -p ~/"Meine Daten 数据" && cd / && FIRESIDE_HOME=~/"Meine Daten 数据" QT_QPA_PLATFORM=offscreen fireside --selftest' 2>/dev/null | grep -q '"ok": true' || stop "FIRESIDE_HOME"
as berta sh -c 'QT_QPA_PLATFORM=offscreen LC_ALL=C fireside --selftest' 2>/dev/null | grep -q '"ok": true' || stop "a second user"
well "a second user; another FIRESIDE_HOME"
written=$(inside find /usr/lib/fireside /usr/bin/fireside \( -type f -newer /tmp/fireside.deb -o ! -type l -perm /022 \) | head -5)
[ -z "$written" ] || stop "something of the program was written to, or could be: $written"
well "nothing of the program was written to"

# ── under X ────────────────────────────────────────────────────────────────────────────────────────────
say "Under X"
inside apt-get install -y -qq --no-install-recommends xvfb xauth xdotool fonts-dejavu-core procps libglib2.0-bin desktop-file-utils shared-mime-info >"$work/x.log" 2>&1 || { tail "$work/x.log"; stop "apt install xvfb"; }
selftest "on a screen" anna xvfb-run -a fireside --selftest
cp $here/verify_window.sh "$root/tmp/verify_window.sh"
as anna xvfb-run -a -s "-screen 0 1280x800x24" sh /tmp/verify_window.sh || stop "the window"
inside update-mime-database /usr/share/mime
as anna gio info -a standard::content-type "/home/anna/ein kleines 模型.gguf" | grep -q "application/x-gguf" || stop "the kind of file"
inside update-desktop-database /usr/share/applications
as anna gio mime application/x-gguf | grep -q fireside.desktop || stop "what opens a model"
well "a double click on a model file opens it with Fireside"

# ── the upgrade ────────────────────────────────────────────────────────────────────────────────────────
say "Upgrade"
before=$(as anna sh -c 'cksum ~/.local/share/Fireside/fireside.db')
inside apt-get install -y -qq --no-install-recommends /tmp/fireside.deb >"$work/upgrade.log" 2>&1 || { tail "$work/upgrade.log"; stop "the upgrade"; }
[ "$(inside dpkg-query -W -f '${Version}' fireside)" = "$version" ] || stop "the version after the upgrade"
[ "$(as anna sh -c 'cksum ~/.local/share/Fireside/fireside.db')" = "$before" ] || stop "the upgrade changed the conversations"
selftest "after the upgrade" anna env QT_QPA_PLATFORM=offscreen fireside --selftest
well "$version, and the conversations are what they were"

# ── removal ────────────────────────────────────────────────────────────────────────────────────────────
say "Removal"
inside apt-get purge -y fireside >"$work/purge.log" 2>&1 || { tail "$work/purge.log"; stop purge; }
grep -q "local/share/Fireside" "$work/purge.log" || stop "nobody says where the conversations are"
[ "$(as anna sh -c 'cksum ~/.local/share/Fireside/fireside.db')" = "$before" ] || stop "the conversations are gone"
inside test -f "/home/anna/ein kleines 模型.gguf" || stop "a model is gone"
nothing_left() {
    inside find / -xdev \( -path /proc -o -path /dev -o -path /tmp -o -path /home -o -path /var/lib/apt -o -path /var/cache -o -path /var/log \) -prune -o -print \
        | grep -i fireside | grep -v '^/var/mail/' >"$work/left" && { cat "$work/left"; stop "something is left"; }
    return 0
}
nothing_left
well "nothing is left but the conversations and models, and it says where they are"

# ── the rpm: Debian's rpm knows nothing of what is installed, so only its own files and scripts are tried here ──
if [ -f "$rpm" ]; then
    say "The rpm"
    cp "$rpm" "$root/tmp/fireside.rpm"
    inside apt-get install -y -qq --no-install-recommends rpm >"$work/rpm.log" 2>&1 || { tail "$work/rpm.log"; stop "apt install rpm"; }
    inside rpm --install --nodeps /tmp/fireside.rpm 2>"$work/rpm.log" || { cat "$work/rpm.log"; stop "rpm --install"; }
    selftest "from the rpm" anna env QT_QPA_PLATFORM=offscreen fireside --selftest
    changed=$(inside rpm --verify --nodeps fireside) || :
    [ -z "$changed" ] || stop "not as the rpm says: $changed"
    inside rpm --erase fireside >"$work/rpm.log" 2>&1 || { cat "$work/rpm.log"; stop "rpm --erase"; }
    grep -q "local/share/Fireside" "$work/rpm.log" || stop "nobody says where the conversations are"
    nothing_left
    well "installed, verified, removed without a rest"
fi

# ── the portable folder ────────────────────────────────────────────────────────────────────────────────
portable=dist/fireside-$version-linux-$(uname -m)-portable.tar.zst
if [ -f "$portable" ] && command -v zstd >/dev/null; then
    say "Portable"
    install -d -m 777 "$root/opt/Ein Stick 优盘"
    zstd -dc "$portable" | tar -x --no-same-owner -C "$root/opt/Ein Stick 优盘"
    chroot "$root" chown -R berta "/opt/Ein Stick 优盘"
    program="/opt/Ein Stick 优盘/$(basename "$portable" .tar.zst)"
    rm -rf "$root/home/berta/.local" "$root/home/berta/.cache"
    as berta env QT_QPA_PLATFORM=offscreen "$program/fireside" --selftest 2>/dev/null | grep -q '"ok": true' || stop "the self-test of the portable folder"
    as berta sh -c 'cp -r "$1"/portable.txt /tmp/ && printf "/quit\n" | "$1"/fireside chat "Hello" >/dev/null' sh "$program" || stop "portable chat"
    as berta timeout -s TERM 20 env QT_QPA_PLATFORM=offscreen "$program/fireside" >/dev/null 2>&1 || :
    inside test -f "$program/data/fireside.db" || stop "the data is not beside the program"
    left=$(inside find /home/berta -mindepth 1 -iname '*fireside*')
    [ -z "$left" ] || stop "the portable program wrote to the home folder: $left"
    well "data beside the program, nothing in the home folder"
fi

say "All well after $(($(date +%s) - started)) s."
