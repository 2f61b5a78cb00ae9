"""The figures of an evaluation: per rule and overall, as a table, as JSON, as a picture."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from decimal import Decimal
from statistics import median
from typing import Any
from xml.sax.saxutils import escape

from timebank.simulation.evaluation import TOP, Scheme, Town, Verdict

OVERALL = "all"
# The goals of the specification: these rules find nearly everything, the others most.
STRICT = ("F-03", "F-07", "F-08", "F-10", "F-12", "F-15", "F-16", "F-18", "F-21", "F-22", "F-24")
STRICT_RECALL, OTHER_RECALL, CASE_PRECISION, MOST_FALSE = 0.95, 0.8, 0.9, 3.0


@dataclass(frozen=True)
class Line:
    """One rule, or all of them.

    Attributes:
        alerts, right: how many, and how many of them are about a planted cheat.
        schemes, caught: planted cheats, and how many this rule alerted to. noticed: to which any rule did.
        precision_at_20: of the twenty weightiest alerts of each town.
        false_per_thousand: wrong alerts for 1,000 honest check-ins.
        points, points_caught: at stake in the schemes, and in those noticed.
        days: median from a scheme's first act to its first alert.
    """

    rule: str
    alerts: int
    right: int
    schemes: int
    caught: int
    noticed: int
    precision_at_20: float | None
    false_per_thousand: float
    points: Decimal
    points_caught: Decimal
    days: float | None

    @property
    def precision(self) -> float | None:
        """Share of alerts that are right."""
        return self.right / self.alerts if self.alerts else None

    @property
    def recall(self) -> float | None:
        """Share of planted cheats that were alerted to."""
        return self.caught / self.schemes if self.schemes else None

    @property
    def goal(self) -> float:
        """The recall that the specification asks for."""
        return STRICT_RECALL if self.rule in STRICT else OTHER_RECALL


@dataclass(frozen=True)
class Figures:
    """All figures of some towns.

    Attributes:
        cases_right: cases with an alert about a planted cheat. cases_clean: those in which every alert is.
    """

    towns: int
    honest_check_ins: int
    lines: tuple[Line, ...]
    overall: Line
    cases: int
    cases_right: int
    cases_clean: int

    @property
    def case_precision(self) -> float | None:
        """Share of opened cases that are about a planted cheat: of those that work them, nobody works in vain."""
        return self.cases_right / self.cases if self.cases else None

    @property
    def clean_case_precision(self) -> float | None:
        """Share of opened cases into which no alert about honest people was collected: the strict reading."""
        return self.cases_clean / self.cases if self.cases else None

    def published(self) -> dict[str, Any]:
        """Plain values for JSON."""
        rows = [
            asdict(one) | {"precision": one.precision, "recall": one.recall}
            for one in (*self.lines, self.overall)
        ]
        return {
            "towns": self.towns,
            "honest_check_ins": self.honest_check_ins,
            "cases": self.cases,
            "cases_right": self.cases_right,
            "cases_clean": self.cases_clean,
            "case_precision": self.case_precision,
            "clean_case_precision": self.clean_case_precision,
            "rules": rows,
        }


def figures(towns: Sequence[Town], rules: Sequence[str]) -> Figures:
    """The figures of these towns together."""
    honest = sum(town.honest_check_ins for town in towns)
    case_of: dict[tuple[int, int], list[bool]] = defaultdict(list)
    for town in towns:
        for verdict in town.verdicts:
            if verdict.case_id is not None:
                case_of[town.seed, verdict.case_id].append(verdict.is_right)
    return Figures(
        towns=len(towns),
        honest_check_ins=honest,
        lines=tuple(_line(rule, towns, honest) for rule in rules),
        overall=_line(OVERALL, towns, honest),
        cases=len(case_of),
        cases_right=sum(map(any, case_of.values())),
        cases_clean=sum(map(all, case_of.values())),
    )


def _line(rule: str, towns: Sequence[Town], honest: int) -> Line:
    def mine(found: str) -> bool:
        return rule in (OVERALL, found)

    verdicts = [one for town in towns for one in town.verdicts if mine(one.rule)]
    schemes = [one for town in towns for one in town.schemes if mine(one.rule)]
    seen = [_seen(one, overall=rule == OVERALL) for one in schemes]
    right = sum(one.is_right for one in verdicts)
    top = [one for town in towns for one in _top([v for v in town.verdicts if mine(v.rule)])]
    days = [(day - one.first).days for one, day in zip(schemes, seen, strict=True) if day is not None]
    return Line(
        rule=rule,
        alerts=len(verdicts),
        right=right,
        schemes=len(schemes),
        caught=len(days),
        noticed=sum(one.noticed is not None for one in schemes),
        precision_at_20=sum(one.is_right for one in top) / len(top) if top else None,
        false_per_thousand=1000 * (len(verdicts) - right) / honest if honest else 0.0,
        points=sum((one.points for one in schemes), Decimal(0)),
        points_caught=sum((one.points for one in schemes if one.noticed), Decimal(0)),
        days=median(days) if days else None,
    )


def _seen(scheme: Scheme, *, overall: bool) -> Any:
    return scheme.noticed if overall else scheme.alerted


def _top(verdicts: Sequence[Verdict]) -> list[Verdict]:
    """The weightiest first, then those with most points at stake."""
    return sorted(verdicts, key=lambda one: (-one.weight, -one.points))[:TOP]


HEADINGS = ("rule", "alerts", "right", "precision", "planted", "caught", "recall", "any rule", "p@20",
            "false/1000", "points", "caught", "days")  # fmt: skip


def table(found: Figures) -> list[str]:
    """The figures as a Markdown table and two sentences."""
    rows = [
        "| " + " | ".join(HEADINGS) + " |",
        "|" + "|".join("---" if n == 0 else "---:" for n in range(len(HEADINGS))) + "|",
    ]
    rows += ["| " + " | ".join(_cells(line)) + " |" for line in (*found.lines, found.overall)]
    rows += [
        "",
        f"{found.towns} towns, {found.honest_check_ins:,} honest check-ins. "
        f"Opened cases: {found.cases}, about a planted cheat {found.cases_right} ({_share(found.case_precision)}), "
        f"without any wrong alert {found.cases_clean} ({_share(found.clean_case_precision)}).",
    ]
    return rows


def _cells(line: Line) -> tuple[str, ...]:
    return (
        line.rule,
        str(line.alerts),
        str(line.right),
        _share(line.precision),
        str(line.schemes),
        str(line.caught),
        _share(line.recall),
        str(line.noticed),
        _share(line.precision_at_20),
        f"{line.false_per_thousand:.2f}",
        f"{line.points:.0f}",
        f"{line.points_caught:.0f}",
        "–" if line.days is None else f"{line.days:.0f}",
    )


def _share(value: float | None) -> str:
    return "–" if value is None else f"{value:.2f}"


_ROW, _LEFT, _WIDE, _TOP = 22, 60, 360, 56


def picture(found: Figures) -> str:
    """Recall and precision of every rule as bars, with the recall that is asked for as a line, in SVG."""
    lines = [line for line in found.lines if line.schemes or line.alerts]
    height = _TOP + _ROW * len(lines) + 30
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_LEFT + _WIDE + 120} {height}" '
        'font-family="sans-serif" font-size="12" role="img">',
        f"<title>{escape('Recall and precision of the fraud rules')}</title>",
        '<rect width="100%" height="100%" fill="#fff"/>',
        f'<text x="{_LEFT}" y="20" font-size="14" font-weight="bold">Recall (dark) and precision (light) on '
        f"{found.towns} simulated towns</text>",
        f'<text x="{_LEFT}" y="38" fill="#555">The short line is the recall that is asked for. Counts: caught of planted.</text>',
    ]
    for number, line in enumerate(lines):
        parts += _bars(line, _TOP + _ROW * number)
    return "\n".join([*parts, "</svg>"]) + "\n"


def _bars(line: Line, top: int) -> list[str]:
    recall, precision = line.recall or 0.0, line.precision or 0.0
    goal = _LEFT + _WIDE * line.goal
    return [
        f'<text x="{_LEFT - 8}" y="{top + 13}" text-anchor="end">{line.rule}</text>',
        f'<rect x="{_LEFT}" y="{top + 2}" width="{_WIDE * recall:.1f}" height="9" fill="#a4262c"/>',
        f'<rect x="{_LEFT}" y="{top + 11}" width="{_WIDE * precision:.1f}" height="6" fill="#e3a6a8"/>',
        f'<line x1="{goal:.1f}" x2="{goal:.1f}" y1="{top + 1}" y2="{top + 12}" stroke="#222" stroke-width="2"/>',
        f'<text x="{_LEFT + _WIDE + 10}" y="{top + 13}" fill="#333">{line.caught} / {line.schemes}</text>',
    ]
