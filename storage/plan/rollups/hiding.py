"""Small cells of sensitive figures: 1 and 2 are not shown above the commune that owns them.

A cell that stands alone hidden among its neighbours could be worked out from the total above them. So a
second one of the row group is withheld, the smallest; where there is none, the total is.
"""

from collections.abc import Mapping

from storage.domain.figures import HIDDEN_BELOW, Number
from storage.domain.tree import Tree


def hidden_cells(values: Mapping[int, Number | None], tree: Tree) -> dict[int, bool]:
    """The areas whose value is not shown; True of those that are small themselves. ``values`` holds every
    area of the tree, so that each table hides the same cells."""
    hidden = {area: True for area, value in values.items() if value is not None and 0 < value < HIDDEN_BELOW}
    for parent in sorted(tree.children, key=lambda unit: -len(tree.paths[unit])):
        group = [area for area in tree.children[parent] if values.get(area) is not None]
        away = [area for area in group if area in hidden]
        if len(away) != 1 or parent in hidden:
            continue
        others = sorted(
            (area for area in group if area not in hidden),
            key=lambda area: (values[area] == 0, values[area] or 0, tree.units[area].code),
        )
        hidden[others[0] if others else parent] = False
    return hidden
