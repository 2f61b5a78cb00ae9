"""Kinds of organisation and their order in the usual tree."""

KINDS: tuple[str, ...] = ("centre", "subcentre", "station", "team", "other")


def path_below(parent_path: str | None, organisation_id: int) -> str:
    """The path of a child: its parent's path, its own id and a slash."""
    return f"{parent_path or '/'}{organisation_id}/"


def ancestor_ids(path: str) -> tuple[int, ...]:
    """The ids on ``path`` from the root to the node itself."""
    return tuple(int(part) for part in path.split("/") if part)
