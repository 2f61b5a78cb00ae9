"""The digest of a transaction: SHA-256 over a text that any auditor can write down again from the stored rows."""

import datetime as dt
import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

from ledger.errors import FactsInvalid, TextInvalid, TimeInvalid

# Whatever could end a line somewhere, and halves of characters that no encoding can hold.
_BLURS = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")

# Whatever JSON writes otherwise than it reads, and halves of characters.
_NEEDS_A_LOOK = re.compile('[\x00-\x1f"\\\\\x7f\ud800-\udfff]')
_SIMPLE = frozenset({str, int})

_CANONICAL = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), sort_keys=True, default=dict)

DEEPEST_FACTS = 50

_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_MICROSECOND = dt.timedelta(microseconds=1)


@lru_cache(maxsize=4096)
def microseconds(at: dt.datetime) -> int:
    """Microseconds since 1970 in UTC."""
    return (at - _EPOCH) // _MICROSECOND


def aware(at: dt.datetime, field: str) -> dt.datetime:
    """The same instant, refused unless it says which instant it is."""
    if at.tzinfo is None:
        raise TimeInvalid(field=field)
    return at


def line_of_text(text: str, field: str, longest: int = 200) -> str:
    """The text unchanged, refused if empty, too long, or if a control character could blur the digest's lines."""
    if not isinstance(text, str) or not text:
        raise TextInvalid(field=field, reason="it is empty")
    if len(text) > longest:
        raise TextInvalid(field=field, reason=f"it is longer than {longest} characters")
    if _BLURS.search(text):
        raise TextInvalid(field=field, reason="it contains control characters")
    return text


def refuse_blurs(texts: Iterable[str], field: str) -> None:
    """Refuse what no stored text can contain, all at once: a database would choke on it rather than not find it."""
    try:
        together = "".join(texts)
    except TypeError:
        raise TextInvalid(field=field, reason="it is no text") from None
    # Printable is stricter, and far quicker to see.
    if not together.isprintable() and _BLURS.search(together):
        raise TextInvalid(field=field, reason="it contains control characters")


def plain_lines(texts: tuple[str, ...], *, shortest_limit: int) -> bool:
    """Whether all of these are surely fit to be lines; if not, `line_of_text` says which is not, if any."""
    try:
        together = "".join(texts)
    except TypeError:
        return False
    return all(texts) and max(map(len, texts)) <= shortest_limit and not _BLURS.search(together)


def _plain(value: Any, room: int = DEEPEST_FACTS) -> bool:
    """Whether JSON can hold it without loss. Refused where it lies too deep, as it also does when it holds itself."""
    if room < 0:
        raise FactsInvalid(reason=f"they are nested more than {DEEPEST_FACTS} deep")
    if isinstance(value, str):
        return "\0" not in value
    if value is None or isinstance(value, (bool, int)):
        return True
    if isinstance(value, Mapping):
        return all(_plain_name(name) and _plain(item, room - 1) for name, item in value.items())
    return isinstance(value, (list, tuple)) and all(_plain(item, room - 1) for item in value)


def _plain_name(name: Any) -> bool:
    return isinstance(name, str) and "\0" not in name


def facts_text(facts: Mapping[str, Any]) -> str:
    """The facts as canonical JSON, which is what is stored and digested.

    Floats and Decimals are refused: whoever wants an amount there writes it as text. Raises FactsInvalid.
    """
    if not facts:
        return "{}"
    if type(facts) is dict and _SIMPLE.issuperset(map(type, facts.values())):
        text = _flat_text(facts)
        if text is not None:
            return text
    if not _plain(facts):
        raise FactsInvalid(reason="texts without null, whole numbers, truth values, lists and mappings only")
    try:
        text = _CANONICAL.encode(facts)
    except ValueError:
        raise FactsInvalid(reason="a number has thousands of digits") from None
    if _LONE_SURROGATE.search(text):
        raise FactsInvalid(reason="a text contains half a character")
    return text


def _flat_text(facts: dict[str, Any]) -> str | None:
    """The same text for texts and whole numbers under plain names, as almost all facts are, in a quarter of the time.

    None where a character needs a closer look, be it only a backslash.
    """
    try:
        words = [
            f'"{name}":{value}' if type(value) is int else f'"{name}":"{value}"'
            for name, value in sorted(facts.items())
        ]
        inner = "".join([*facts, *[value for value in facts.values() if type(value) is str]])
    except (TypeError, ValueError):
        return None
    return None if _NEEDS_A_LOOK.search(inner) else "{" + ",".join(words) + "}"


def transaction_digest(
    *,
    key: str,
    kind: str,
    effective_at: dt.datetime,
    recorded_at: dt.datetime,
    actor: str,
    subject: str,
    reverses: int | None,
    facts: str,
    entries: Iterable[tuple[str, str, int, dt.datetime | None]],
) -> bytes:
    """SHA-256 of everything a transaction says; `entries` are (account, asset, scaled amount, expiry) by line."""
    lines = "".join(
        [
            f"{amount} {asset} {'-' if expires is None else microseconds(expires)} {account}\n"
            for account, asset, amount, expires in entries
        ]
    )
    text = (
        f"ledger 1\n{key}\n{kind}\n{microseconds(effective_at)}\n{microseconds(recorded_at)}\n"
        f"{actor}\n{subject}\n{'' if reverses is None else reverses}\n{facts}\n{lines}"
    )
    return hashlib.sha256(text.encode()).digest()
