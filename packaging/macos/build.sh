#!/bin/sh
# Makes dist/fireside-VERSION-macos-ARCH.dmg, on a Mac: freezes the program with the engine for Metal, signs it, packs it.
#
#     sh packaging/macos/build.sh            freeze, then pack
#     sh packaging/macos/build.sh --pack     only pack dist/Fireside.app
#
# Without MACOS_IDENTITY ("Developer ID Application: …") it is signed ad hoc: that runs here, and elsewhere after a right click and "Open".
# With it, and with NOTARY_APPLE_ID, NOTARY_PASSWORD and NOTARY_TEAM, Apple looks at it too.
set -eu
cd "$(dirname "$0")/../.."
here=packaging/macos
app=dist/Fireside.app
python=${PYTHON:-python3}

if [ "${1-}" != --pack ]; then
    # the shaders go into the library, so that there is one file less to be found
    CMAKE_ARGS="-DGGML_METAL=ON -DGGML_METAL_EMBED_LIBRARY=ON -DCMAKE_OSX_DEPLOYMENT_TARGET=13.0 ${CMAKE_ARGS-}" \
        MACOSX_DEPLOYMENT_TARGET=13.0 "$python" packaging/freeze.py
fi
[ -d "$app" ] || { echo "$app is not there." >&2; exit 1; }

version=$("$python" -c 'import sys; sys.path.insert(0, "."); from app import __version__; print(__version__)')
identity=${MACOS_IDENTITY:--}
if [ "$identity" = - ]; then times=--timestamp=none; else times=--timestamp; fi

# Inner files first: a signature holds those within it. Signed anew as a whole, since the freezing signed piece by piece.
find "$app/Contents" -type f \( -name '*.dylib' -o -name '*.so' \) -print0 |
    xargs -0 codesign --force "$times" --options runtime --sign "$identity"
codesign --force "$times" --options runtime --entitlements "$here/entitlements.plist" --sign "$identity" "$app"
codesign --verify --deep --strict "$app"

image=dist/fireside-$version-macos-$(uname -m).dmg
folder=build/dmg
rm -rf "$folder" "$image"
mkdir -p "$folder"
cp -R "$app" "$folder/"
ln -s /Applications "$folder/Applications"
cp LICENSE "$folder/LICENSE.txt"
# now and then the system still holds the folder: "resource busy"
for again in 1 2 3; do
    hdiutil create -volname "Fireside $version" -srcfolder "$folder" -fs HFS+ -format UDZO -imagekey zlib-level=9 -ov "$image" && break
    [ "$again" != 3 ] || exit 1
    sleep 5
done
rm -rf "$folder"

if [ "$identity" != - ]; then
    codesign "$times" --sign "$identity" "$image"
    if [ -n "${NOTARY_APPLE_ID-}" ]; then
        xcrun notarytool submit "$image" --apple-id "$NOTARY_APPLE_ID" --password "$NOTARY_PASSWORD" --team-id "$NOTARY_TEAM" --wait
        xcrun stapler staple "$image"
    fi
fi
echo "$image"
