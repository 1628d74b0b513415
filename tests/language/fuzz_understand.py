"""Atheris target: no bytes make the reader raise. Not collected by pytest.

Run: ``python tests/language/fuzz_understand.py -max_total_time=60`` with atheris installed.
"""

import sys

import atheris  # type: ignore[import-untyped,import-not-found,unused-ignore]

with atheris.instrument_imports():
    from datetime import datetime

    from handlers.language.later import ZONE
    from handlers.language.reading import Context, Expectation
    from handlers.language.understand import understand

KINDS = ["yes_no", "integer", "money", "percent", "ratio", "date", "time", "period", "date_range", "choice",
         "multi_choice", "confirm", "consent", "text", "link", "photo", "nothing"]  # fmt: skip
PARTS = [(), (), ("buổi", "lượt"), ("thêm", "chuyển đi"), ("chị dự", "gian hàng", "ý tưởng")]
CONTEXT = Context(datetime(2024, 3, 13, 9, 0, tzinfo=ZONE))


def one(data: bytes) -> None:
    """One input."""
    provider = atheris.FuzzedDataProvider(data)
    kind = KINDS[provider.ConsumeIntInRange(0, len(KINDS) - 1)]
    parts = PARTS[provider.ConsumeIntInRange(0, len(PARTS) - 1)]
    dated = provider.ConsumeBool()
    text = provider.ConsumeUnicodeNoSurrogates(4096)
    asked = Expectation(
        kind, parts=parts, optional_date=dated, choices=("Rồi", "Chưa"), unit="máy", total=62, last=41
    )
    understand(text, asked, CONTEXT)


if __name__ == "__main__":
    atheris.Setup(sys.argv, one)
    atheris.Fuzz()
