"""``timebank codes``: the keys of the changing codes, as an operator changes them."""

from sqlalchemy import select

from tests.cli.conftest import Run
from timebank.audit.models import AuditEntry
from timebank.db import Database


def test_keys_are_listed_changed_and_refused_at_once_after_a_leak(timebank: Run, database: Database) -> None:
    assert timebank("codes", "keys").output.splitlines() == [
        "key 1   since the installation began   signs now"
    ]
    changed = timebank("codes", "rotate").output
    assert changed.startswith("Key 2 signs now; key 1 is believed until ")
    standing = [line.rsplit("   ", 1)[1] for line in timebank("codes", "keys").output.splitlines()]
    assert standing == ["still believed", "signs now"]
    assert (
        timebank("codes", "rotate", "--at-once").output == "Key 3 signs now; key 2 is refused from now on.\n"
    )
    standing = [line.rsplit("   ", 1)[1] for line in timebank("codes", "keys").output.splitlines()]
    assert standing == ["refused", "refused", "signs now"]
    with database.reading() as session:
        acts = session.scalars(select(AuditEntry).order_by(AuditEntry.id)).all()
        assert [(act.action, act.subject) for act in acts] == [
            ("checkin.key_rotated", "key:2"),
            ("checkin.key_rotated", "key:3"),
        ]
