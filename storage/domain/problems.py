"""What can be refused, as a closed list.

```
Problem
├── PlanProblem        a plan folder that cannot be used (file, line, field)
├── UnitsProblem       a units file that cannot be imported (row, column)
├── SettingsProblem    a setting missing or wrong
├── NotFound           a round, pack, unit or file that does not exist
└── DatabaseProblem    a database newer than the program, locked, or not one of ours
```
On the command line a problem is one line a finding and exit code 2; nothing was changed.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing wrong: ``where`` ("packs/CH-T.yaml:14 questions.2.type", "row 7, code") and what."""

    where: str
    what: str

    def __str__(self) -> str:
        return f"{self.where}: {self.what}" if self.where else self.what


class Problem(Exception):
    """Something refused, with every finding at once. ``str()`` is a line a finding."""

    def __init__(self, *findings: Finding) -> None:
        self.findings = findings
        super().__init__("\n".join(map(str, findings)))


class PlanProblem(Problem):
    """The plan folder cannot be used. Mend the lines named and run ``chihoi plan check`` again."""


class UnitsProblem(Problem):
    """The units file cannot be imported; nothing of it was. Mend the rows named and import again."""


class SettingsProblem(Problem):
    """A setting is missing or wrong. ``chihoi doctor`` says how to mend each."""


class NotFound(Problem):
    """What was named does not exist."""


class DatabaseProblem(Problem):
    """The database cannot be used as it is."""
