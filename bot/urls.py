"""Which addresses the house may fetch from when a platform names them (photos): server-side request
forgery stops here."""

import ipaddress
from collections.abc import Collection
from urllib.parse import urlsplit


def may_fetch(url: str, hosts: Collection[str]) -> bool:
    """Whether ``url`` is https on its own port at one of ``hosts`` or below (``zdn.vn`` allows
    ``photo.zdn.vn``): no user in it, no number for a host, nothing that parsers read in two ways.

    A redirect must be asked again; a fetcher should follow none.
    """
    if any(sign in url for sign in "\\\t\r\n ") or not url.isascii():
        return False
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return False
    host = (parts.hostname or "").rstrip(".")
    plain = parts.scheme == "https" and port in (None, 443) and "@" not in parts.netloc
    return plain and not _is_number(host) and any(host == own or host.endswith(f".{own}") for own in hosts)


def _is_number(host: str) -> bool:
    """An IP address in any of its spellings (127.1, 0x7f000001, 2130706433)."""
    if not host or host.replace(".", "").isdigit() or host.startswith("0x"):
        return True
    try:
        ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return False
    return True
