"""Plan files as text into a `Plan`, or every fault at once as a `PlanProblem`.

The texts come by name: ``plan.yaml``, ``indicators.yaml``, ``deadlines.yaml``, ``events.yaml`` and
``packs/*.yaml``, and ``quiet.yaml`` where there is one. YAML is 1.2 ("no" and "on" are texts), a key
given twice is a fault.
"""

from collections.abc import Mapping
from typing import Any

from pydantic import TypeAdapter, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.constructor import DuplicateKeyError
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from storage.domain.problems import PlanProblem
from storage.plan.checks import check_pack, check_plan
from storage.plan.faults import Fault, Path, findings
from storage.plan.model import Deadline, Event, Indicator, Pack, Plan
from storage.plan.quiet import Quiet

HEAD = "plan.yaml"
#: The files that hold a list, and the plan's field each fills.
LISTS = {"indicators.yaml": "indicators", "deadlines.yaml": "deadlines", "events.yaml": "events"}
PACKS = "packs/"
#: A file that may be left out: every field of it has a value of its own.
QUIET = "quiet.yaml"

_ADAPTERS: dict[str, TypeAdapter[Any]] = {
    "indicators": TypeAdapter(tuple[Indicator, ...]),
    "deadlines": TypeAdapter(tuple[Deadline, ...]),
    "events": TypeAdapter(tuple[Event, ...]),
    "pack": TypeAdapter(Pack),
    "plan": TypeAdapter(Plan),
    "quiet": TypeAdapter(Quiet),
}


def parse_plan(files: Mapping[str, str]) -> Plan:
    """The plan of ``files`` (relative name to text). Raises PlanProblem with every finding."""
    faults: list[Fault] = []
    trees = {name: _load(name, text, faults) for name, text in sorted(files.items())}
    faults += [Fault(name, (), "thiếu tệp này", -1) for name in (HEAD, *LISTS) if name not in files]
    lists = {field: _list(name, field, trees, faults) for name, field in LISTS.items()}
    names = [name for name in trees if name.startswith(PACKS)]
    packs = {name: _pack(name, trees[name], faults) for name in names if trees[name] is not None}
    if not names:
        faults.append(Fault(PACKS, (), "chưa có bộ câu hỏi nào", -1))
    head = _head(trees.get(HEAD), faults)
    quiet = _valid("quiet", QUIET, trees[QUIET], faults) if trees.get(QUIET) is not None else None
    if head is not None and not any(fault.structural for fault in faults):
        plan = head.model_copy(update={**lists, "packs": tuple(packs.values()), "quiet": quiet or Quiet()})
        faults += check_plan(plan, list(packs))
        if not faults:
            return plan
    raise PlanProblem(*findings(faults, files))


def _load(name: str, text: str, faults: list[Fault]) -> Any:
    """The file's data, None after a fault."""
    try:
        tree = YAML(typ="safe", pure=True).load(text)
    except DuplicateKeyError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        faults.append(Fault(name, (), f"khóa {_quoted(error)} có hai lần", line))
        return None
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        what = f"YAML sai: {error.problem or error.context}"
        faults.append(Fault(name, (), what, mark.line + 1 if mark else 1))
        return None
    except (YAMLError, ValueError, RecursionError) as error:
        faults.append(Fault(name, (), f"YAML sai: {' '.join(str(error).split())[:200]}", 1))
        return None
    if tree is None:
        faults.append(Fault(name, (), "tệp trống", 1))
    return tree


def _quoted(error: DuplicateKeyError) -> str:
    """The key named in ruamel's words: found duplicate key "type" with value ..."""
    parts = str(error.problem).split('"')
    return f'"{parts[1]}"' if len(parts) > 1 else ""


def _list(name: str, field: str, trees: Mapping[str, Any], faults: list[Fault]) -> Any:
    tree = trees.get(name)
    return () if tree is None else _valid(field, name, tree, faults)


def _pack(name: str, tree: Any, faults: list[Fault]) -> Pack | None:
    """The pack of a file, checked as far as it can be by itself."""
    pack: Pack | None = _valid("pack", name, tree, faults)
    if pack is not None:
        faults += check_pack(pack, name)
    return pack


def _head(tree: Any, faults: list[Fault]) -> Plan | None:
    if not isinstance(tree, dict):
        if tree is not None:
            faults.append(Fault(HEAD, (), "phải là các cặp khóa: giá trị", 1))
        return None
    empty: dict[str, Any] = {"indicators": (), "deadlines": (), "events": (), "packs": ()}
    for key in (empty.keys() | {"quiet"}) & tree.keys():
        place = PACKS if key == "packs" else f"{key}.yaml"
        faults.append(Fault(HEAD, (key,), f"đặt ở {place}"))
    plan: Plan | None = _valid("plan", HEAD, {**tree, **empty}, faults)
    return plan


def _valid(kind: str, name: str, tree: Any, faults: list[Fault]) -> Any:
    try:
        return _ADAPTERS[kind].validate_python(tree)
    except ValidationError as error:
        faults += _faults(name, tree, error)
        return None


def _faults(name: str, tree: Any, error: ValidationError) -> list[Fault]:
    """One fault a place: a value that may be of several kinds is reported once, not once a kind."""
    seen: dict[Path, Fault] = {}
    for one in error.errors(include_url=False):
        path = _real_path(tree, one["loc"], one["type"] == "missing")
        seen.setdefault(path, Fault(name, path, _what(one)))
    return list(seen.values())


def _real_path(tree: Any, loc: tuple[str | int, ...], missing: bool) -> Path:
    """The part of pydantic's place that is in the file: it also names kinds of a union."""
    path: list[str | int] = []
    for step in loc:
        inside = isinstance(tree, list) and isinstance(step, int) and step < len(tree)
        if not inside and not (isinstance(tree, dict) and step in tree):
            break
        tree = tree[step]
        path.append(step)
    return (*path, loc[-1]) if missing else tuple(path)


#: pydantic's kinds of fault in plain words.
_WORDS = {
    "missing": "thiếu trường này",
    "extra_forbidden": "không có trường nào tên này",
    "string_type": "phải là chữ",
    "model_type": "phải là các cặp khóa: giá trị",
    "dict_type": "phải là các cặp khóa: giá trị",
    "tuple_type": "phải là danh sách",
    "bool_type": "phải là true hoặc false",
    "bool_parsing": "phải là true hoặc false",
}


def _what(one: Any) -> str:
    kind = str(one["type"])
    if kind == "literal_error":
        allowed = str(one["ctx"]["expected"]).replace(" or ", ", ").replace("'", "")
        return f"{one['input']!r} không dùng được; phải là một trong: {allowed}"
    if kind.startswith(("int_", "float_")):
        return f"{one['input']!r} không dùng được; phải là số"
    if kind.startswith("date_"):
        return f"{one['input']!r} không dùng được; phải là ngày, ví dụ 2024-06-28"
    return _WORDS.get(kind, str(one["msg"]))
