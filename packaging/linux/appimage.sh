# Sourced by build.sh: the tree as an AppImage. Needs appimagetool (github.com/AppImage/appimagetool), named by APPIMAGETOOL;
# without it the AppDir is made, and nothing more. Sets $made.
appdir=$work/Fireside.AppDir
cp -a $tree $appdir
cp $here/fireside.desktop $work/icons/256x256/apps/fireside.png $appdir/
ln -s fireside.png $appdir/.DirIcon
ln -s usr/lib/fireside/fireside $appdir/AppRun
made=dist/fireside-$version-$(uname -m).AppImage
if command -v "${APPIMAGETOOL:-appimagetool}" >/dev/null; then
    # no FUSE on a builder: the tool unpacks itself
    ARCH=$(uname -m) APPIMAGE_EXTRACT_AND_RUN=1 "${APPIMAGETOOL:-appimagetool}" --comp zstd "$appdir" "$made"
else
    echo "  appimagetool is not here: only $appdir is made" >&2
    made=$appdir/fireside.desktop
fi
