"""Where a plan folder lies on disk; the only reader of it."""

from pathlib import Path

from storage.domain.problems import Finding, PlanProblem
from storage.plan.model import Plan
from storage.plan.parse import HEAD, LISTS, PACKS, QUIET, parse_plan


def load_plan(folder: Path) -> Plan:
    """Read and check the plan in ``folder`` (plan.yaml, indicators.yaml, deadlines.yaml, events.yaml,
    packs/*.yaml, quiet.yaml). Raises PlanProblem with every finding, or one line where there is no such
    folder."""
    return parse_plan(read_plan_files(folder))


def read_plan_files(folder: Path) -> dict[str, str]:
    """The texts of a plan folder by name relative to it. Raises PlanProblem if it is no plan folder or
    a file cannot be read; a list file that is missing is left to `parse_plan`."""
    if not folder.is_dir():
        raise PlanProblem(Finding(str(folder), "không có thư mục kế hoạch này"))
    if not (folder / HEAD).is_file():
        raise PlanProblem(Finding(str(folder), f"không phải thư mục kế hoạch: thiếu {HEAD}"))
    names = [name for name in (HEAD, *LISTS, QUIET) if (folder / name).is_file()]
    names += sorted(f"{PACKS}{path.name}" for path in (folder / PACKS).glob("*.yaml") if path.is_file())
    return {name: _read(folder, name) for name in names}


def _read(folder: Path, name: str) -> str:
    try:
        return (folder / name).read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        what = f"không phải UTF-8 (byte {error.start})"
    except OSError as error:
        what = f"không đọc được ({error.strerror})"
    raise PlanProblem(Finding(name, what))
