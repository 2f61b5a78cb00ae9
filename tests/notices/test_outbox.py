"""What leaves the house: after the commit, to confirmed addresses, once unless a runner dies in the middle."""

import email
import threading
from collections.abc import Iterator
from datetime import datetime, timedelta
from email.message import Message
from email.policy import default as modern

import pytest
from sqlalchemy import select

from tests.cast import SECRET_KEY, Cast, Person
from tests.notices.mail_server import MailServer
from timebank.access.models import User
from timebank.db import Database
from timebank.errors import N_
from timebank.house import House
from timebank.notices import queries, runner, service
from timebank.notices.models import Notice, NoticeAddress, NoticeDelivery
from timebank.notices.queries import Person as Reader
from timebank.notices.rules import LEASE, MOST_ATTEMPTS, STALE_AFTER
from timebank.notices.transports import Transport, transports
from timebank.notices.transports.smtp import SmtpTransport
from timebank.notices.wording import Letter
from timebank.settings import Settings

# In the catalogue, so that both languages can be looked at.
SENTENCE = N_("A new PIN for the counter was set at the desk by %(by)s.")


@pytest.fixture
def server() -> Iterator[MailServer]:
    with MailServer() as running:
        yield running


@pytest.fixture
def house(database: Database, database_url: str, server: MailServer, cast: Cast) -> House:
    """A house whose mail server is the one on this machine."""
    settings = Settings(
        database_url=database_url,
        secret_key=SECRET_KEY,
        public_url="https://bank.example.com",
        smtp_host="127.0.0.1",
        smtp_port=server.port,
        smtp_security="none",
        mail_from="时间银行 <bank@example.com>",
    )
    return House(settings, database, cast.keyring)


def reachable(
    house: House, cast: Cast, person: Person, at: datetime, address: str = "guilan@example.com"
) -> None:
    """The person has given and confirmed an address; the question itself is off the table."""
    with house.database.transaction() as session:
        reader = Reader(member_id=person.member_id)
        row = service.give_address(session, person=reader, channel="email", address=address, at=at)
        word = service.confirming_word(cast.keyring, row)
        service.confirm_address(session, keyring=cast.keyring, written=word, at=at)
        for delivery in session.scalars(select(NoticeDelivery).where(NoticeDelivery.kind == "confirmation")):
            delivery.status = "sent"


def told(house: House, person: Person, at: datetime, key: str | None = None) -> int:
    with house.database.transaction() as session:
        notice = service.tell(
            session,
            member_id=person.member_id,
            kind="member.pin_set",
            sentence=SENTENCE,
            facts={"by": "李文浩"},
            href="/me",
            at=at,
            key=key,
        )
        assert notice is not None
        return notice.id


def deliveries(house: House) -> list[NoticeDelivery]:
    with house.database.reading() as session:
        query = select(NoticeDelivery).where(NoticeDelivery.kind == "notice").order_by(NoticeDelivery.id)
        return list(session.scalars(query))


def letters(server: MailServer) -> list[Message]:
    return [email.message_from_string(text, policy=modern) for text in server.mailbox.letters]


def send(house: House, at: datetime) -> int:
    return runner.send_all(house, transports(house.settings), lambda: at)


def test_a_notice_reaches_a_confirmed_address_in_the_readers_language(
    house: House, cast: Cast, server: MailServer, at: datetime
) -> None:
    reachable(house, cast, cast.volunteer, at)
    told(house, cast.volunteer, at)
    assert send(house, at) == 1
    with house.database.transaction() as session:
        session.get_one(User, cast.volunteer.user_id).locale = "en"
    told(house, cast.volunteer, at)
    assert send(house, at) == 1
    chinese, english = letters(server)
    assert chinese["To"] == english["To"] == "guilan@example.com"
    assert "李文浩" in chinese["Subject"]
    assert "PIN" in english["Subject"]
    assert "王桂兰" in chinese.get_content()
    assert "A new PIN" not in chinese.get_content()
    assert "A new PIN for the counter was set at the desk by 李文浩." in english.get_content()
    assert "https://bank.example.com/me" in english.get_content()
    assert chinese["Message-ID"].endswith("@bank.example.com>")
    assert send(house, at) == 0, "what was sent is not sent again"


def test_nothing_leaves_for_a_transaction_that_was_rolled_back(
    house: House, cast: Cast, server: MailServer, at: datetime
) -> None:
    reachable(house, cast, cast.volunteer, at)
    with pytest.raises(RuntimeError):
        _told_in_vain(house, cast, at)
    send(house, at)
    assert server.mailbox.letters == []


def _told_in_vain(house: House, cast: Cast, at: datetime) -> None:
    with house.database.transaction() as session:
        service.tell(
            session, member_id=cast.volunteer.member_id, kind="x", sentence="x", facts={}, href=None, at=at
        )
        assert send_would_find_nothing(house, at)
        raise RuntimeError


def send_would_find_nothing(house: House, at: datetime) -> bool:
    """Seen from outside the open transaction."""
    with house.database.reading() as other:
        return other.scalar(select(NoticeDelivery.id).where(NoticeDelivery.kind == "notice")) is None


def test_without_a_confirmed_address_only_the_question_goes_there(
    house: House, cast: Cast, server: MailServer, at: datetime
) -> None:
    with house.database.transaction() as session:
        reader = Reader(member_id=cast.volunteer.member_id)
        service.give_address(session, person=reader, channel="email", address="guilan@example.com", at=at)
    told(house, cast.volunteer, at)
    send(house, at)
    (question,) = letters(server)
    body = question.get_content()
    assert "李文浩" not in body
    word = body.partition("/notices/confirm/")[2].split()[0]
    with house.database.transaction() as session:
        service.confirm_address(session, keyring=cast.keyring, written=word, at=at + timedelta(days=1))
    told(house, cast.volunteer, at)
    assert send(house, at) == 1


def test_whoever_silences_the_address_gets_nothing_that_was_still_waiting(
    house: House, cast: Cast, server: MailServer, at: datetime
) -> None:
    reachable(house, cast, cast.volunteer, at)
    told(house, cast.volunteer, at)
    with house.database.transaction() as session:
        service.choose(session, address=session.scalars(select(NoticeAddress)).one(), wanted=False)
    assert send(house, at) == 0
    assert [row.status for row in deliveries(house)] == ["dropped"]
    told(house, cast.volunteer, at)
    assert len(deliveries(house)) == 1, "a silent address gets no delivery at all"


def test_a_refusal_for_good_is_given_up_at_once_and_one_for_now_is_tried_again(
    house: House, cast: Cast, server: MailServer, at: datetime
) -> None:
    reachable(house, cast, cast.volunteer, at, "nobody@example.com")
    reachable(house, cast, cast.neighbour, at, "full@example.com")
    server.mailbox.refuses |= {"nobody@example.com": "550 no such user", "full@example.com": "452 full"}
    told(house, cast.volunteer, at)
    told(house, cast.neighbour, at)
    assert send(house, at) == 0
    gone, full = deliveries(house)
    assert (gone.status, gone.error) == ("dead", "550 no such user")
    assert (full.status, full.attempts) == ("waiting", 1)
    moment = at
    for attempt in range(2, MOST_ATTEMPTS + 1):
        moment = deliveries(house)[1].due_at
        assert send(house, moment - timedelta(seconds=1)) == 0
        assert deliveries(house)[1].attempts == attempt - 1, "not before it is due"
        send(house, moment)
    assert (deliveries(house)[1].status, deliveries(house)[1].attempts) == ("dead", MOST_ATTEMPTS)
    with house.database.reading() as session:
        assert len(queries.undelivered(session, cast.administrator.actor)) == 2
        assert queries.undelivered(session, cast.stranger_administrator.actor) == []
    del server.mailbox.refuses["full@example.com"]
    with house.database.transaction() as session:
        service.send_again(session, delivery=session.get_one(NoticeDelivery, full.id), at=moment)
    assert send(house, moment) == 1


def test_a_server_that_is_away_costs_one_try_and_nothing_is_lost(
    house: House, cast: Cast, server: MailServer, at: datetime
) -> None:
    reachable(house, cast, cast.volunteer, at)
    first, second = told(house, cast.volunteer, at), told(house, cast.volunteer, at)
    away = {"email": SmtpTransport(Settings(smtp_host="127.0.0.1", smtp_port=1, smtp_security="none"))}
    assert runner.send_all(house, away, lambda: at) == 0
    assert [row.attempts for row in deliveries(house)] == [1, 0]
    assert send(house, at + timedelta(hours=1)) == 2
    assert [row.notice_id for row in deliveries(house)] == [first, second]


class DiesAfterHandingOver:
    """A runner that is killed between the server's answer and the mark."""

    channel = "email"

    def __init__(self, inner: Transport) -> None:
        self.inner = inner

    def send(self, letter: Letter) -> None:
        self.inner.send(letter)
        raise KeyboardInterrupt


def test_a_runner_killed_between_sending_and_marking_sends_again_under_the_same_message_id(
    house: House, cast: Cast, server: MailServer, at: datetime
) -> None:
    reachable(house, cast, cast.volunteer, at)
    told(house, cast.volunteer, at)
    mail = transports(house.settings)["email"]
    with pytest.raises(KeyboardInterrupt):
        runner.send_all(house, {"email": DiesAfterHandingOver(mail)}, lambda: at)
    assert send(house, at + LEASE - timedelta(seconds=1)) == 0, "the dead runner's lease still holds"
    assert send(house, at + LEASE) == 1
    first, second = letters(server)
    assert first["Message-ID"] == second["Message-ID"], "by which mail systems know it as one"
    assert send(house, at + 2 * LEASE) == 0


def test_a_runner_that_dies_every_time_is_not_let_go_on_for_ever(
    house: House, cast: Cast, server: MailServer, at: datetime
) -> None:
    reachable(house, cast, cast.volunteer, at)
    told(house, cast.volunteer, at)
    mail = transports(house.settings)["email"]
    moment = at
    for _attempt in range(MOST_ATTEMPTS):
        with pytest.raises(KeyboardInterrupt):
            runner.send_all(house, {"email": DiesAfterHandingOver(mail)}, lambda: moment)  # noqa: B023 - called at once.
        moment += LEASE
    assert send(house, moment) == 0
    assert deliveries(house)[0].status == "dead"
    assert len(server.mailbox.letters) == MOST_ATTEMPTS


def test_two_runners_at_once_send_every_letter_once(
    house: House, cast: Cast, server: MailServer, at: datetime
) -> None:
    reachable(house, cast, cast.volunteer, at)
    for _number in range(8):
        told(house, cast.volunteer, at)
    threads = [threading.Thread(target=send, args=(house, at)) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({letter["Message-ID"] for letter in letters(server)}) == 8
    assert len(server.mailbox.letters) == 8
    assert {row.status for row in deliveries(house)} == {"sent"}


def test_what_could_not_leave_for_a_week_is_given_up(house: House, cast: Cast, at: datetime) -> None:
    reachable(house, cast, cast.volunteer, at)
    told(house, cast.volunteer, at)
    runner.send_all(house, {}, lambda: at + STALE_AFTER)
    assert deliveries(house)[0].status == "waiting"
    runner.send_all(house, {}, lambda: at + STALE_AFTER + timedelta(seconds=1))
    assert deliveries(house)[0].status == "dead"


def test_an_installation_without_a_mail_server_has_no_way_out() -> None:
    assert transports(Settings()) == {}


def test_a_key_is_told_once_even_by_two_at_a_time(house: House, cast: Cast, at: datetime) -> None:
    def tell() -> None:
        with house.database.transaction() as session:
            service.tell(
                session,
                member_id=cast.volunteer.member_id,
                kind="x",
                sentence="x",
                facts={},
                href=None,
                at=at,
                key="one-event",
            )

    threads = [threading.Thread(target=tell) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with house.database.reading() as session:
        assert len(session.scalars(select(Notice)).all()) == 1
