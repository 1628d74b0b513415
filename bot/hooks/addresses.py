"""Which addresses a webhook may be sent to. Whoever registers one must not make this machine ask its own
network on her behalf (server-side request forgery): names are resolved here, and what they resolve to is
what is connected to, so a name cannot point elsewhere in between."""

import socket
from ipaddress import IPv4Address, IPv6Address, ip_address
from urllib.parse import SplitResult, urlsplit

from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.resolver import ThreadedResolver

MOST_SIGNS = 1000


class Forbidden(OSError):
    """The address lies where a webhook must not go."""


def fault_of(url: str, allow_private: bool = False) -> str:
    """What is wrong with the address, in words for whoever registers it; "" if nothing is. A name is not
    resolved here. ``allow_private``: it may lie in a private network or be this machine."""
    if not url.isascii() or len(url) > MOST_SIGNS or any(sign in url for sign in "\\\t\r\n "):
        return "địa chỉ phải viết liền, không dấu, tối đa 1000 ký tự"
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        return "không phải là địa chỉ"
    return _fault(parts, allow_private)


def _fault(parts: SplitResult, allow_private: bool) -> str:
    host = parts.hostname or ""
    if parts.scheme not in ("https", "http") or not host:
        return "phải bắt đầu bằng https:// rồi đến tên máy"
    if "@" in parts.netloc or parts.fragment:
        return "không được chứa tên đăng nhập hay dấu #"
    number = _number(host)
    own = host == "localhost" or (number is not None and number.is_loopback)
    if parts.scheme == "http" and not own:
        return "phải là https:// (http:// chỉ dùng cho chính máy này)"
    if own or number is not None:
        inside = allow_private if number is None else not _forbidden(number, allow_private)
        return "" if inside else "nằm trong mạng riêng; thêm --allow-private nếu đúng là vậy"
    return ""


def _number(host: str) -> IPv4Address | IPv6Address | None:
    """The IP address that a host is, in any spelling that a resolver would take for one (127.1, 0x7f000001,
    2130706433); None for a name."""
    try:
        return ip_address(host)
    except ValueError:
        pass
    try:
        return ip_address(socket.inet_aton(host))
    except (OSError, ValueError):
        return None


def _forbidden(number: IPv4Address | IPv6Address, allow_private: bool) -> bool:
    """Whether no webhook may go to this address. Where clouds keep their secrets (169.254.169.254), and
    what is nobody's address, is never allowed."""
    if isinstance(number, IPv6Address):
        inner = number.ipv4_mapped or number.sixtofour
        if inner is not None:
            return _forbidden(inner, allow_private)
    if number.is_loopback:
        return not allow_private
    if number.is_link_local or number.is_multicast or number.is_unspecified or number.is_reserved:
        return True
    return not (number.is_global or allow_private)


class GuardedResolver(AbstractResolver):
    """Resolves names, and refuses those that point where a webhook must not go."""

    def __init__(self, allow_private: bool) -> None:
        self._inner, self._allow_private = ThreadedResolver(), allow_private

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """The addresses of ``host``. Forbidden (an OSError) if one of them is."""
        found = await self._inner.resolve(host, port, family)
        if any(_forbidden(ip_address(each["host"].partition("%")[0]), self._allow_private) for each in found):
            raise Forbidden("the name points into a private network")
        return found

    async def close(self) -> None:
        """Nothing is held."""
        await self._inner.close()
