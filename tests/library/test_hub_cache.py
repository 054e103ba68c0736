"""The cache that huggingface_hub itself makes, from a stand-in of the Hub."""

import os
import subprocess
import sys
from pathlib import Path

from app.library.header_cache import HeaderCache
from app.library.kept import Said
from app.library.on_disk import listed
from app.library.places import Surroundings, of_programs
from tests.library.files import write_model, write_projector, write_split
from tests.library.hub_server import File, HubServer, Repo

FETCH = """
import sys
from huggingface_hub import hf_hub_download
for name in sys.argv[2:]:
    hf_hub_download("someone/Tiny-GGUF", name, cache_dir=sys.argv[1])
"""


def test_models_in_the_cache_of_hugging_face(tmp_path: Path) -> None:
    made = tmp_path / "made"
    files = [
        write_model(made / "Tiny-Q4_K_M.gguf", "Tiny"),
        *write_split(made, "Tiny-F32", 2, general__name="Tiny"),
        write_projector(made / "mmproj-F16.gguf"),
    ]
    home = tmp_path / "home"
    quiet = {"HF_HUB_DISABLE_XET": "1", "HF_HUB_DISABLE_TELEMETRY": "1", "HF_HUB_DISABLE_PROGRESS_BARS": "1"}
    with HubServer() as server:
        server.repositories["someone/Tiny-GGUF"] = Repo({path.name: File(path.read_bytes()) for path in files})
        subprocess.run(
            [sys.executable, "-c", FETCH, home / ".cache" / "huggingface" / "hub", *(path.name for path in files)],
            env=os.environ | quiet | {"HF_ENDPOINT": server.endpoint, "HF_HOME": str(tmp_path), "NO_PROXY": "127.0.0.1"},
            check=True, capture_output=True, timeout=60,
        )  # fmt: skip
    places = [place for place in of_programs(Surroundings("linux", home, {})) if place.path.is_relative_to(home)]
    split, one = listed(places, HeaderCache(None), Said()).entries
    assert [entry.path.name for entry in (split, one)] == ["Tiny-F32-00001-of-00002.gguf", "Tiny-Q4_K_M.gguf"]
    for entry in (split, one):
        assert (entry.origin, entry.repository, entry.chats) == ("huggingface", "someone/Tiny-GGUF", True)
        assert [path.name for path in entry.projectors] == ["mmproj-F16.gguf"]
