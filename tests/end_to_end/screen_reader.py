"""What a screen reader does: it listens on the accessibility bus of the desktop and asks the programs there."""

import contextlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from jeepney import DBusAddress, HeaderFields, MatchRule, Message, MessageType, Properties, message_bus, new_method_call
from jeepney.io.blocking import DBusConnection, open_dbus_connection

from tests.end_to_end.program import PATIENCE_S, until

LAUNCHER = Path("/usr/libexec/at-spi-bus-launcher")
ROOT = "/org/a11y/atspi/accessible/root"
_ACCESSIBLE, _COMPONENT, _TEXT = (f"org.a11y.atspi.{name}" for name in ("Accessible", "Component", "Text"))

on_a_desktop = pytest.mark.skipif(
    not (LAUNCHER.exists() and shutil.which("dbus-daemon")), reason="needs the accessibility bus of Linux desktops"
)


@contextlib.contextmanager
def desktop(display: str) -> Iterator[dict[str, str]]:
    """A session bus of its own; the environment for programs that shall be on it."""
    with tempfile.TemporaryDirectory(prefix="bus") as folder:  # the path of a socket must be short
        environment = {"XDG_RUNTIME_DIR": folder, "XDG_CACHE_HOME": folder, "DISPLAY": display}
        daemon = subprocess.Popen(
            ["dbus-daemon", "--session", "--nofork", "--print-address", f"--address=unix:dir={folder}"],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env={**os.environ, **environment},
        )  # fmt: skip
        assert daemon.stdout is not None
        try:
            yield {**environment, "DBUS_SESSION_BUS_ADDRESS": daemon.stdout.readline().strip()}
        finally:
            daemon.terminate()
            daemon.wait(10)
            daemon.stdout.close()


class Thing(NamedTuple):
    """An accessible object: the program on the bus and the path in it."""

    program: str
    path: str


class ScreenReader:
    """Walks through the accessible objects of all programs and hears what they announce."""

    def __init__(self, session_bus: str) -> None:
        with open_dbus_connection(session_bus) as session:
            launcher = DBusAddress("/org/a11y/bus", "org.a11y.Bus", "org.a11y.Bus")
            (address,) = _body(session.send_and_get_reply(new_method_call(launcher, "GetAddress"), timeout=PATIENCE_S))
            # As a screen reader does: programs look at this before they speak on the bus.
            status = Properties(launcher.with_interface("org.a11y.Status"))
            _body(session.send_and_get_reply(status.set("ScreenReaderEnabled", "b", True), timeout=PATIENCE_S))
        self._bus: DBusConnection = open_dbus_connection(address)
        registry = DBusAddress("/org/a11y/atspi/registry", "org.a11y.atspi.Registry", "org.a11y.atspi.Registry")
        for event in ("object:announcement", "object:state-changed:focused"):
            self._ask(new_method_call(registry, "RegisterEvent", "s", (event,)))
        rule = MatchRule(type="signal", interface="org.a11y.atspi.Event.Object")
        self._ask(message_bus.AddMatch(rule))
        self._heard = self._bus.filter(rule, bufsize=10_000).queue

    def close(self) -> None:
        self._bus.close()

    def programs(self) -> list[Thing]:
        """The roots of the programs that are on the bus."""
        return self.children(Thing("org.a11y.atspi.Registry", ROOT))

    def children(self, thing: Thing) -> list[Thing]:
        return [Thing(*child) for child in self._call(thing, _ACCESSIBLE, "GetChildren")]

    def role(self, thing: Thing) -> str:
        """In English, as the protocol names it."""
        return str(self._call(thing, _ACCESSIBLE, "GetRoleName"))

    def name(self, thing: Thing) -> str:
        return str(self._property(thing, "Name"))

    def description(self, thing: Thing) -> str:
        return str(self._property(thing, "Description"))

    def text(self, thing: Thing) -> str:
        """What stands in a field."""
        return str(self._call(thing, _TEXT, "GetText", "ii", (0, -1)))

    def place(self, thing: Thing) -> tuple[int, int, int, int]:
        """Left, top, width and height on the screen."""
        return tuple(self._call(thing, _COMPONENT, "GetExtents", "u", (0,)))  # type: ignore[return-value]  # four numbers

    def find(self, below: Thing, role: str, name: str | None = None) -> Thing | None:
        """The first of this role and name in the tree, its top included."""
        if self.role(below) == role and name in (None, self.name(below)):
            return below
        return next((found for child in self.children(below) if (found := self.find(child, role, name))), None)

    def wait_for(self, role: str, name: str | None = None, below: Thing | None = None) -> Thing:
        """The one of this role and name in a program or below a thing, once it is there."""
        found: list[Thing] = []

        def look() -> bool:
            tops = [below] if below else self.programs()
            found[:] = [hit for top in tops if (hit := self.find(top, role, name))]
            return bool(found)

        until(look, f"the {role} {name or ''}")
        return found[0]

    def announced(self, timeout_s: float = PATIENCE_S) -> str:
        """The next that a program announces; what it tells of the focus in between is passed over."""
        while True:
            event = self._bus.recv_until_filtered(self._heard, timeout=timeout_s)
            if event.header.fields[HeaderFields.member] == "Announcement":
                return str(event.body[3][1])

    def focus_moved(self) -> Thing:
        """What gets the focus next."""
        while True:
            event = self._bus.recv_until_filtered(self._heard, timeout=PATIENCE_S)
            fields = event.header.fields
            if fields[HeaderFields.member] == "StateChanged" and event.body[:2] == ("focused", 1):
                return Thing(fields[HeaderFields.sender], fields[HeaderFields.path])

    def _call(
        self, thing: Thing, interface: str, method: str, signature: str | None = None, values: tuple[Any, ...] = ()
    ) -> Any:
        address = DBusAddress(thing.path, thing.program, interface)
        return self._ask(new_method_call(address, method, signature, values))[0]

    def _property(self, thing: Thing, name: str) -> Any:
        return self._ask(Properties(DBusAddress(thing.path, thing.program, _ACCESSIBLE)).get(name))[0][1]

    def _ask(self, message: Message) -> Any:
        return _body(self._bus.send_and_get_reply(message, timeout=PATIENCE_S))


def _body(reply: Message) -> Any:
    assert reply.header.message_type is MessageType.method_return, reply.body
    return reply.body
