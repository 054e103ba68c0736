"""The property lists of the Mac application."""

import ast
import plistlib
from typing import Any

from tests.packaging.loading import ROOT


def info_plist() -> dict[str, Any]:
    """What fireside.spec gives to BUNDLE."""
    tree = ast.parse((ROOT / "packaging" / "fireside.spec").read_text("utf-8"))
    (given,) = (node.value for node in ast.walk(tree) if isinstance(node, ast.keyword) and node.arg == "info_plist")
    found = eval(compile(ast.Expression(given), "spec", "eval"), {"__version__": "1.2.3"})
    assert isinstance(found, dict)
    return found


def test_the_application_says_what_it_is_and_what_it_opens() -> None:
    plist = plistlib.loads(plistlib.dumps(info_plist()))
    assert plist["CFBundleShortVersionString"] == "1.2.3"
    assert plist["NSHighResolutionCapable"]
    assert {"en", "zh_CN"} <= set(plist["CFBundleLocalizations"])
    (kind,) = plist["CFBundleDocumentTypes"]
    (declared,) = plist["UTImportedTypeDeclarations"]
    assert kind["LSItemContentTypes"] == [declared["UTTypeIdentifier"]]
    assert declared["UTTypeTagSpecification"]["public.filename-extension"] == ["gguf"]


def test_only_what_python_needs_is_allowed() -> None:
    with (ROOT / "packaging" / "macos" / "entitlements.plist").open("rb") as file:
        assert plistlib.load(file) == {
            "com.apple.security.cs.allow-unsigned-executable-memory": True,
            "com.apple.security.cs.disable-library-validation": True,
        }
