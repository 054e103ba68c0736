"""Errors keep their three texts on their way through a pipe."""

import pickle

import pytest

from app.core import errors
from app.core.errors import AppError

KINDS = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, AppError)]


@pytest.mark.parametrize("kind", KINDS)
def test_errors_travel(kind: type[AppError]) -> None:
    error = kind("It broke.", "Mend it.", "code 7")
    again = pickle.loads(pickle.dumps(error))
    assert type(again) is kind
    assert (again.message, again.hint, again.detail) == ("It broke.", "Mend it.", "code 7")
    assert str(again) == "It broke. Mend it."
    assert str(kind("Alone.")) == "Alone."
    assert str(kind("出错了。", "请重试。")) == "出错了。请重试。"
