"""Members, their balances and statements over the API."""

import re
from typing import Any

from flask import url_for
from sqlalchemy.orm import Session

from timebank.access import scope
from timebank.access.permissions import MEMBERS_READ, MEMBERS_WRITE
from timebank.api.schemas import RetryHeadersSchema, list_of
from timebank.api.v1 import ApiBlueprint, once
from timebank.books import queries as books
from timebank.books.queries import StatementLine
from timebank.clock import now
from timebank.members import accounts, queries, service
from timebank.members.errors import ConsentMissing
from timebank.members.identity import masked_identity, plain_identity
from timebank.members.models import Member
from timebank.members.schemas import (
    BalancesSchema,
    MemberQuerySchema,
    MemberSchema,
    NewMemberSchema,
    PointsLineSchema,
    StatementQuerySchema,
    TimeLineSchema,
)
from timebank.members.service import Particulars
from timebank.orgs import queries as places
from timebank.paging import CursorInvalid
from timebank.web.filters import local, masked_phone
from timebank.web.requests import actor, audited, house, reading, transaction

blueprint = ApiBlueprint("members", __name__, "Members, their balances and statements")

_STATEMENT_CURSOR = re.compile(r"^\d{1,18}\.\d{1,9}$", re.ASCII)


def _shown(member: Member) -> dict[str, Any]:
    """The member as the asking key may see it."""
    open_phone = actor().may(MEMBERS_WRITE, member.organisation.path)
    keyring, cipher = house().keyring, member.identity_cipher
    return {
        "id": member.id,
        "number": member.number,
        "name": member.name,
        "sex": member.sex,
        "born_on": member.born_on,
        "phone": member.phone if open_phone else masked_phone(member.phone),
        "identity": masked_identity(keyring, cipher) if cipher else None,
        "skills": member.skills,
        "organisation": {"id": member.organisation_id, "name": member.organisation.name},
        "status": "suspended" if member.suspended_at else "active",
        "joined_on": member.joined_on,
        "consented_at": member.consented_at,
        "created_at": member.created_at,
    }


def _readable(db: Session, member_id: int) -> Member:
    member = queries.member(db, actor(), member_id)
    scope.require(actor(), MEMBERS_READ, member.organisation.path)
    return member


@blueprint.get("/members")
@blueprint.arguments(MemberQuerySchema, location="query")
@blueprint.response(200, list_of(MemberSchema))
def index(query: dict[str, Any]) -> dict[str, Any]:
    """Members within the key's subtree, in pinyin order."""
    scope.require_somewhere(actor(), MEMBERS_READ)
    with reading() as db:
        place = query["organisation_id"]
        page = queries.members_page(
            db,
            actor(),
            words=query["q"],
            status=query["status"],
            below=places.organisation(db, actor(), place).path if place else "",
            cursor=query["cursor"],
            limit=query["limit"],
        )
        return {"items": [_shown(member) for member in page.rows], "next": page.after}


@blueprint.get("/members/<int:member_id>")
@blueprint.response(200, MemberSchema)
def show(member_id: int) -> dict[str, Any]:
    """One member."""
    with reading() as db:
        return _shown(_readable(db, member_id))


@blueprint.post("/members")
@blueprint.arguments(RetryHeadersSchema, location="headers")
@blueprint.arguments(NewMemberSchema)
@blueprint.response(201, MemberSchema)
def register(headers: dict[str, Any], content: dict[str, Any]) -> Any:
    """Register a member and the log-in that belongs to it."""
    if not content["consented"]:
        raise ConsentMissing(field="consented")
    with transaction() as db:
        place = places.organisation(db, actor(), content["organisation_id"])
        scope.require(actor(), MEMBERS_WRITE, place.path)
        member_id = once(db, headers, content, lambda: _registered(db, content))
        found = _shown(queries.member(db, actor(), member_id))
    return found, 201, {"Location": url_for("api_members.show", member_id=member_id)}


def _registered(db: Session, content: dict[str, Any]) -> int:
    at = now()
    today = local(at).date()
    known = {name: content[name] for name in ("name", "phone", "sex", "born_on", "identity", "skills")}
    person = service.checked(Particulars(**known, consented=True, joined_on=today), today=today)
    place = places.organisation(db, actor(), content["organisation_id"])
    member = service.register(db, person=person, organisation=place, keyring=house().keyring, at=at)
    accounts.open_account(db, member=member, at=at)
    audited(db, "member.registered", f"member:{member.id}", organisation_id=place.id)
    return member.id


@blueprint.get("/members/<int:member_id>/balances")
@blueprint.response(200, BalancesSchema)
def balances(member_id: int) -> dict[str, Any]:
    """What the member has now."""
    with reading() as db:
        member = _readable(db, member_id)
        return {
            "member_id": member.id,
            "points": books.points_balance(db, member.id),
            "time_minutes": books.time_balance(db, member.id),
        }


@blueprint.get("/members/<int:member_id>/statements/points")
@blueprint.arguments(StatementQuerySchema, location="query")
@blueprint.response(200, list_of(PointsLineSchema))
def points_statement(query: dict[str, Any], member_id: int) -> dict[str, Any]:
    """The points account, newest line first."""
    with reading() as db:
        member, before = _readable(db, member_id), _before(query)
        lines = books.points_statement(db, member.id, before=before, limit=query["limit"] + 1)
        return _page(lines, query["limit"])


@blueprint.get("/members/<int:member_id>/statements/time")
@blueprint.arguments(StatementQuerySchema, location="query")
@blueprint.response(200, list_of(TimeLineSchema))
def time_statement(query: dict[str, Any], member_id: int) -> dict[str, Any]:
    """The time account in minutes, newest line first."""
    with reading() as db:
        member, before = _readable(db, member_id), _before(query)
        lines = books.time_statement(db, member.id, before=before, limit=query["limit"] + 1)
        return _page(lines, query["limit"])


def _before(query: dict[str, Any]) -> str | None:
    cursor: str | None = query["cursor"]
    if cursor is not None and not _STATEMENT_CURSOR.match(cursor):
        raise CursorInvalid(field="cursor")
    return cursor


def _page(lines: list[StatementLine], limit: int) -> dict[str, Any]:
    shown = lines[:limit]
    return {"items": shown, "next": shown[-1].cursor if len(lines) > limit else None}


def own_particulars(session: Session, member_id: int) -> list[dict[str, Any]]:
    """The member's own row for their own export, the whole identity number included: it is theirs."""
    member = session.get_one(Member, member_id)
    shown: dict[str, Any] = MemberSchema().dump(_shown(member))
    identity = plain_identity(house().keyring, member.identity_cipher)
    return [{**shown, "phone": member.phone, "identity": identity, "organisation": member.organisation.name}]


def own_points(session: Session, member_id: int) -> list[dict[str, Any]]:
    """Every line of the member's points account."""
    return _every_line(session, member_id, books.points_statement, PointsLineSchema)


def own_time(session: Session, member_id: int) -> list[dict[str, Any]]:
    """Every line of the member's time account."""
    return _every_line(session, member_id, books.time_statement, TimeLineSchema)


def _every_line(session: Session, member_id: int, statement: Any, schema: Any) -> list[dict[str, Any]]:
    lines: list[StatementLine] = []
    while more := statement(session, member_id, before=lines[-1].cursor if lines else None, limit=500):
        lines += more
    dumped: list[dict[str, Any]] = schema(many=True).dump(lines)
    return dumped
