"""Text as both Zalo platforms take it: at most 2000, cut where a sentence ends.

Whether they count code points or UTF-16 units is not documented, so the larger of the two is kept below
1900. The Official Account refuses a longer text whole (-210), it does not cut.
"""

#: Zalo: 1-2000; kept below it because what is counted is not known.
TEXT_LIMIT = 1900

# Where a piece may end, best first.
_ENDS = ("\n\n", "\n", ". ", "! ", "? ", "; ", ", ", " ")


def units(text: str) -> int:
    """UTF-16 units: a sign beyond the basic plane (an emoji) counts two."""
    return len(text.encode("utf-16-le")) // 2


def pieces(text: str, limit: int = TEXT_LIMIT) -> list[str]:
    """The text in pieces of at most ``limit`` UTF-16 units, each ending with a paragraph, line, sentence
    or word, in this order, if that leaves it at least half full. Nothing is lost but the space between.
    """
    found: list[str] = []
    while units(text) > limit:
        cut = _cut(text, len(_fitting(text, limit)))
        found.append(text[:cut].rstrip())
        text = text[cut:].lstrip()
    return [*found, text] if text or not found else found


def _fitting(text: str, limit: int) -> str:
    """The longest beginning that fits."""
    head = text[:limit]
    while units(head) > limit:
        head = head[: len(head) - max(1, (units(head) - limit) // 2)]
    return head


def _cut(text: str, most: int) -> int:
    """Where to cut within ``most`` signs; the space after an end may lie just behind them."""
    for end in _ENDS:
        at = text.rfind(end, 0, most + 1)
        if at + len(end) > most // 2 and at >= 0:
            return at + len(end)
    return most


def plain(text: object) -> str:
    """A text of the platform as it may be stored: a string without NUL and lone surrogates."""
    if not isinstance(text, str):
        return ""
    return text.encode("utf-8", "replace").decode().replace("\x00", "")
