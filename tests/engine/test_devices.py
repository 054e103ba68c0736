"""Graphics cards by name, and which of them work on a model."""

from pathlib import Path

from app.core.fit import Memory, Plan
from app.core.params import Loading
from app.core.protocol import Device
from app.engine.llama.devices import GPU, INTEGRATED, graphics_cards, usable
from app.engine.llama.library import api
from app.engine.llama.log import Log
from app.engine.llama.model import Model, working

CPU = 0
LARGE, SMALL = Device("Large card", 24 << 30, 23 << 30), Device("Small card", 8 << 30, 7 << 30)
OWN = Device("Own graphics", 16 << 30, 8 << 30)
PROCESSOR = Device("Processor", 32 << 30, 16 << 30)


def test_cards_come_before_the_processors_own_graphics() -> None:
    assert usable([(CPU, PROCESSOR), (INTEGRATED, OWN), (GPU, LARGE), (GPU, SMALL)]) == (LARGE, SMALL)
    assert usable([(INTEGRATED, OWN), (CPU, PROCESSOR)]) == (OWN,)
    assert usable([(CPU, PROCESSOR)]) == ()


def test_what_is_listed_here() -> None:
    cards = graphics_cards()
    assert bool(cards) == bool(api.llama_supports_gpu_offload())
    for card in cards:
        assert card.name
        assert 0 <= card.free_bytes <= card.memory_bytes


def test_the_cards_that_have_a_part_are_named() -> None:
    part, nothing = Memory(weights=1), Memory()
    both, cards = (LARGE, SMALL), (part, part)
    assert working(both, Plan(8192, -1, part, cards)) == "Large card + Small card"
    assert working(both, Plan(8192, -1, part, (nothing, part))) == "Small card"
    assert working((LARGE, LARGE), Plan(8192, -1, part, cards)) == "Large card"
    assert working(both, Plan(8192, 0, part, ())) == "CPU"


def test_a_model_knows_them(babbler: Path, log: Log) -> None:
    model = Model(babbler, Loading(gpu_layers=0), lambda fraction: True, log)
    info = model.info(2048, "file")
    model.free()
    assert info.device == "CPU"
    assert info.devices == graphics_cards()
