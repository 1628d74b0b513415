"""A link to a page: http or https only, in full, to a host with a name."""

import re

from handlers.language.normalise import Said
from handlers.language.reading import Reading

_LINK = re.compile(r"https?://[^\s<>\"']+", re.I)
_HOST = re.compile(
    r"^https?://(?P<host>(?:[a-z0-9](?:[a-z0-9-]{0,62})\.)+[a-z]{2,24})(?::[0-9]{1,5})?(?:[/?#].*)?$", re.I
)
_SHORTENERS = frozenset(
    [
        "bit.ly",
        "tinyurl.com",
        "t.co",
        "goo.gl",
        "ow.ly",
        "is.gd",
        "buff.ly",
        "cutt.ly",
        "rb.gy",
        "shorturl.at",
        "rebrand.ly",
        "t.ly",
        "s.id",
        "tiny.cc",
        "bom.so",
        "by.com.vn",
        "shorten.asia",
        "v.gd",
        "lnkd.in",
        "adf.ly",
        "shope.ee",
        "s.net.vn",
        "me2.do",
        "qr.ae",
        "linktr.ee",
        "beacons.ai",
        "g.co",
        "db.tt",
        "soo.gd",
    ]
)


def read_link(said: Said) -> Reading:
    """The address, or a reason: no scheme, a shortened address, more than one."""
    links = _LINK.findall(said.raw)
    if not links:
        looks = re.search(r"\b[\w-]+\.(?:com|vn|net|org|ly|me|gov)\b", said.raw.lower())
        return Reading("ask", reason="link_without_scheme" if looks else "no_link")
    if len(links) > 1:
        return Reading("ask", reason="several_links")
    link = links[0].rstrip(".,;:!?)]}…")
    match = _HOST.match(link)
    if match is None or "@" in link.split("/")[2] or len(link) > 500:
        return Reading("ask", reason="no_link")
    host = match["host"].lower().removeprefix("www.")
    if host in _SHORTENERS:
        return Reading("ask", reason="short_link")
    return Reading("answer", value=link, reason="link")
