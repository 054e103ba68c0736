"""Which model of a repository is recommended on which machine."""

import pytest

from app.core.paths import bundled
from app.core.verdict import Room
from app.library.curated import read_catalog
from app.library.offering import from_catalog, judged_as_found, offers, recommended_size
from app.library.repository import Found, RemoteFile, Repository, grouped

GB = 10**9
BITS = {
    "Q2_K": 3.4,
    "Q3_K_M": 3.9,
    "IQ4_XS": 4.3,
    "Q4_K_M": 4.85,
    "Q5_K_M": 5.7,
    "Q6_K": 6.6,
    "Q8_0": 8.5,
    "BF16": 16.0,
}


def repository(parameters: float, *names: str) -> Repository:
    files = [RemoteFile(path=f"m-{name}.gguf", size=round(parameters * BITS[name] / 8)) for name in names or BITS]
    return Repository(repository="o/m", commit="c", parameters=round(parameters), variants=grouped(files)[0])


def recommended(parameters: float, room: Room, *names: str) -> str:
    found = [each.variant.quantization for each in offers(repository(parameters, *names), room) if each.recommended]
    assert len(found) <= 1
    return found[0] if found else ""


@pytest.mark.parametrize(
    ("parameters", "room", "expected"),
    [
        (0.6e9, Room(8 * GB, 8 * GB), "Q8_0"),  # so small that the best costs nothing
        (4e9, Room(16 * GB, 16 * GB), "Q4_K_M"),
        (8e9, Room(16 * GB, 16 * GB), "Q4_K_M"),
        (8e9, Room(32 * GB, 32 * GB, (24 * GB,)), "Q8_0"),
        (8e9, Room(32 * GB, 32 * GB, (8 * GB,)), "Q4_K_M"),
        (14e9, Room(8 * GB, 8 * GB), "Q3_K_M"),
        (70e9, Room(16 * GB, 16 * GB), ""),
        (8e9, Room(), "Q4_K_M"),  # nobody knows the memory
    ],
)
def test_recommended(parameters: float, room: Room, expected: str) -> None:
    assert recommended(parameters, room) == expected


def test_of_what_there_is() -> None:
    room = Room(16 * GB, 16 * GB)
    assert recommended(4e9, room, "Q2_K", "BF16") == "BF16" or recommended(4e9, room, "Q2_K") == "Q2_K"
    half = Repository(
        repository="o/m", commit="c",
        variants=grouped([RemoteFile(path="m-Q4_K_M-00001-of-00002.gguf", size=GB)])[0],
    )  # fmt: skip
    (offer,) = offers(half, room)
    assert not offer.recommended


def test_as_found() -> None:
    room = Room(16 * GB, 16 * GB)
    assert judged_as_found(Found(repository="a/nothing"), room) is None
    small = judged_as_found(Found(repository="a/Qwen-4B-GGUF"), room)
    large = judged_as_found(Found(repository="a/x", parameters=70 * GB), room)
    assert small is not None
    assert large is not None
    assert (small.verdict, large.verdict) == ("fits", "too large")


def test_what_the_engine_does_not_know_is_not_recommended() -> None:
    def knows(architecture: str) -> bool:
        return architecture == "llama"

    room, files = Room(16 * GB, 16 * GB), [RemoteFile(path="m-Q4_K_M.gguf", size=GB)]
    for architecture, verdict in (("llama", "fits"), ("next", "unsupported")):
        repository = Repository(repository="o/m", commit="c", architecture=architecture, variants=grouped(files)[0])
        (offer,) = offers(repository, room, knows)
        assert (offer.judgement.verdict, offer.recommended) == (verdict, architecture == "llama")
        found = judged_as_found(Found(repository="a/x-4B", architecture=architecture), room, knows)
        assert found is not None
        assert found.verdict == verdict


def test_the_list_that_comes_with_the_program() -> None:
    for each in read_catalog(bundled("models/catalog.toml")):
        name, size = recommended_size(each)
        assert (not each.sizes) == (not name)
        known = from_catalog(each)
        assert not known.commit
        assert size in [variant.size for variant in known.variants] or not size
        assert len(offers(known, Room(16 * GB, 16 * GB))) == len(each.sizes)
