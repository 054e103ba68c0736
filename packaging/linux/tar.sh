# Sourced by build.sh: a folder that is unpacked anywhere and keeps its data beside the program. Sets $made.
name=fireside-$version-linux-$(uname -m)-portable
cp -a $frozen "$work/$name"
install -m644 LICENSE $work/texts/third-party.txt "$work/$name/"
install -m644 $here/portable.txt "$work/$name/portable.txt"
find "$work/$name" -exec touch -h -d "@$SOURCE_DATE_EPOCH" {} +
made=dist/$name.tar.zst
tar -C $work --sort=name --owner=0 --group=0 --numeric-owner -cf - "$name" | zstd -q -f -19 -T2 -o "$made"
