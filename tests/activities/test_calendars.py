"""Calendars parse as RFC 5545, keep their UIDs, and carry changes and cancellations."""

from datetime import timedelta
from typing import Any

import pytest
from icalendar import Calendar

from tests.cast import NOON, Cast
from tests.hours.stage import add_rule, published
from timebank.activities import calendars, service
from timebank.activities.errors import CalendarAbsent
from timebank.activities.models import Shift
from timebank.activities.rules import ShiftPlan
from timebank.db import Database

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
SOON = NOON + 2 * DAY
WORDS = {"offered": "名额待确认", "contact": "联系人："}


def _events(content: bytes) -> list[Any]:
    # Lines end with CRLF and are at most 75 octets long (section 3.1).
    assert all(len(line) <= 75 for line in content.split(b"\r\n"))
    assert b"\n" not in content.replace(b"\r\n", b"")
    parsed = Calendar.from_ical(content)
    assert (parsed["version"], parsed["calscale"]) == ("2.0", "GREGORIAN")
    assert parsed["prodid"]
    return parsed.walk("VEVENT")


def _feed(session: Any, cast: Cast, who: str = "volunteer") -> list[Any]:
    entries = calendars.entries_of(session, cast.people[who].member_id, at=NOON)
    return _events(
        calendars.calendar(
            entries, name="我的", keyring=cast.keyring, address="https://example.org", words=WORDS
        )
    )


def _shift(session: Any, cast: Cast, title: str = "敬老院打扫") -> Shift:
    add_rule(session, cast)
    return published(session, cast, ShiftPlan(SOON, SOON + HOUR, 1), title=title)


def test_a_place_is_an_event_in_utc_with_everything_a_calendar_needs(database: Database, cast: Cast) -> None:
    title = "义诊，理发；打扫\\" + "长" * 60
    with database.transaction() as session:
        shift = _shift(session, cast, title)
        shift.activity.private_details = "门禁2468"
        service.sign_up(
            session, shift=shift, member_id=cast.volunteer.member_id, by=cast.volunteer.actor, at=NOON
        )
        (event,) = _feed(session, cast)
        assert str(event["summary"]) == title
        assert (event["dtstart"].dt, event["dtend"].dt) == (SOON, SOON + HOUR)
        assert event["dtstart"].to_ical().endswith(b"Z")
        assert (str(event["status"]), str(event["location"])) == ("CONFIRMED", "东风社区")
        assert event["dtstamp"].dt == NOON
        assert event["uid"] == calendars.uid_of(cast.keyring, shift.id)
        # Whoever knows an address has shown no place of theirs.
        assert "2468" not in str(event["description"])


def test_a_change_a_cancellation_and_a_given_up_place_rise_in_sequence(
    database: Database, cast: Cast
) -> None:
    with database.transaction() as session:
        shift = _shift(session, cast)
        who = {"member_id": cast.volunteer.member_id, "by": cast.volunteer.actor}
        place = service.sign_up(session, shift=shift, at=NOON, **who)
        seen = [_feed(session, cast)[0]]
        service.cancel_sign_up(session, sign_up=place, at=NOON + HOUR)
        seen += _feed(session, cast)
        service.sign_up(session, shift=shift, at=NOON + 2 * HOUR, **who)
        seen += _feed(session, cast)
        activity = shift.activity
        service.update(
            session,
            activity=activity,
            category_id=activity.category_id,
            title=activity.title,
            place="南山社区",
            description="",
            shifts=[(shift.id, ShiftPlan(SOON + HOUR, SOON + 2 * HOUR, 1))],
            at=NOON + 3 * HOUR,
        )
        seen += _feed(session, cast)
        service.cancel(session, activity=activity, reason="下雨。", at=NOON + 4 * HOUR)
        seen += _feed(session, cast)
        statuses = [str(event["status"]) for event in seen]
        assert statuses == ["CONFIRMED", "CANCELLED", "CONFIRMED", "CONFIRMED", "CANCELLED"]
        sequences = [int(event["sequence"]) for event in seen]
        assert sequences == sorted(set(sequences))
        assert [event["dtstamp"].dt for event in seen] == [NOON + hours * HOUR for hours in range(5)]
        assert len({str(event["uid"]) for event in seen}) == 1
        assert seen[3]["dtstart"].dt == SOON + HOUR
        assert str(seen[4]["description"]).startswith("下雨。")


def test_an_offer_is_tentative_and_waiting_is_no_event(database: Database, cast: Cast) -> None:
    with database.transaction() as session:
        shift = _shift(session, cast)
        place = service.sign_up(
            session, shift=shift, member_id=cast.volunteer.member_id, by=cast.volunteer.actor, at=NOON
        )
        service.wait(
            session, shift=shift, member_id=cast.neighbour.member_id, by=cast.neighbour.actor, at=NOON
        )
        assert _feed(session, cast, "neighbour") == []
        service.cancel_sign_up(session, sign_up=place, at=NOON)
        (event,) = _feed(session, cast, "neighbour")
        assert (str(event["status"]), str(event["transp"])) == ("TENTATIVE", "TRANSPARENT")
        assert "名额待确认" in str(event["summary"])


def test_an_address_is_its_members_alone_and_ends_when_it_is_renewed(database: Database, cast: Cast) -> None:
    with database.transaction() as session:
        number, keyring = cast.volunteer.number, cast.keyring

        def behind(secret: str, whose: str = number) -> int:
            return calendars.member_behind(session, keyring, whose, secret).id

        with pytest.raises(CalendarAbsent):
            behind("")
        address = calendars.open_address(session, member_id=cast.volunteer.member_id, at=NOON)
        first = calendars.secret_of(keyring, address)
        assert behind(first) == cast.volunteer.member_id
        calendars.open_address(session, member_id=cast.neighbour.member_id, at=NOON)
        for forged in (first[:-1], first[:-1] + "é", first.upper(), "0" * 40):
            with pytest.raises(CalendarAbsent):
                behind(forged)
        with pytest.raises(CalendarAbsent):
            behind(first, cast.neighbour.number)
        second = calendars.secret_of(
            keyring, calendars.open_address(session, member_id=cast.volunteer.member_id, at=NOON)
        )
        assert second != first
        with pytest.raises(CalendarAbsent):
            behind(first)
        calendars.close_address(session, member_id=cast.volunteer.member_id)
        with pytest.raises(CalendarAbsent):
            behind(second)
