#!/bin/sh
# Tries both installers under Wine: installs, installs over it, removes, and looks at every file and key. Needs makensis, wixl and wine64
# (Debian: nsis wixl wine64), no screen and no Windows; a small payload stands for the program, which only Windows can run.
# 64 bits, since Wine without its 32-bit half runs nothing else. PYTHON names the interpreter (with PySide6, for the icon).
set -eu
cd "$(dirname "$0")/../.."
wine=$(command -v wine64 || echo /usr/lib/wine/wine64)
work=$(mktemp -d)
export WINEPREFIX="$work/wine" WINEDEBUG=-all WINEARCH=win64 DISPLAY='' QT_QPA_PLATFORM=offscreen
clean() {
    "$wine" wineboot -k >/dev/null 2>&1 || :
    rm -rf "$work" 2>/dev/null || { sleep 3 && rm -rf "$work"; } # Wine's server still writes
}
trap clean EXIT
well() { echo "  ok: $*"; }
stop() { echo "FAILED: $*" >&2; exit 1; }
key() { "$wine" reg query "HKCU\\Software\\$1" /s 2>/dev/null; }

payload=$work/payload
mkdir -p "$payload/_internal/a b/zh_CN"
for file in Fireside.exe fireside-cli.exe _internal/base.dll "_internal/a b/zh_CN/page.md"; do echo "$file" >"$payload/$file"; done
NSIS_TARGET=amd64-unicode "${PYTHON:-.venv/bin/python}" packaging/windows/build.py "$payload" "$work/made"
setup=$(echo "$work"/made/*.exe)
package=$(echo "$work"/made/*.msi)

"$wine" wineboot -i >/dev/null 2>&1
home="$WINEPREFIX"/drive_c/users/"$(id -un)"/AppData/Local
[ -d "$home" ] || stop "Wine has made no folder for $(id -un)"
inside="C:\\users\\$(id -un)\\AppData\\Local\\Programs\\Fireside"
place=$home/Programs/Fireside
menu="$home/../Roaming/Microsoft/Windows/Start Menu/Programs/Fireside.lnk"
mkdir -p "$home/Fireside/models"
echo mine >"$home/Fireside/models/mine.txt"

same() { (cd "$payload" && find . -type f) | while read -r file; do cmp -s "$payload/$file" "$place/$file" || stop "$file is not as it was packed"; done; }
stays() { [ "$(cat "$home/Fireside/models/mine.txt")" = mine ] || stop "what belongs to the person is gone"; }

"$wine" winecfg -v win7
! "$wine" "$setup" /S || stop "an old Windows is not refused"
"$wine" winecfg -v win10
well "an old Windows is refused"

for time in installed "installed over it"; do
    "$wine" "$setup" /S || stop "$time: $?"
    same
    well "$time"
done
[ -f "$menu" ] || stop "nothing in the start menu"
key 'Classes\Fireside.gguf' | grep -q 'Fireside.exe" "%1"' || stop ".gguf files are not opened"
key 'Classes\.gguf' | grep -q Fireside.gguf || stop "the ending is not taken"
key 'Microsoft\Windows\CurrentVersion\Uninstall\Fireside' | grep -q QuietUninstallString || stop "not in the list of programs"
well "start menu, .gguf, list of programs"

echo own >"$place/_internal/own.txt"
"$wine" "$inside\\uninstall.exe" /S "_?=$inside" || stop "removing it: $?"
rm -f "$place/uninstall.exe" # run in place it cannot remove itself
[ "$(cd "$place" && find . -type f)" = ./_internal/own.txt ] || stop "left: $(find "$place" -type f)"
[ ! -e "$menu" ] || stop "still in the start menu"
for name in 'Classes\Fireside.gguf' 'Classes\.gguf' 'Microsoft\Windows\CurrentVersion\Uninstall\Fireside' Fireside; do
    ! key "$name" >/dev/null || stop "a key is left: $name"
done
stays
rm -r "$place"
well "removed to the last file and key; what is not its own stays"

"$wine" msiexec /i "$package" /qn || stop "the .msi: $?"
same
[ -f "$menu" ] || stop "the .msi puts nothing into the start menu"
key 'Classes\Fireside.gguf' | grep -q 'Fireside.exe" "%1"' || stop "the .msi does not open .gguf files"
"$wine" msiexec /x "$package" /qn || stop "removing the .msi: $?"
[ ! -e "$place" ] && [ ! -e "$menu" ] || stop "the .msi leaves something"
! key 'Classes\Fireside.gguf' >/dev/null || stop "the .msi leaves a key"
stays
well "the .msi too"
