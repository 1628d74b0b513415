"""Numbers to Vietnamese words, written on its own for the property tests: it shares nothing with the reader.

``styles`` gives the book form and the ways people shorten it.
"""

UNITS = ["không", "một", "hai", "ba", "bốn", "năm", "sáu", "bảy", "tám", "chín"]


def _tail_unit(tens: int, unit: int, *, four: str, five: str) -> str:
    if unit == 1 and tens > 1:
        return "mốt"
    if unit == 4 and tens > 1:
        return four
    if unit == 5 and tens > 0:
        return five if tens > 1 else "lăm"
    return UNITS[unit]


def below_hundred(n: int, *, four: str = "bốn", five: str = "lăm") -> str:
    tens, unit = divmod(n, 10)
    if tens == 0:
        return UNITS[unit]
    head = "mười" if tens == 1 else f"{UNITS[tens]} mươi"
    return head if unit == 0 else f"{head} {_tail_unit(tens, unit, four=four, five=five)}"


def below_thousand(n: int, full: bool, *, odd: str = "linh", four: str = "bốn", five: str = "lăm") -> str:
    hundreds, rest = divmod(n, 100)
    if hundreds == 0 and not full:
        return below_hundred(rest, four=four, five=five)
    head = f"{UNITS[hundreds]} trăm"
    if rest == 0:
        return head
    if rest < 10:
        unit = "tư" if rest == 4 and four == "tư" else UNITS[rest]
        return f"{head} {odd} {unit}"
    return f"{head} {below_hundred(rest, four=four, five=five)}"


def book(n: int, *, odd: str = "linh", four: str = "bốn", five: str = "lăm", thousand: str = "nghìn") -> str:
    """The form of the school book, every zero group said where it stands between."""
    if n == 0:
        return "không"
    groups: list[str] = []
    for scale, name in ((10**9, "tỷ"), (10**6, "triệu"), (10**3, thousand), (1, "")):
        value, n = divmod(n, scale)
        started = bool(groups)
        if value or (started and n and name):
            if value == 0:
                groups.append(f"không trăm {name}" if odd == "linh" else f"không {name}")
                continue
            groups.append(f"{below_thousand(value, started, odd=odd, four=four, five=five)} {name}".strip())
    return " ".join(groups)


def lean(n: int) -> str:
    """Zero groups left out: 1.000.005 "một triệu linh năm", 2.000.500 "hai triệu năm trăm"."""
    if n == 0:
        return "không"
    groups: list[str] = []
    for scale, name in ((10**6, "triệu"), (10**3, "nghìn"), (1, "")):
        value, n = divmod(n, scale)
        if value == 0:
            continue
        started = bool(groups)
        words = (
            f"linh {UNITS[value]}" if started and value < 10 and not name else below_thousand(value, False)
        )
        groups.append(f"{words} {name}".strip())
    return " ".join(groups)


def _short_below_thousand(n: int) -> str | None:
    """ "trăm hai", "hai trăm rưỡi", "ba lăm", "bốn mốt", "hăm ba"."""
    hundreds, rest = divmod(n, 100)
    head = "" if hundreds == 0 else "trăm" if hundreds == 1 else f"{UNITS[hundreds]} trăm"
    if hundreds and rest == 50:
        return f"{head} rưỡi"
    if hundreds and rest % 10 == 0 and rest >= 20 and rest != 50:
        return f"{head} {'tư' if rest == 40 else UNITS[rest // 10]}"
    tens, unit = divmod(rest, 10)
    if tens > 1 and unit in (1, 4, 5):
        small = f"{UNITS[tens]} {_tail_unit(tens, unit, four='tư', five='nhăm' if n % 2 else 'lăm')}"
        return f"{head} {small}".strip()
    if tens == 2 and unit:
        return f"{head} hăm {UNITS[unit]}".strip()
    return None


def short(n: int) -> str | None:
    """How it is said in the market, for the numbers that have such a form."""
    if n < 1000:
        return _short_below_thousand(n)
    for scale, name in ((10**6, "triệu"), (10**3, "nghìn")):
        value, rest = divmod(n, scale)
        if value and value < 1000:
            head = name if value == 1 else f"{below_thousand(value, False)} {name}"
            if rest == scale // 2:
                return f"{head} rưỡi"
            tenth, left = divmod(rest, scale // 10)
            if left == 0 and tenth not in (0, 5):
                return f"{head} {'tư' if tenth == 4 else UNITS[tenth]}"
            return None
    return None


def dotted(n: int) -> str:
    return f"{n:,}".replace(",", ".")


def styles(n: int) -> list[str]:
    """Every way this writer knows to write ``n``."""
    ways = [
        book(n), book(n, odd="lẻ", thousand="ngàn"), book(n, four="tư"), book(n, four="tư", five="nhăm"),
        lean(n), str(n), dotted(n), dotted(n).replace(".", " "), f"{dotted(n)} chị",
    ]  # fmt: skip
    market = short(n)
    return [*ways, market] if market else ways
