"""What can go wrong with the Hub, each with a next step; told from statuses and headers, without its client."""

import re
from collections.abc import Mapping
from typing import Literal

from app.core.errors import AppError
from app.core.language import tr, trn

Kind = Literal[
    "offline",  # not asked, because the user wants none of it
    "settings",  # endpoint or proxy cannot be used
    "network",  # cannot be reached, or the connection broke
    "timeout",
    "tls",
    "busy",  # 429
    "server",  # 5xx
    "gated",  # terms to be accepted, or a token to be given
    "token",  # the token is not accepted
    "forbidden",
    "missing",
    "moved",  # the commit is gone
    "expired",  # an address that was good for a while
    "answer",  # not what the Hub answers
    "damaged",  # other bytes came than were to come
    "refused",  # anything else
]
PASSING: tuple[Kind, ...] = ("network", "timeout", "busy", "server", "expired")
LONGEST_WAIT_S = 3600.0


class HubError(AppError):
    """The Hub cannot be asked, does not answer, or refuses.

    Attributes:
        kind: what it is, for whoever can do something about it.
        wait_s: how long the Hub asks to wait, 0 if it did not say.
    """

    def __init__(self, message: str, hint: str = "", detail: str = "", kind: Kind = "refused", wait_s: float = 0.0):
        super().__init__(message, hint, detail)
        self.kind: Kind = kind
        self.wait_s = wait_s

    def __reduce__(self) -> tuple[type["HubError"], tuple[str, str, str, Kind, float]]:  # type: ignore[override]
        return type(self), (self.message, self.hint, self.detail, self.kind, self.wait_s)

    @property
    def passing(self) -> bool:
        """Whether the same may well work a little later."""
        return self.kind in PASSING


def offline() -> HubError:
    """What is said in place of any request while the network is not wanted."""
    return HubError(
        tr("Fireside stays offline, as it was told to."), tr("Let it use the network, then try again."), kind="offline"
    )


def no_answer(kind: Literal["network", "timeout", "tls", "proxy"], host: str, detail: str) -> HubError:
    """For a connection that could not be made or that broke."""
    match kind:
        case "timeout":
            return HubError(
                tr("{host} does not answer.").format(host=host),
                tr("Check the connection, or try again later."),
                detail,
                "timeout",
            )
        case "tls":
            return HubError(
                tr("The connection to {host} is not safe: its certificate cannot be checked.").format(host=host),
                tr("Check this computer's clock, and whether a company network or a virus scanner reads along."),
                detail,
                "tls",
            )
        case "proxy":
            return HubError(
                tr("The proxy does not let the connection to {host} through.").format(host=host),
                tr("Check the proxy's address and whether it wants a password."),
                detail,
                "network",
            )
        case _:
            return HubError(
                tr("{host} cannot be reached.").format(host=host),
                tr("Check the connection to the internet, the proxy, and the address of the Hub."),
                detail,
                "network",
            )


def unreadable(host: str, detail: str) -> HubError:
    """For an answer that is not the Hub's, such as the page of a hotel's network."""
    return HubError(
        tr("What {host} answered is not what the Hub answers.").format(host=host),
        tr("Check whether a page wants you to sign in to this network, and the address of the Hub."),
        detail,
        "answer",
    )


def refusal(status: int, headers: Mapping[str, str], what: str, endpoint: str, *, token: bool) -> HubError:
    """For a status of 400 and above.

    Args:
        headers: of the answer; names in lower case.
        what: the repository that was asked for, with a file of it behind it, or words.
        token: whether one was sent.
    """
    file, what = what, "/".join(what.split("/")[:2])
    page = f"{endpoint}/{what}"
    code, said = headers.get("x-error-code", ""), headers.get("x-error-message", "")
    detail = f"{status} {code} {said}".strip()
    if status == 429:
        return _busy(waiting_time(headers), detail)
    if status >= 500:
        return HubError(
            tr("The Hub has a problem of its own ({status}).").format(status=status),
            tr("Try again later."),
            detail,
            "server",
            waiting_time(headers),
        )
    if code == "GatedRepo":
        return gated(what, page, detail, token=token)
    if said.startswith("Invalid credentials") or (status == 401 and token and not code):
        return HubError(
            tr("The Hub does not accept the token."),
            tr("Make a new one at {address}, and give it to Fireside.").format(address=f"{endpoint}/settings/tokens"),
            detail,
            "token",
        )
    if code == "RevisionNotFound":
        return HubError(
            tr("This version of “{what}” is no longer at the Hub.").format(what=what),
            tr("Look at {page} for what is there now.").format(page=page),
            detail,
            "moved",
        )
    if code == "EntryNotFound":
        return HubError(
            tr("The file is no longer at the Hub: {what}.").format(what=file),
            tr("Look at {page} for what is there now.").format(page=page),
            detail,
            "moved",
        )
    if code == "RepoNotFound" or status in (401, 404):
        return HubError(
            tr("“{what}” is not at the Hub, or it is private.").format(what=what),
            tr("Check how it is written; for a private one, give a token of an account that may see it."),
            detail,
            "missing",
        )
    if status == 403:
        return HubError(
            tr("The Hub does not let you have “{what}”.").format(what=what),
            tr("See {page} for the reason; a token may lack the right to read this.").format(page=page),
            detail,
            "forbidden",
        )
    return HubError(
        tr("The Hub refuses: {status}.").format(status=f"{status} {said}".strip()),
        tr("Try again later, or open {page}.").format(page=page),
        detail,
        "refused",
    )


def gated(what: str, page: str, detail: str = "", *, token: bool) -> HubError:
    """For what is given only to those who accepted its terms."""
    if token:
        hint = tr("Ask for access at {page} with the account of your token; some owners answer after days.")
    else:
        hint = tr("Accept the terms at {page}, then give Fireside a token of your account.")
    return HubError(
        tr("“{what}” is given only to those who accepted its terms.").format(what=what),
        hint.format(page=page),
        detail,
        "gated",
    )


def expired(status: int) -> HubError:
    """For a storage that no longer takes an address which the Hub signed."""
    return HubError(
        tr("The storage behind the Hub refuses the file ({status}).").format(status=status),
        tr("Try again later."),
        kind="expired",
    )


def _busy(wait_s: float, detail: str) -> HubError:
    hint = tr("Try again later.")
    if wait_s:
        hint = trn("Try again in {count} second.", "Try again in {count} seconds.", round(wait_s))
    return HubError(tr("The Hub asks to wait: too many requests came from here."), hint, detail, "busy", wait_s)


def waiting_time(headers: Mapping[str, str]) -> float:
    """Seconds that an answer asks to wait, at most an hour; 0 if it does not say."""
    if headers.get("retry-after", "").strip().isdecimal():
        return min(float(headers["retry-after"]), LONGEST_WAIT_S)
    found = re.search(r"r\s*=\s*0\s*;\s*t\s*=\s*(\d+)", headers.get("ratelimit", ""))
    return min(float(found[1]), LONGEST_WAIT_S) if found else 0.0
