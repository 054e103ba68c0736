"""The addresses by which the Hub is reached, checked before anything is sent."""

from urllib.parse import urlsplit

from app.core.language import tr
from app.library.address import DEFAULT_ENDPOINT
from app.library.hub_errors import HubError


def no_proxy(proxy: str, detail: str) -> HubError:
    return HubError(
        tr("“{address}” is no address of a proxy.").format(address=proxy),
        tr("Write it like this: {example}").format(example="http://proxy.example:8080"),
        detail,
        "settings",
    )


def checked_endpoint(text: str) -> str:
    """An endpoint without a slash at its end. A name alone is meant with https."""
    text = text.strip() if "://" in text else f"https://{text.strip()}"
    if not is_address(text, "http", "https") or "@" in text:
        raise HubError(
            tr("“{address}” is no address of a Hub.").format(address=text),
            tr("Write it like this: {example}").format(example=DEFAULT_ENDPOINT),
            kind="settings",
        )
    return text.rstrip("/")


def is_address(text: str, *schemes: str) -> bool:
    try:
        parts = urlsplit(text)
        good = parts.scheme in schemes and bool(parts.hostname) and not parts.query and parts.port != 0
    except ValueError:  # a port or a number that is none
        return False
    return good and all(each.isprintable() and not each.isspace() for each in text)


def checked_proxy(text: str) -> str:
    """A proxy's address, or "" for none. Raises HubError where it is no address."""
    if text and not is_address(text, "http", "https", "socks5", "socks5h"):
        raise no_proxy(text, "")
    return text
