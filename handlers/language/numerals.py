"""Numbers in digits and in words, as they are said in the North.

``scan`` finds every number of a message and says how sure it is; ``unsure`` holds the ask codes.
Knows thousands dots and decimal commas, linh/lẻ, mốt, tư, lăm, nhăm, rưỡi, chục, tá, hăm, and the short ways
("trăm hai" 120, "triệu rưỡi", "1tr2"). Knows no question (domain rules, traps 6 to 9, and 7 for separators).
"""

from dataclasses import dataclass, replace
from fractions import Fraction

from handlers.language.normalise import Said
from handlers.language.numeral_atoms import (
    AFTER_ONLY_BARE,
    AMBIGUOUS_BARE,
    BILLION,
    MILLION,
    SAID_RANGE,
    SCALE_AFTER_DIGIT,
    THOUSAND,
    Atom,
    Number,
    atoms_of,
)


def scan(said: Said) -> tuple[list[Number], list[bool]]:
    """Every number of the message, left to right, each as long as it can be read; and for each token
    whether it may only be part of a number, so that it must not stay unread."""
    atoms = atoms_of(said)
    found = _numbers(atoms)
    return found, [atom is not None and atom.kind in "DdHSRXCFTY" and _surely(atom) for atom in atoms]


def _numbers(atoms: list[Atom | None]) -> list[Number]:
    found: list[Number] = []
    parser = _Parser(atoms)
    spot = 0
    while spot < len(atoms):
        number = parser.number(spot) if atoms[spot] is not None else None
        if number is None:
            spot += 1
        else:
            short = any(
                atom is not None and atom.raw in ("k", "tr", "củ")
                for atom in atoms[number.start : number.end]
            )
            found.append(replace(number, money_short=True) if short else number)
            spot = max(number.end, spot + 1)
    return found


def _surely(atom: Atom) -> bool:
    return atom.kind in "Dd" or not (atom.bare in AFTER_ONLY_BARE or atom.bare in AMBIGUOUS_BARE)


@dataclass(frozen=True, slots=True)
class _Part:
    """A group below a scale. ``shape``: d digits, u one unit, t tens, h hundreds, s short tens, z zero."""

    value: Fraction
    end: int
    shape: str
    echo: bool = False
    unsure: str = ""
    approximate: bool = False
    digits: str = ""


class _Parser:
    """Reads one number from a list of atoms; every method returns None where there is none."""

    def __init__(self, atoms: list[Atom | None]) -> None:
        self._atoms = atoms

    def _at(self, spot: int, kinds: str) -> Atom | None:
        if spot < len(self._atoms):
            atom = self._atoms[spot]
            if atom is not None and atom.kind in kinds:
                return atom
        return None

    def number(self, start: int) -> Number | None:
        """The longest number that starts at ``start``."""
        first = self._group(start)
        if first is None:
            return self._implied(start)
        if self._at(first.end, "S") is None:
            return self._finish_plain(start, first)
        return self._scaled(start, first)

    def _finish_plain(self, start: int, part: _Part) -> Number | None:
        unsure = part.unsure
        end = part.end
        if self._at(end, "R") is not None:
            unsure, end = unsure or "half_of_what", end + 1
        return Number(
            part.value, start, end, unsure, part.echo, part.approximate, part.shape == "d", part.digits
        )

    def _implied(self, start: int) -> Number | None:
        """ "triệu hai", "nghìn rưỡi", "nửa triệu": the one is not said."""
        half = self._at(start, "N")
        scale = self._at(start + 1, "S") if half else self._at(start, "S")
        if scale is None or scale.bare in AFTER_ONLY_BARE or scale.raw in SCALE_AFTER_DIGIT:
            return None
        if half:
            return Number(scale.value / 2, start, start + 2, echo=True, scaled=True)
        number = self._scaled(start, _Part(Fraction(1), start, "u"))
        # "triệu" alone names a unit and no number.
        return replace(number, unsure="bare_unit") if number.end == start + 1 else number

    def _scaled(self, start: int, part: _Part) -> Number:
        total, echo, unsure, approximate = Fraction(0), False, "", False
        spot, last, slang = start, Fraction(10**15), False
        current: _Part | None = part
        while current is not None:
            scale = self._at(current.end, "S")
            echo, approximate = echo or current.echo, approximate or current.approximate
            unsure = unsure or current.unsure
            if spot > start and self._counts_things(spot, current):
                break
            if scale is None or scale.value >= last:
                tail = self._tail(current, last)
                if tail is None:
                    return Number(total, start, current.end, "unread_number", scaled=True)
                return Number(
                    total + tail.value, start, tail.end, unsure or tail.unsure, echo or tail.echo,
                    approximate,
                    digits=tail.digits, scaled=True, slang=slang,
                )  # fmt: skip
            total += self._times(current, scale)
            unsure = unsure or self._unclear_decimal(current, scale)
            echo, slang = echo or scale.doubt or current.shape == "m", slang or scale.raw == "củ"
            last, spot = scale.value, current.end + 1
            if self._at(spot, "R"):
                return Number(
                    total + last / 2, start, spot + 1, unsure, echo, approximate, scaled=True, slang=slang
                )
            if self._at(spot, "L") and self._at(spot + 1, "UFDTYH"):
                return self._after_linh(
                    start, spot, total, last, Number(total, start, spot, unsure, echo, scaled=True)
                )
            current = self._group(spot)
        return Number(total, start, spot, unsure, echo, approximate, scaled=True, slang=slang)

    def _counts_things(self, spot: int, part: _Part) -> bool:
        atom = self._atoms[spot]
        return atom is not None and atom.counted and not atom.glued and part.shape == "d"

    @staticmethod
    def _times(part: _Part, scale: Atom) -> Fraction:
        return part.value * scale.value

    @staticmethod
    def _unclear_decimal(part: _Part, scale: Atom) -> str:
        # "1.5tr" is a decimal; "1.500 triệu" and "1.250k" may be either (domain rules, trap 7).
        if "." in part.digits and part.value >= 1000 and scale.value >= THOUSAND:
            return "unclear_separator"
        if "." in part.digits and "," not in part.digits and scale.value == THOUSAND:
            return "unclear_separator"
        if part.value >= THOUSAND and scale.value == BILLION:
            return "too_large"
        return ""

    def _after_linh(self, start: int, spot: int, total: Fraction, last: Fraction, so_far: Number) -> Number:
        """ "một nghìn linh năm" 1005; "hai triệu lẻ năm mươi nghìn"."""
        group = self._group(spot + 1)
        if group is None:
            return replace(so_far, unsure="unread_number")
        scale = self._at(group.end, "S")
        if scale is not None and scale.value < last:
            rest = self._scaled(spot + 1, group)
            return replace(
                so_far, value=total + rest.value, end=rest.end, echo=True, unsure=so_far.unsure or rest.unsure
            )
        unsure = so_far.unsure or group.unsure or ("" if group.shape == "u" else "unread_number")
        return replace(so_far, value=total + group.value, end=group.end, unsure=unsure, echo=True)

    @staticmethod
    def _tail(part: _Part, scale: Fraction) -> _Part | None:
        """What follows the last scale without one of its own: "1 triệu 2", "2tr500", "nghìn hai trăm"."""
        if part.shape == "d":
            return _digit_tail(part, scale)
        if part.shape == "u":
            colloquial = part.value * scale / 10
            return replace(
                part,
                value=colloquial,
                echo=part.echo or scale == BILLION or (scale == THOUSAND and part.value == 5),
            )
        if part.shape == "z" or scale == THOUSAND:
            unsure = "unclear_tail" if part.shape == "s" else ""
            echo = part.echo or part.shape == "t" or (part.shape == "z" and scale > THOUSAND)
            return replace(part, echo=echo, unsure=part.unsure or unsure)
        # "hai triệu năm trăm" is 2.500.000 in the market and 2.000.500 in a book.
        reason = "market_tail" if part.shape == "h" and scale == MILLION else "unclear_tail"
        return replace(part, value=part.value * scale / 1000, unsure=part.unsure or reason)

    # Groups below a thousand.

    def _group(self, spot: int) -> _Part | None:
        atom = self._atoms[spot] if spot < len(self._atoms) else None
        if atom is None or atom.kind in "LRPN":
            return None
        reader = getattr(self, f"_from_{atom.kind}", None)
        part: _Part | None = reader(spot, atom) if reader else None
        if part is not None and self._at(part.end, "P"):
            return self._decimal(part)
        return part

    def _decimal(self, part: _Part) -> _Part | None:
        """ "chín lăm phẩy năm", "một phẩy hai lăm"."""
        after = self._group(part.end + 1)
        if after is None or after.value.denominator != 1 or after.shape in "hz" or after.value > 99:
            return replace(part, end=part.end + 1, unsure="unread_number")
        width = 1 if after.value < 10 else 2
        return _Part(part.value + after.value / 10**width, after.end, "m", part.echo or after.echo,
                     part.unsure or after.unsure)  # fmt: skip

    def _from_d(self, spot: int, atom: Atom) -> _Part:
        if self._at(spot + 1, "C"):
            return _Part(atom.value * 10, spot + 2, "t", True, atom.unsure)
        return _Part(atom.value, spot + 1, "d", False, atom.unsure, digits=atom.raw)

    def _from_D(self, spot: int, atom: Atom) -> _Part:  # noqa: N802
        spaced = self._spaced_thousands(spot, atom)
        if spaced is not None:
            return spaced
        if atom.value < 1000 and len(atom.raw) <= 3:
            if self._at(spot + 1, "H"):
                return self._hundreds(spot + 2, atom.value * 100, False)
            if self._at(spot + 1, "C"):
                return self._chuc(spot + 2, atom.value * 10, False)
            if self._at(spot + 1, "X"):
                return self._after_tens(spot + 2, atom.value * 10, False)
            if self._at(spot + 1, "A"):
                return self._dozens(spot + 2, atom.value, False)
        return _Part(atom.value, spot + 1, "d", False, atom.unsure, digits=atom.raw)

    def _spaced_thousands(self, spot: int, atom: Atom) -> _Part | None:
        """ "1 250", "1 250 000": groups of three after a short head that is no zero."""
        if not (atom.raw.isdigit() and len(atom.raw) <= 3 and atom.raw[0] != "0"):
            return None
        digits, end = atom.raw, spot + 1
        following = self._at(end, "D")
        while (
            following is not None
            and len(following.raw) == 3
            and following.raw.isdigit()
            and not following.glued
        ):
            digits, end = digits + following.raw, end + 1
            following = self._at(end, "D")
        if end == spot + 1 or len(digits) > 15:
            return None
        return _Part(Fraction(int(digits)), end, "d", True, atom.unsure, digits=digits)

    def _from_U(self, spot: int, atom: Atom) -> _Part:  # noqa: N802
        value, doubt = atom.value, atom.doubt
        # Between numerals the other meanings of năm, sáu, bảy, tám fall away.
        firm = doubt and atom.bare not in AMBIGUOUS_BARE
        hundred = self._at(spot + 1, "H")
        if hundred is not None:
            return self._hundreds(spot + 2, value * 100, firm or hundred.doubt)
        tens = self._at(spot + 1, "X") or self._bare_muoi(spot + 1)
        if tens is not None:
            return self._after_tens(spot + 2, value * 10, firm or tens.doubt)
        if self._at(spot + 1, "C"):
            return self._chuc(spot + 2, value * 10, firm)
        if self._at(spot + 1, "A"):
            return self._dozens(spot + 2, value, firm)
        if self._at(spot + 1, "Dd"):
            return _Part(value, spot + 1, "u", True, "unread_number")
        scale = self._at(spot + 1, "S") is not None
        return self._short_tens(spot, atom) or _Part(value, spot + 1, "u", firm if scale else doubt)

    def _bare_muoi(self, spot: int) -> Atom | None:
        atom = self._at(spot, "T")
        return (
            atom
            if atom is not None
            and atom.bare == "muoi"
            and atom.raw.lower() in ("muoi", "mưoi", "muơi", "mươi")
            else None
        )

    def _short_tens(self, spot: int, atom: Atom) -> _Part | None:
        """ "ba hai" 32 (echo), "bốn tư" 44, "hai nhăm" 25; "hai ba chị" is a range."""
        after = self._at(spot + 1, "UF")
        if after is None or self._at(spot + 2, "XHC") or self._bare_muoi(spot + 2):
            return self._said_range(spot, atom)
        if self._at(spot + 2, "UF"):
            return _Part(Fraction(0), spot + 3, "s", True, "unread_number")
        if after.bare == "lam" and atom.doubt:
            return None
        value = atom.value * 10 + after.value
        pair = (int(atom.value), int(after.value))
        sure = after.kind == "F" and not (after.bare == "tu" and after.doubt)
        if not sure and (pair in SAID_RANGE or after.bare == "nam" or _is_nam(after)):
            return _Part(value, spot + 2, "s", True, "range")
        if atom.value == 1:
            return _Part(value, spot + 2, "s", True, "range" if sure else "unread_number")
        return _Part(value, spot + 2, "s", not sure or (atom.doubt and atom.bare not in AMBIGUOUS_BARE))

    def _said_range(self, spot: int, atom: Atom) -> _Part | None:
        after = self._at(spot + 1, "UT")
        if after is None or after.bare == "muoi":
            return None
        if (int(atom.value), int(after.value)) in SAID_RANGE | {(9, 10), (8, 10)}:
            return _Part(atom.value, spot + 2, "s", True, "range")
        return None

    def _from_F(self, spot: int, atom: Atom) -> _Part | None:  # noqa: N802
        if atom.raw.isascii() and not self._at(spot - 1, "S"):
            # "tu" and "lam" at the head are từ and làm far more often.
            following = self._at(spot + 1, "HSX")
            if following is None and not (atom.bare == "tu" and len(self._atoms) == 1):
                return None
        if self._at(spot + 1, "H"):
            return self._hundreds(spot + 2, atom.value * 100, True)
        if self._at(spot + 1, "X"):
            return self._after_tens(spot + 2, atom.value * 10, True)
        after_scale = self._at(spot - 1, "S") is not None
        return _Part(atom.value, spot + 1, "u", not after_scale or atom.value != 4)

    def _from_Z(self, spot: int, atom: Atom) -> _Part | None:  # noqa: N802
        if self._at(spot + 1, "H"):
            part = self._hundreds(spot + 2, Fraction(0), atom.doubt)
            return replace(part, shape="z")
        if self._at(spot + 1, "S"):
            return _Part(Fraction(0), spot + 1, "z", atom.doubt)
        return None

    def _from_T(self, spot: int, atom: Atom) -> _Part:  # noqa: N802
        after = self._at(spot + 1, "UF")
        if after is None or self._at(spot + 2, "XHC") or self._bare_muoi(spot + 2):
            wrong = self._at(spot + 1, "DTYHX") is not None
            return _Part(Fraction(10), spot + 1, "t", atom.doubt, "unread_number" if wrong else "")
        if self._at(spot + 2, "UF"):
            return _Part(Fraction(10), spot + 3, "t", True, "unread_number")
        echo = atom.doubt or _is_nam(after) or after.raw.lower() in ("mốt",) or after.bare in ("nam",)
        return _Part(10 + after.value, spot + 2, "t", echo)

    def _from_X(self, spot: int, atom: Atom) -> _Part:  # noqa: N802
        """ "mươi" is about ten; "mươi lăm" is ten to fifteen."""
        after = self._at(spot + 1, "UF")
        if after is not None:
            # After a word that is no number the tens were misspelt: "bố mươi mốt".
            misspelt = spot > 0 and self._atoms[spot - 1] is None
            unsure = "unread_number" if misspelt else "range" if after.value == 5 else ""
            return _Part(10 + after.value, spot + 2, "t", True, unsure)
        return _Part(Fraction(10), spot + 1, "t", True, approximate=True)

    def _from_G(self, spot: int, atom: Atom) -> _Part:  # noqa: N802
        """ "dăm" is about five; "dăm ba", "dăm bảy" are ranges."""
        after = self._at(spot + 1, "UFXC")
        return _Part(Fraction(5), spot + (2 if after else 1), "t", True, "range" if after else "", True)

    def _from_C(self, spot: int, atom: Atom) -> _Part | None:  # noqa: N802
        if self._at(spot + 1, "R"):
            return _Part(Fraction(15), spot + 2, "t", atom.doubt)
        if atom.bare in AFTER_ONLY_BARE and not (len(self._atoms) <= 2):
            return None
        after = self._at(spot + 1, "UF")
        return _Part(
            Fraction(10) + (after.value if after else Fraction(0)), spot + 2 if after else spot + 1, "t", True
        )

    def _from_H(self, spot: int, atom: Atom) -> _Part:  # noqa: N802
        part = self._hundreds(spot + 1, Fraction(100), atom.doubt)
        return replace(part, echo=True) if part.end == spot + 1 else part

    def _from_A(self, spot: int, atom: Atom) -> _Part | None:  # noqa: N802
        if atom.bare == "ta" and atom.raw.lower() == "ta":
            return None
        return self._dozens(spot + 1, Fraction(1), True)

    def _from_Y(self, spot: int, atom: Atom) -> _Part | None:  # noqa: N802
        after = self._at(spot + 1, "UF")
        if after is None:
            return None
        return _Part(20 + after.value, spot + 2, "t", atom.doubt or after.bare == "nam" or _is_nam(after))

    def _dozens(self, spot: int, value: Fraction, echo: bool) -> _Part:
        if self._at(spot, "R"):
            return _Part(value * 12 + 6, spot + 1, "t", True)
        return _Part(value * 12, spot, "t", echo)

    def _chuc(self, spot: int, value: Fraction, echo: bool) -> _Part:
        if self._at(spot, "R"):
            return _Part(value + 5, spot + 1, "t", True)
        after = self._at(spot, "UF")
        if after is not None and not self._at(spot + 1, "XHC"):
            return _Part(value + after.value, spot + 1, "t", True)
        return _Part(value, spot, "t", echo)

    def _after_tens(self, spot: int, value: Fraction, echo: bool) -> _Part:
        after = self._at(spot, "UF")
        if after is None or self._at(spot + 1, "XHC") or self._bare_muoi(spot + 1):
            wrong = self._at(spot, "TYDXR") is not None
            return _Part(value, spot, "t", echo, "unread_number" if wrong else "")
        if self._at(spot + 1, "UF"):
            return _Part(value, spot + 2, "t", True, "unread_number")
        odd = _is_nam(after) or after.bare == "nam" or after.raw.lower() == "một"
        return _Part(value + after.value, spot + 1, "t", echo or odd)

    def _hundreds(self, spot: int, value: Fraction, echo: bool) -> _Part:
        if self._at(spot, "R"):
            return _Part(value + 50, spot + 1, "h", echo)
        if self._at(spot, "L"):
            return self._hundreds_linh(spot + 1, value, echo)
        rest = self._below_hundred(spot)
        if rest is None:
            return _Part(value, spot, "h", echo)
        echo = echo or rest.echo
        if rest.shape == "u":
            # "trăm hai" is 120, "hai trăm ba" 230.
            # "hai trăm năm" may be heard as years, or as 205: shown back.
            echo = echo or rest.value == 5
            return _Part(value + rest.value * 10, rest.end, "h", echo, rest.unsure)
        return _Part(value + rest.value, rest.end, "h", echo, rest.unsure)

    def _hundreds_linh(self, spot: int, value: Fraction, echo: bool) -> _Part:
        after = self._at(spot, "UFD")
        if after is None or after.value > 9 or self._at(spot + 1, "XHCUF"):
            return _Part(value, spot, "h", True, "unread_number")
        # Said after linh, năm and tư are numbers and nothing else.
        return _Part(value + after.value, spot + 1, "h", echo or (after.kind == "D" and len(after.raw) > 1))

    def _below_hundred(self, spot: int) -> _Part | None:
        """The tens after "trăm": words, or two digits ("3 trăm 50")."""
        atom = self._at(spot, "UFTYDC")
        if atom is None:
            return None
        if atom.kind == "D":
            if self._at(spot + 1, "HSXCA") and not self._at(spot + 1, "S"):
                return None
            shape = "u" if len(atom.raw) == 1 else "t"
            unsure = "" if len(atom.raw) <= 2 and atom.value >= 1 and atom.raw.isdigit() else "unread_number"
            return _Part(atom.value, spot + 1, shape, True, unsure)
        if atom.kind == "C":
            return None
        if atom.kind == "F" and not (
            atom.bare in ("lam", "tu") and atom.doubt and self._at(spot + 1, "XSHC")
        ):
            return _Part(atom.value, spot + 1, "u", atom.doubt or atom.bare == "lam")
        part = self._group(spot)
        if part is None or part.shape in "hz":
            return None
        return self._without_range(part)

    @staticmethod
    def _without_range(part: _Part) -> _Part:
        if part.shape == "s" and part.unsure == "range" and part.value % 10 != 5:
            return replace(part, echo=True, unsure="")  # after "trăm" two units are tens and units
        return part


def _is_nam(atom: Atom) -> bool:
    return atom.raw.lower() in ("năm", "nam")


def _digit_tail(part: _Part, scale: Fraction) -> _Part | None:
    """Digits after a scale are decimals of it: "1tr2", "2tr500", "1tr05", "1k2"."""
    digits = part.digits
    if not digits.isdigit() or len(digits) > 3 or part.unsure:
        return None
    value = part.value * scale / 10 ** len(digits)
    if value.denominator != 1:
        return None
    # "1tr50" may be 1.050.000 or 1.500.000.
    unsure = "unclear_tail" if len(digits) == 2 and digits[1] == "0" else ""
    doubtful = len(digits) == 2 and digits[0] != "0"
    odd = scale in (BILLION, THOUSAND) or doubtful
    return replace(part, value=value, unsure=unsure, echo=part.echo or odd)
