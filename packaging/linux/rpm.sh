# Sourced by build.sh: the tree as an rpm. Sets $made.
root=$PWD/$work/rpm
install -d "$root"/SPECS "$root"/BUILD "$root"/BUILDROOT
cp -a $tree "$root/tree"
install -Dm644 LICENSE "$root/tree/usr/share/licenses/fireside/LICENSE"
install -Dm644 $work/texts/third-party.txt "$root/tree/usr/share/doc/fireside/third-party.txt"
{
    cat <<SPEC
Name: fireside
Version: $version
Release: 1
Summary: A calm desktop chat for the language models on your own machine
License: MIT
AutoReqProv: no
$("$bin" $here/libraries.py $frozen | sed 's/^/Requires: /')
Recommends: xdg-utils
%global _binary_payload w19.zstdio
%global _build_id_links none
%global __os_install_post %{nil}
%global debug_package %{nil}

%description
Fireside talks with the language models on your own computer. It answers from
the first minute, offline: a small model that knows the application comes with
it. Larger models are GGUF files that you open, or find and download.

The model runs in a process of its own by llama.cpp. No account, no telemetry:
what you write stays on this computer, and it stays when the package is removed.
The engine needs a processor with AVX2 (x86-64-v3, about 2013 and later).

%install
cp -a $root/tree/. %{buildroot}/

%postun
if [ "\$1" = 0 ]; then
    echo "Conversations, models and settings stay in each person's home folder: ~/.local/share/Fireside"
fi

%files
%defattr(-,root,root)
/usr/bin/fireside
/usr/lib/fireside
/usr/share/applications/fireside.desktop
/usr/share/icons/hicolor/*/apps/fireside.*
/usr/share/man/man1/fireside.1.gz
/usr/share/metainfo/*
/usr/share/mime/packages/fireside.xml
%doc /usr/share/doc/fireside
%license /usr/share/licenses/fireside

%changelog
SPEC
    cat $work/texts/rpm-changelog
} >"$root/SPECS/fireside.spec"
rpmbuild --quiet -bb --define "_topdir $root" --define "_rpmdir $root" --define "_buildhost localhost" --define "use_source_date_epoch_as_buildtime 1" \
    --define "clamp_mtime_to_source_date_epoch 1" "$root/SPECS/fireside.spec"
made=dist/fireside-$version-1.$(uname -m).rpm
mv "$root"/*/fireside-"$version"-1.*.rpm "$made"
