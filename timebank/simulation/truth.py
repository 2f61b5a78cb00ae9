"""The truth about a simulated town: which cheats were planted. Kept apart from the town's database."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import date
from decimal import Decimal
from pathlib import Path


@dataclass(frozen=True)
class Label:
    """One planted cheat.

    Attributes:
        rule_code: the scenario, such as ``F-07``.
        members, users: who took part, by id.
        evidence: words as alerts carry them, such as ``record:17``; may be empty where people say enough.
        points: what was at stake.
    """

    rule_code: str
    organisation_id: int
    day: date
    members: tuple[int, ...] = ()
    users: tuple[int, ...] = ()
    evidence: tuple[str, ...] = ()
    points: Decimal = Decimal(0)


@dataclass
class Labels:
    """What was planted in one town, and how the town was made."""

    seed: int
    members: int
    weeks: int
    starts_on: date
    plants: tuple[str, ...] = ()
    entries: list[Label] = field(default_factory=list)

    def write(self, path: Path) -> None:
        """Keep the labels in a file."""
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(
            json.dumps(asdict(self), ensure_ascii=False, indent=1, default=str) + "\n", encoding="utf-8"
        )


def read_labels(path: Path) -> Labels:
    """The labels of a file that :meth:`Labels.write` made."""
    found = json.loads(path.read_text(encoding="utf-8"))
    return Labels(
        seed=found["seed"],
        members=found["members"],
        weeks=found["weeks"],
        starts_on=date.fromisoformat(found["starts_on"]),
        plants=tuple(found["plants"]),
        entries=[_label(one) for one in found["entries"]],
    )


def _label(one: dict[str, str | int | Sequence[int | str]]) -> Label:
    return Label(
        rule_code=str(one["rule_code"]),
        organisation_id=int(str(one["organisation_id"])),
        day=date.fromisoformat(str(one["day"])),
        members=_numbers(one["members"]),
        users=_numbers(one["users"]),
        evidence=tuple(str(word) for word in _sequence(one["evidence"])),
        points=Decimal(str(one["points"])),
    )


def _sequence(found: str | int | Sequence[int | str]) -> Sequence[int | str]:
    assert isinstance(found, list)
    return found


def _numbers(found: str | int | Sequence[int | str]) -> tuple[int, ...]:
    return tuple(int(number) for number in _sequence(found))
