"""``timebank users``: the first administrator, and what an operator must be able to do without a browser."""

from typing import TYPE_CHECKING

import click

from timebank.cli.group import CannotRun
from timebank.cli.opening import ensure_ready, house_of, open_app

if TYPE_CHECKING:
    from flask import Flask
    from sqlalchemy.orm import Session

    from timebank.access.models import User
    from timebank.orgs.models import Organisation

ROLES = ("coordinator", "attendant", "auditor", "administrator")


@click.group()
def users() -> None:
    """Who can log in: the first administrator, invitations, roles."""


@users.command("first-administrator")
@click.option("--name", required=True, help="The person's name.")
@click.option("--login", required=True, help="Mobile number to log in with.")
@click.option(
    "--organisation", required=True, help="Name of the county's practice centre; made if there is none."
)
def first_administrator(name: str, login: str, organisation: str) -> None:
    """Begin an empty installation: its root organisation and its first administrator.

    Prints an invitation link; whoever opens it first sets the password.
    """
    from sqlalchemy import select

    from timebank.access import service as access
    from timebank.access.actors import Role, system_actor
    from timebank.access.models import User
    from timebank.clock import now
    from timebank.members.identity_numbers import mobile_number

    phone = mobile_number(login)
    if phone is None:
        raise CannotRun(f"{login!r} is not a mobile number of eleven digits.")
    app, at, by = _ready_app(), now(), system_actor()
    with house_of(app).database.transaction() as session:
        if session.scalar(select(User.id).limit(1)) is not None:
            raise CannotRun(
                "There are users already; an administrator can invite others: timebank users invite"
            )
        root = _root_named(session, organisation)
        user = access.create_user(session, name=name, member_id=None, login_names=(phone,), at=at)
        access.grant_role(session, user=user, role=Role.ADMINISTRATOR, organisation_id=root.id, by=by, at=at)
        secret = access.invite(session, user=user, by=by, at=at)
        _audit(session, "user.first_administrator", user, organisation_id=root.id)
    _print_link(app, name, secret)


@users.command()
@click.argument("login")
def invite(login: str) -> None:
    """Print a one-use link with which the person sets a new password. Earlier links stop working."""
    from timebank.access import service as access
    from timebank.access.actors import system_actor
    from timebank.clock import now

    app = _ready_app()
    with house_of(app).database.transaction() as session:
        user = _user(session, login)
        secret = access.invite(session, user=user, by=system_actor(), at=now())
        _audit(session, "user.invited", user)
        name = user.name
    _print_link(app, name, secret)


@users.command()
@click.argument("login")
@click.argument("role", type=click.Choice(ROLES))
@click.argument("organisation")
def grant(login: str, role: str, organisation: str) -> None:
    """Give a role on an organisation (its number or name) and everything below it."""
    from timebank.access import service as access
    from timebank.access.actors import Role, system_actor
    from timebank.clock import now

    with house_of(_ready_app()).database.transaction() as session:
        user, place = _user(session, login), _organisation(session, organisation)
        access.grant_role(
            session, user=user, role=Role(role), organisation_id=place.id, by=system_actor(), at=now()
        )
        _audit(session, "role.granted", user, organisation_id=place.id, role=role)
        click.echo(f"{user.name}: {role} at {place.name}")


@users.command("list")
def list_users() -> None:
    """Show who can log in, with which names and roles."""
    from sqlalchemy import select
    from sqlalchemy.orm import selectinload

    from timebank.access.directory import held_roles
    from timebank.access.models import User

    with house_of(_ready_app()).database.reading() as session:
        query = select(User).options(selectinload(User.login_names)).order_by(User.id)
        for batch in session.scalars(query.execution_options(yield_per=500)).partitions():
            roles = held_roles(session, [user.id for user in batch])
            for user in batch:
                held = ", ".join(f"{one.role} at {one.organisation_name}" for one in roles.get(user.id, []))
                names = " ".join(login.name for login in user.login_names)
                state = "suspended  " if user.suspended_at else ""
                click.echo(f"{user.id:>6}  {user.name}  {names}  {state}{held}".rstrip())


@users.command()
@click.argument("login")
@click.option("--undo", is_flag=True, help="Let the person log in again.")
def suspend(login: str, undo: bool) -> None:
    """Log a person out everywhere and keep them out; what they did stays in the books."""
    from timebank.access import service as access
    from timebank.access.actors import system_actor
    from timebank.clock import now

    with house_of(_ready_app()).database.transaction() as session:
        user = _user(session, login)
        if undo:
            access.reinstate_user(session, user=user)
        else:
            access.suspend_user(session, user=user, by=system_actor(), at=now())
        _audit(session, "user.reinstated" if undo else "user.suspended", user)
        click.echo(f"{user.name} {'may log in again' if undo else 'is suspended'}.")


def _ready_app() -> "Flask":
    app = open_app()
    ensure_ready(house_of(app).database.engine)
    return app


def _print_link(app: "Flask", name: str, secret: str) -> None:
    from flask import url_for

    with app.test_request_context():
        path = url_for("access.accept_invitation", secret=secret)
    click.echo(f"Invitation for {name}; it works once:")
    click.echo(house_of(app).settings.public_url + path)


def _user(session: "Session", login: str) -> "User":
    from timebank.access.queries import user_named

    found = user_named(session, login)
    if found is None:
        raise CannotRun(f"Nobody logs in as {login}.")
    return found


def _organisation(session: "Session", written: str) -> "Organisation":
    from sqlalchemy import select

    from timebank.orgs.models import Organisation

    matches = Organisation.id == int(written) if written.isdecimal() else Organisation.name == written
    found = session.scalars(select(Organisation).where(matches).limit(2)).all()
    if not found:
        raise CannotRun(f"There is no organisation {written!r}.")
    if len(found) > 1:
        raise CannotRun(f"There are several organisations called {written!r}; give the number instead.")
    return found[0]


def _root_named(session: "Session", name: str) -> "Organisation":
    from sqlalchemy import select

    from timebank.clock import now
    from timebank.orgs import service as orgs
    from timebank.orgs.models import Organisation

    found = session.scalar(
        select(Organisation).where(Organisation.name == name, Organisation.parent_id.is_(None))
    )
    return found or orgs.create(session, name=name, kind="centre", parent=None, at=now())


def _audit(
    session: "Session", action: str, user: "User", *, organisation_id: int | None = None, role: str = ""
) -> None:
    from timebank.audit import service as audit
    from timebank.clock import now

    audit.record(
        session,
        at=now(),
        actor="command",
        actor_name="command line",
        action=action,
        subject=f"user:{user.id}",
        organisation_id=organisation_id,
        **({"role": role} if role else {}),
    )
