# Sourced by build.sh: the tree as a Debian package. Sets $made.
package=$work/deb
cp -a $tree $package
documents=$package/usr/share/doc/fireside
install -d $package/DEBIAN $documents $package/usr/share/lintian/overrides
gzip -9nc $work/texts/debian-changelog >$documents/changelog.gz
gzip -9nc $work/texts/third-party.txt >$documents/third-party.txt.gz
install -m644 $here/copyright $documents/copyright
install -m644 $here/lintian-overrides $package/usr/share/lintian/overrides/fireside
install -m755 $here/postrm $package/DEBIAN/postrm

# What the libraries inside need of the system, with the versions that they were linked against.
install -d $work/measured/debian
printf 'Source: fireside\n\nPackage: fireside\nArchitecture: any\n' >$work/measured/debian/control
programs=$("$bin" -c "import sys; sys.path.insert(0, '$here'); from pathlib import Path; from libraries import programs; print(*(p.absolute() for p in programs(Path('$frozen'))))")
inside=$(find "$PWD/$frozen/_internal" -name '*.so*' -printf '%h\n' | sort -u | sed 's/^/-l/' | tr '\n' ' ')
# Of what comes along, nothing: each of these libraries needs no package.
find $frozen/_internal -name 'lib*.so.*' -printf '%f\n' | sed -n 's/\.so\./ /p' | sort -u >$work/measured/debian/shlibs.local
# shellcheck disable=SC2086
depends=$(cd $work/measured && dpkg-shlibdeps -O --ignore-missing-info $inside $programs 2>warnings | sed 's/^shlibs:Depends=//')
[ "$depends" ] || { cat $work/measured/warnings >&2; exit 1; }

architecture=$(dpkg --print-architecture)
cat >$package/DEBIAN/control <<CONTROL
Package: fireside
Version: $version
Architecture: $architecture
Maintainer: $("$bin" -c "import sys; sys.path.insert(0, '$here'); from texts import MAINTAINER; print(MAINTAINER)")
Installed-Size: $(du -sk --apparent-size --exclude=DEBIAN $package | cut -f1)
Depends: $depends
Recommends: fonts-dejavu-core | fonts-noto-core, xdg-utils, libgl1-mesa-dri
Suggests: fonts-noto-cjk
Section: utils
Priority: optional
Description: calm desktop chat for the language models on your own machine
 Fireside talks with the language models on your own computer. It answers from
 the first minute, offline: a small model that knows the application comes with
 it. Larger models are GGUF files that you open, or find and download.
 .
 The model runs in a process of its own by llama.cpp. No account, no telemetry:
 what you write stays on this computer, also when the package is removed.
 .
 The engine needs a processor with AVX2 (x86-64-v3, about 2013 and later).
CONTROL
(cd $package && find usr -type f -print0 | LC_ALL=C sort -z | xargs -0 md5sum >DEBIAN/md5sums)
find $package -exec touch -h -d "@$SOURCE_DATE_EPOCH" {} +
made=dist/fireside_${version}_$architecture.deb
chmod -R u=rwX,go=rX $package
dpkg-deb --root-owner-group -Zxz -z${XZ:-6} --threads-max=2 --build $package "$made" >/dev/null 2>&1 || dpkg-deb --root-owner-group -Zxz -z${XZ:-6} --build $package "$made" >/dev/null
