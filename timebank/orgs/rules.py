"""Kinds of organisation and their order in the usual tree."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Generic, Protocol, TypeVar


class _Placed(Protocol):
    """What has an id and a path."""

    @property
    def id(self) -> int: ...

    @property
    def path(self) -> str: ...


Node = TypeVar("Node", bound=_Placed)

KINDS: tuple[str, ...] = ("centre", "subcentre", "station", "team", "other")


def path_below(parent_path: str | None, organisation_id: int) -> str:
    """The path of a child: its parent's path, its own id and a slash."""
    return f"{parent_path or '/'}{organisation_id}/"


def ancestor_ids(path: str) -> tuple[int, ...]:
    """The ids on ``path`` from the root to the node itself."""
    return tuple(int(part) for part in path.split("/") if part)


LONGEST_NAME = 100


def name_is_acceptable(name: str) -> bool:
    """Something to read, on one line, that fits a sign."""
    return 0 < len(name) <= LONGEST_NAME and name.isprintable()


def depth(path: str) -> int:
    """How far below the root: 0 for the root itself."""
    return len(ancestor_ids(path)) - 1


def usual_child(kind: str) -> str:
    """The kind that usually comes below ``kind``: centre, sub-centre, station, team."""
    place = KINDS.index(kind)
    return KINDS[min(place + 1, KINDS.index("team"))] if kind != "other" else "other"


@dataclass
class Branch(Generic[Node]):
    """A node of the tree with everything below it; ``total`` counts the members of the whole branch."""

    node: Node
    own: int = 0
    total: int = 0
    below: "list[Branch[Node]]" = field(default_factory=list)


def grown(nodes: Sequence[Node], counts: Mapping[int, int]) -> list[Branch[Node]]:
    """The trees that ``nodes`` make up; a node whose parent is not among them is a root.

    Siblings stand in the order in which they come; ``counts`` are the members of each node alone.
    """
    branches = {node.path: Branch(node, counts.get(node.id, 0)) for node in nodes}
    roots: list[Branch[Node]] = []
    for path, branch in branches.items():
        parent = branches.get(path.rsplit("/", 2)[0] + "/")
        (parent.below if parent else roots).append(branch)
    for path in sorted(branches, key=len, reverse=True):
        branch = branches[path]
        branch.total = branch.own + sum(child.total for child in branch.below)
    return roots
