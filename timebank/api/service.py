"""A write that may be repeated happens once."""

from collections.abc import Callable
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from timebank.access.actors import Actor
from timebank.api.models import ApiRequest
from timebank.errors import N_, Conflict


class IdempotencyKeyReused(Conflict):
    """The key was sent before with other content."""

    code = "idempotency_key_reused"
    sentence = N_("This Idempotency-Key was used before for something else.")
    next_step = N_("Send a new key with a new request, and the same key only with exactly the same request.")


def once(
    session: Session,
    *,
    by: Actor,
    key: str | None,
    content_digest: str,
    make: Callable[[], int],
    at: datetime,
) -> int:
    """The id that ``make`` gives, or gave when the same request came first; without ``key``, simply makes it.

    A refusal by ``make`` leaves no trace, so that the request can be repeated once its cause is gone.

    Raises:
        IdempotencyKeyReused: ``key`` came with other content.
    """
    if key is None:
        return make()
    request = ApiRequest(actor=by.label, request_key=key, content_digest=content_digest, at=at)
    try:
        # The unique key makes a second request that comes meanwhile wait for the first one's end.
        with session.begin_nested():
            session.add(request)
    except IntegrityError:
        return _first_result(session, by=by, key=key, content_digest=content_digest)
    request.created_id = make()
    session.flush()
    return request.created_id


def _first_result(session: Session, *, by: Actor, key: str, content_digest: str) -> int:
    first = session.scalars(
        select(ApiRequest).where(ApiRequest.actor == by.label, ApiRequest.request_key == key)
    ).one()
    if first.content_digest != content_digest or first.created_id is None:
        raise IdempotencyKeyReused
    return first.created_id
