"""A model does not load: below the reason there are buttons for what would help."""

from pathlib import Path

from app.core.errors import LoadError, ModelFileError
from app.core.protocol import Load
from app.ui.switcher import Switcher
from tests.tiny_model import write_tiny_model
from tests.ui.conftest import Desk


def test_a_button_loads_it_with_what_helps(desk: Desk, tmp_path: Path) -> None:
    path = write_tiny_model(tmp_path / "large.gguf")
    desk.engine.load_error = LoadError("It does not fit.", "Choose a smaller one.")
    desk.session.load_model(path, threads=3)
    desk.engine.step(4)
    desk.engine.load_error = None
    banner = desk.window.middle.banner
    desk.qtbot.waitUntil(lambda: bool(banner.offers))
    desk.run()
    assert banner.isVisible()
    assert [button.text() for button in banner.offers] == ["With the usual settings", "Choose another model…"]
    banner.offers[0].click()
    desk.run()
    last = [request for request in desk.engine.requests if isinstance(request, Load)][-1]
    assert (last.path, last.loading.threads) == (path, 0)
    assert desk.session.model_state.path == path
    assert not banner.isVisible()
    assert not banner.offers or banner.isHidden()


def test_a_file_that_is_no_model_offers_another_one(desk: Desk) -> None:
    desk.engine.load_error = ModelFileError("This is not a model.", "Choose another file.")
    desk.session.load_model(Path("letter.gguf"))
    desk.engine.step(4)
    desk.engine.load_error = None
    desk.run()
    (other,) = desk.window.middle.banner.offers
    other.click()
    switcher = desk.window.findChildren(Switcher)[-1]
    assert switcher.isVisible()
    switcher.close()
