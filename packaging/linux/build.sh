#!/bin/sh
# Makes the Linux packages: sh packaging/linux/build.sh [deb] [rpm] [tar] [appimage]   (without words: deb, rpm and tar)
#
# Everything lands in dist/. The first time the engine is compiled; see packaging/freeze.py for where it is kept.
# PYTHON names the interpreter; FROZEN=1 takes dist/fireside as it is. Needed: gcc, g++, dpkg-dev; rpm; zstd.
set -eu
cd "$(dirname "$0")/../.."
here=packaging/linux
kinds=${*:-deb rpm tar}
python=${PYTHON:-python3}
began=$(date +%s)

say() { printf '\033[1m%s\033[0m\n' "$*" >&2; }
need() { command -v "$1" >/dev/null || { echo "$1 is missing: install the package $2." >&2; exit 1; }; }
for kind in $kinds; do
    case $kind in
        deb) need dpkg-deb dpkg; need dpkg-shlibdeps dpkg-dev ;;
        rpm) need rpmbuild rpm ;;
        tar) need zstd zstd ;;
        appimage) ;;
        *) echo "There is no $kind: deb, rpm, tar or appimage." >&2; exit 2 ;;
    esac
done
need objdump binutils

[ "${FROZEN:-}" ] || "$python" packaging/freeze.py
frozen=dist/fireside
bin=build/venv/bin/python
version=$("$bin" -c 'import sys; sys.path.insert(0, "."); from app import __version__; print(__version__)')
export SOURCE_DATE_EPOCH="${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct 2>/dev/null || date +%s)}"
work=build/linux
rm -rf "$work"

"$bin" $here/search_paths.py $frozen

# ── one tree for all of them ───────────────────────────────────────────────────────────────────────────
say "Texts and icons …"
"$bin" $here/texts.py "$SOURCE_DATE_EPOCH" $work/texts $frozen/_internal/app/resources/notices.json
"$bin" packaging/linux/icons.py $work/icons
tree=$work/tree
share=$tree/usr/share
install -d $tree/usr/bin $tree/usr/lib $share/icons $share/man/man1
cp -a $frozen $tree/usr/lib/fireside
find $tree/usr/lib/fireside -type f -name '*.so*' -exec chmod 644 {} +
ln -s ../lib/fireside/fireside $tree/usr/bin/fireside
cp -a $work/icons $share/icons/hicolor
install -Dm644 $here/fireside.desktop $share/applications/fireside.desktop
install -Dm644 $here/fireside-mime.xml $share/mime/packages/fireside.xml
install -Dm644 $work/texts/fireside.metainfo.xml $share/metainfo/"$(sed -n 's:.*<id>\(.*\)</id>.*:\1:p' $work/texts/fireside.metainfo.xml)".metainfo.xml
gzip -9nc $work/texts/fireside.1 >$share/man/man1/fireside.1.gz
find $tree -exec touch -h -d "@$SOURCE_DATE_EPOCH" {} +

for kind in $kinds; do
    say "$kind …"
    started=$(date +%s)
    . $here/$kind.sh
    echo "  $made: $(($(stat -c %s "$made") / 1000000)) MB, $(($(date +%s) - started)) s" >&2
done
(cd dist && sha256sum fireside[-_]"$version"* >SHA256SUMS)
say "dist/ after $(($(date +%s) - began)) s: $(cd dist && ls -1 fireside[-_]"$version"* | tr '\n' ' ')"
