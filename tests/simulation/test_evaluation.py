"""Judging rules by labels: schemes are gathered, figures are counted, the picture is a picture."""

from datetime import date
from decimal import Decimal
from xml.etree import ElementTree as Xml

from timebank.simulation import figures
from timebank.simulation.evaluation import Scheme, Town, Verdict, gathered
from timebank.simulation.plants import PLANTS
from timebank.simulation.truth import Label, Labels

DAY = date(2025, 3, 3)


def _label(rule: str, day: int, **people: tuple[int, ...]) -> Label:
    return Label(rule, 1, date(2025, 3, day), evidence=(f"record:{day}",), **people)


def test_acts_of_the_same_people_are_one_scheme_and_others_stand_apart() -> None:
    labels = Labels(1, 100, 4, DAY)
    labels.entries += [
        _label("F-07", 9, members=(1,), users=(7,)),
        _label("F-07", 5, members=(2,), users=(7,)),
        _label("F-07", 6, members=(3,), users=(8,)),
        _label("F-14", 5, users=(7,)),
        _label("F-26", 5),
        _label("F-26", 6),
    ]
    found = gathered(labels)
    assert [(one.rule, one.first.day, one.last.day) for one in found] == [
        ("F-07", 5, 9),
        ("F-07", 6, 6),
        ("F-14", 5, 5),
        ("F-26", 5, 6),
    ]
    assert found[0].members == {1, 2}


def _town() -> Town:
    caught = Scheme("F-07", DAY, DAY, 1, points=Decimal(60), alerted=date(2025, 3, 13), noticed=DAY)
    missed = Scheme("F-07", DAY, DAY, 1, points=Decimal(40))
    verdicts = (
        Verdict("F-07", 100, Decimal(60), True, 1, ""),
        Verdict("F-07", 100, Decimal(5), False, 2, ""),
        Verdict("F-03", 60, Decimal(0), False, 2, ""),
    )
    return Town(101, (caught, missed), verdicts, honest_check_ins=500)


def test_figures_are_counted_for_each_rule_and_overall() -> None:
    found = figures.figures([_town()], ["F-03", "F-07"])
    sold = found.lines[1]
    assert (sold.precision, sold.recall, sold.days) == (0.5, 0.5, 10)
    assert (sold.points, sold.points_caught) == (Decimal(100), Decimal(60))
    assert found.overall.false_per_thousand == 4.0
    assert (found.cases, found.cases_right, found.case_precision) == (2, 1, 0.5)
    assert (found.cases_clean, found.clean_case_precision) == (1, 0.5)
    assert found.lines[0].recall is None


def test_the_table_has_every_rule_and_the_picture_is_well_formed() -> None:
    found = figures.figures([_town()], ["F-03", "F-07"])
    assert [line.split("|")[1].strip() for line in figures.table(found)[2:5]] == ["F-03", "F-07", "all"]
    assert Xml.fromstring(figures.picture(found)).tag.endswith("svg")  # noqa: S314 - our own text.
    assert found.published()["rules"][1]["recall"] == 0.5


def test_every_scenario_has_its_plant_in_the_registry() -> None:
    assert [one.code for one in PLANTS] == [f"F-{number:02d}" for number in range(1, 29)]
