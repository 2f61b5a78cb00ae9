"""What stands on a certificate, from the records that it counts. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

GRADES = ("A", "B", "C", "D")


@dataclass(frozen=True)
class Counted:
    """What a certificate takes from a service record."""

    record_id: int
    served_on: date
    minutes: int
    proof_grade: str
    category: str
    category_english: str


@dataclass(frozen=True)
class Summary:
    """The figures of a certificate.

    Attributes:
        content: categories in order of their minutes: name, English name, minutes.
    """

    minutes: int
    record_count: int
    by_grade: dict[str, int]
    content: list[dict[str, str | int]]


def summarised(records: Iterable[Counted]) -> Summary:
    """Minutes in all, by proof grade and by category."""
    rows = list(records)
    by_grade = {grade: sum(row.minutes for row in rows if row.proof_grade == grade) for grade in GRADES}
    names = {row.category: row.category_english for row in rows}
    content: list[dict[str, str | int]] = [
        {
            "name": name,
            "english_name": english,
            "minutes": sum(row.minutes for row in rows if row.category == name),
        }
        for name, english in names.items()
    ]
    content.sort(key=lambda line: (-int(line["minutes"]), str(line["name"])))
    return Summary(sum(row.minutes for row in rows), len(rows), by_grade, content)


def number_of(organisation_id: int, serial: int) -> str:
    """``0004-00012``: the organisation, and its serial without gaps."""
    return f"{organisation_id:04d}-{serial:05d}"


def as_sentence(words: str) -> str:
    """Somebody's words so that another sentence can follow."""
    words = words.strip()
    if not words or words[-1] in "。.!?！？":
        return words
    return f"{words}." if words.isascii() else f"{words}。"
