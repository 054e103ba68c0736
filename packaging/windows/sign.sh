#!/bin/sh
# Signs programs and installers in place: sign.sh FILE…   Does nothing without CERTIFICATE (.pfx in base64) and PASSWORD.
set -eu
[ -n "${CERTIFICATE-}" ] || { echo "No certificate: left unsigned."; exit 0; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
printf '%s' "$CERTIFICATE" | base64 --decode >"$work/certificate.pfx"
printf '%s' "${PASSWORD-}" >"$work/password"
for file; do
    osslsigncode sign -pkcs12 "$work/certificate.pfx" -readpass "$work/password" -n Fireside -h sha256 \
        -ts http://timestamp.digicert.com -in "$file" -out "$work/signed"
    mv "$work/signed" "$file"
done
