"""``timebank codes``: the keys that sign the changing codes."""

from typing import TYPE_CHECKING

import click

from timebank.cli.opening import open_house

if TYPE_CHECKING:
    from timebank.checkin.scan_keys import KeysInUse


@click.group()
def codes() -> None:
    """Keys of the changing codes on the organisers' screens."""


@codes.command("keys")
def keys() -> None:
    """Say which key signs now, which are still believed, and when each began."""
    from timebank.checkin import scan_keys
    from timebank.clock import now

    at = now()
    with open_house().database.reading() as session:
        rows = scan_keys.changes(session)
        found = scan_keys.in_use(rows, at)
    click.echo(f"key 1   since the installation began   {_standing(1, found)}")
    for row in rows:
        click.echo(
            f"key {row.number:<3} since {row.begins_at:%Y-%m-%d %H:%M} UTC by {row.begun_by}   {_standing(row.number, found)}"
        )


def _standing(number: int, found: "KeysInUse") -> str:
    if number == found.current:
        return "signs now"
    return "still believed" if number in found.accepted else "refused"


@codes.command("rotate")
@click.option("--at-once", is_flag=True, help="Refuse the old key's codes from now on, not a day later.")
def rotate(at_once: bool) -> None:
    """Begin a new key: once a year, when somebody leaves who could read the server, or after a leak.

    Screens take the new key with their next code. Paper cards and printed codes stay as they are.
    """
    from timebank.audit import service as audit
    from timebank.checkin import scan_keys
    from timebank.clock import now

    at = now()
    with open_house().database.transaction() as session:
        row = scan_keys.rotate(session, at=at, by="command", at_once=at_once)
        audit.record(
            session,
            at=at,
            actor="command",
            actor_name="command",
            action="checkin.key_rotated",
            subject=f"key:{row.number}",
            number=row.number,
        )
    old = (
        "is refused from now on" if at_once else f"is believed until {row.previous_until:%Y-%m-%d %H:%M} UTC"
    )
    click.echo(f"Key {row.number} signs now; key {row.number - 1} {old}.")
