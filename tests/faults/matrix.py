"""``make faults``: run the whole fault matrix and write its table into docs/reliability.md.

``python -m tests.faults.matrix [WORD]`` runs only the cases that contain the word, and writes nothing.
"""

import sys
import tempfile
import time
from pathlib import Path

from tests.fakes.telegram import FakeTelegram
from tests.faults.places import CASES, STEP, Case
from tests.faults.scene import Verdict
from tests.kh83 import ROOT

PAGE = ROOT / "docs" / "reliability.md"
BEGIN, END = "<!-- matrix -->", "<!-- /matrix -->"


def run(case: Case, telegram: FakeTelegram) -> list[Verdict]:
    """All runs of a case, each told as it ends."""
    verdicts = []
    with tempfile.TemporaryDirectory(prefix="chihoi-faults-") as folder:
        for verdict in case.run(Path(folder), telegram):
            verdicts.append(verdict)
            sys.stdout.write("." if verdict.good else f"\n  {verdict}\n")
            sys.stdout.flush()
    return verdicts


def line(case: Case, verdicts: list[Verdict]) -> str:
    """A row of the table."""
    lost = sum(len(verdict.lost) for verdict in verdicts)
    doubled = sum(len(verdict.doubled) for verdict in verdicts)
    repeated = sum(verdict.repeated for verdict in verdicts)
    restarts = sum(verdict.restarts for verdict in verdicts)
    cells = (case.fault, case.place, len(verdicts), restarts, lost, doubled, repeated)
    return f"| {' | '.join(map(str, cells))} |"


def main(word: str = "") -> int:
    """Run; 1 if anything was lost or doubled."""
    table = [
        "| fault | place | runs | restarts | lost | doubled | replies said again |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    good = True
    with FakeTelegram() as telegram:
        for case in (case for case in CASES if word in f"{case.fault} {case.place}"):
            began = time.monotonic()
            sys.stdout.write(f"{case.fault} ({case.place}) ")
            verdicts = run(case, telegram)
            good = good and all(verdict.good for verdict in verdicts)
            table.append(line(case, verdicts))
            sys.stdout.write(f" {len(verdicts)} runs, {time.monotonic() - began:.0f} s\n")
            sys.stdout.flush()
    sys.stdout.write("\n".join(table) + "\n")
    if not word:
        write(
            [
                *(
                    [f"In the rows with an N, one N in {STEP} was tried (`FAULTS_STEP={STEP}`).", ""]
                    if STEP > 1
                    else []
                ),
                *table,
            ]
        )
    return 0 if good else 1


def write(table: list[str]) -> None:
    """Put the table between its marks."""
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
    after = rest.partition(END)[2]
    page = "\n".join([f"{before}{BEGIN}", *table, f"{END}{after}"])
    PAGE.write_text(page, encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
