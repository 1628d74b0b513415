"""A fault of a plan file, and the line it stands on."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from storage.domain.problems import Finding

#: From the top of a file to a value: ``("questions", 2, "type")``.
Path: TypeAlias = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong, in which file, at which value. ``line`` 0: to be looked up, -1: there is none.

    ``structural``: the file could not be read into the model, so what refers to it cannot be checked.
    """

    file: str
    path: Path
    what: str
    line: int = 0
    structural: bool = True


def findings(faults: list[Fault], files: Mapping[str, str]) -> tuple[Finding, ...]:
    """The faults as ``packs/CH-T.yaml:14 questions.2.type: ...``, by file and line, each once.

    Lines are looked up only here: the reader that knows them is slow, and most plans are right.
    """
    trees = {file: _tree(files.get(file, "")) for file in {fault.file for fault in faults if not fault.line}}
    placed = [(f.file, f.line or _line(trees[f.file], f.path), f.path, f.what) for f in faults]
    ordered = dict.fromkeys(sorted(placed, key=lambda p: (p[0], p[1], ".".join(map(str, p[2])))))
    return tuple(Finding(_where(file, line, path), what) for file, line, path, what in ordered)


def _where(file: str, line: int, path: Path) -> str:
    field = ".".join(map(str, path))
    return f"{file}:{line} {field}".strip() if line > 0 else f"{file} {field}".strip()


def _tree(text: str) -> Any:
    try:
        return YAML().load(text)
    except YAMLError:
        return None


def _line(tree: Any, path: Path) -> int:
    """The line (from 1) of the deepest value of ``path`` that is there."""
    line = 1
    for step in path:
        try:
            marks: Any = tree.lc
            place = marks.item(step) if isinstance(tree, list) else marks.key(step)
            line, tree = place[0] + 1, tree[step]
        except (AttributeError, KeyError, IndexError, TypeError):
            break
    return line
