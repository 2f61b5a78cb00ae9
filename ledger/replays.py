"""When a key comes again: is it the same thing said twice, or another thing under the same key? Pure."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from ledger.amounts import to_scaled
from ledger.digests import facts_text
from ledger.drafts import Draft, Leg
from ledger.records import Record


def same_draft(one: Draft, other: Draft) -> bool:
    """Whether two drafts say the same. The effective time counts if somebody stated it; actor and recording never."""
    return (
        _said(one) == _said(other)
        and one.stated_at == other.stated_at
        and _plain_legs(one.legs) == _plain_legs(other.legs)
    )


def same_content(draft: Draft, record: Record) -> bool:
    """Whether a draft says what stands in the journal.

    A retry whose effective time is its own moment of recording repeats one that was made likewise.
    """
    if draft.stated_at is None:
        same_time = record.stated_at is None
    else:
        same_time = draft.stated_at == record.effective_at
    stands = (record.kind, record.subject, record.reverses, record.facts_text)
    entries = [(entry.account, entry.amount, entry.expires_at) for entry in record.entries]
    return same_time and _said(draft) == stands and scaled_legs(draft, record) == entries


def scaled_legs(draft: Draft, like: Record) -> list[tuple[str, int, Any]] | None:
    """The draft's legs in the assets of a stored transaction; None where they cannot be the same accounts."""
    assets = {entry.account: entry.asset for entry in like.entries}
    if any(leg.code not in assets for leg in draft.legs):
        return None
    return [(leg.code, to_scaled(leg.amount, assets[leg.code]), leg.expires_at) for leg in draft.legs]


def _said(draft: Draft) -> tuple[Any, ...]:
    return (draft.kind, draft.subject, draft.reverses, facts_text(draft.facts))


def _plain_legs(legs: Sequence[Leg]) -> list[tuple[Any, ...]]:
    return [(leg.code, _comparable(leg.amount), leg.expires_at) for leg in legs]


def _comparable(amount: Any) -> Any:
    """What is no number at all is refused later; comparing it must not fail here."""
    return str(amount) if isinstance(amount, Decimal) and not amount.is_finite() else amount
