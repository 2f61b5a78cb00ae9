"""Asking for a list as a file, taking the request back, and keeping what was written."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import CursorResult, delete, select, update
from sqlalchemy.orm import Session

from store.catalogue.models import Shop
from store.lists.errors import ListAbsent, ListNotReady
from store.lists.kinds import KINDS, ListKind
from store.lists.models import ListFile
from timebank.access.actors import Actor
from timebank.jobs import service as jobs

JOB_NAME = "store.lists"
KEPT_FOR = timedelta(days=7)


@dataclass(frozen=True)
class Wish:
    """Which list, in which form, with which filters, headed in whose words."""

    kind: str
    form: str
    arguments: Mapping[str, str]
    locale: str


def kind_of(code: str) -> ListKind:
    """The list with this code; raises ``ListAbsent``."""
    found = next((kind for kind in KINDS if kind.code == code), None)
    if found is None:
        raise ListAbsent
    return found


def ask(
    session: Session, *, shop: Shop, wish: Wish, rows_total: int, key: str, by: Actor, at: datetime
) -> ListFile:
    """Queue the file; the same ``key`` gives the first request again. Raises ``ListAbsent``."""
    kind_of(wish.kind)
    if wish.form not in ("xlsx", "csv"):
        raise ListAbsent
    standing = session.scalar(select(ListFile).where(ListFile.key == key))
    if standing is not None:
        return standing
    file = ListFile(
        key=key,
        kind=wish.kind,
        form=wish.form,
        arguments=dict(wish.arguments),
        locale=wish.locale,
        shop_id=shop.id,
        asked_by_user_id=by.user_id,
        asked_at=at,
        status="waiting",
        rows_total=rows_total,
    )
    session.add(file)
    session.flush()
    arguments = {"file_id": file.id}
    jobs.enqueue(session, name=JOB_NAME, key=f"{JOB_NAME}:{file.id}", arguments=arguments, due_at=at)
    return file


def file(session: Session, actor: Actor, file_id: int) -> ListFile:
    """A file that the actor asked for; nobody else's. Raises ``ListAbsent``."""
    found = session.get(ListFile, file_id)
    if found is None or found.asked_by_user_id != actor.user_id:
        raise ListAbsent
    return found


def cancel(session: Session, *, file: ListFile, at: datetime) -> None:
    """Stop writing it; a file that is written stays. What runs sees it at its next page."""
    session.execute(
        update(ListFile)
        .where(ListFile.id == file.id, ListFile.status.in_(("waiting", "running")))
        .values(status="cancelled", finished_at=at)
    )
    session.refresh(file)


def content(file: ListFile) -> bytes:
    """What was written; raises ``ListNotReady``."""
    if file.status != "done" or file.content is None:
        raise ListNotReady
    return file.content


def changed(session: Session, file_id: int, before: tuple[str, ...], **values: Any) -> bool:
    """Write ``values`` if the file is still in one of the states ``before``; whether it was."""
    result = session.execute(
        update(ListFile).where(ListFile.id == file_id, ListFile.status.in_(before)).values(**values)
    )
    return cast(CursorResult[Any], result).rowcount == 1


def forget(session: Session, *, at: datetime) -> int:
    """Files are not kept longer than they serve; how many went."""
    result = session.execute(delete(ListFile).where(ListFile.asked_at < at - KEPT_FOR))
    return cast(CursorResult[Any], result).rowcount
