"""The ledger's commands as functions: each takes a session, returns plain values for `--json` and lines for people."""

import datetime as dt
import json
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.orm import Session

from ledger import exports, seals
from ledger.balances import exists, statement
from ledger.errors import UnknownAccount
from ledger.periods import close_period
from ledger.reports import totals, trial_balance
from ledger.verify import verify

EXPORTS: dict[str, Callable[[Session | Connection], Iterator[str]]] = {
    "beancount": exports.beancount,
    "hledger": exports.hledger,
}


def show_trial_balance(session: Session | Connection, *, at: dt.datetime | None = None) -> dict[str, Any]:
    """`trial-balance`: every account and the totals by asset, amounts as texts."""
    lines = trial_balance(session, at=at)
    return {
        "at": None if at is None else at.isoformat(),
        "accounts": [
            {
                "account": line.account,
                "asset": line.asset.code,
                "debit": f"{line.debit:f}",
                "credit": f"{line.credit:f}",
            }
            for line in lines
        ],
        "totals": {asset: {"debit": f"{d:f}", "credit": f"{c:f}"} for asset, (d, c) in totals(lines).items()},
    }


def show_statement(
    session: Session | Connection, account: str, *, before: str | None = None, limit: int = 50
) -> dict[str, Any]:
    """`statement`: one page of an account; `next` goes into `before` for the page after.

    Raises UnknownAccount, and what `statement` raises.
    """
    lines = statement(session, account, before=before, limit=limit)
    if not lines and not exists(session, account):
        raise UnknownAccount(account=account)
    return {
        "account": account,
        "lines": [
            {
                "transaction": line.transaction_id,
                "key": line.key,
                "kind": line.kind,
                "subject": line.subject,
                "effective_at": line.effective_at.isoformat(),
                "recorded_at": line.recorded_at.isoformat(),
                "amount": f"{line.amount:f}",
                "balance": f"{line.balance:f}",
                "reverses": line.reverses,
                "reversed_by": line.reversed_by,
                "facts": line.facts,
            }
            for line in lines
        ],
        "next": lines[-1].cursor if len(lines) == limit else None,
    }


def show_verification(session: Session | Connection, *, heads: Iterable[bytes] = ()) -> dict[str, Any]:
    """`verify`: the shape of a reconciliation. Exit status 0 if `clean`, 1 if not. `heads`: published before."""
    findings = verify(session, heads=heads)
    return {
        "checks": [
            {
                "code": finding.code,
                "proves": finding.proves,
                "examined": finding.examined,
                "breaks": [
                    {"subject": one.subject, "says": one.says, "facts": one.facts} for one in finding.breaks
                ],
            }
            for finding in findings
        ],
        "clean": not any(finding.breaks for finding in findings),
    }


def make_seals(session: Session | Connection, *, at: dt.datetime) -> dict[str, Any]:
    """`seal`: seal what is committed and not sealed; `head` is what to publish."""
    made = seals.seal_all(session, at=at)
    last = seals.last_seal(session)
    return {
        "made": [{"seal": one.id, "size": one.size, "head": one.head.hex()} for one in made],
        "head": None if last is None else last.head.hex(),
    }


def export(session: Session | Connection, form: str) -> Iterator[str]:
    """`export`: the lines of the whole journal as `beancount` or `hledger`. KeyError for another form."""
    return EXPORTS[form](session)


def export_json(session: Session | Connection, form: str) -> Iterator[str]:
    """`export --json`: the same lines in a JSON object, line by line, however long the journal is."""
    yield f'{{"form": {json.dumps(form)}, "lines": ['
    comma = ""
    for line in export(session, form):
        yield comma + json.dumps(line, ensure_ascii=False)
        comma = ","
    yield "]}"


def close(
    session: Session | Connection, *, closed_until: dt.datetime, at: dt.datetime, actor: str
) -> dict[str, Any]:
    """`close-period`: close the books for what takes effect before `closed_until`."""
    period = close_period(session, closed_until=closed_until, at=at, actor=actor)
    return {
        "period": period.id,
        "closed_until": period.closed_until.isoformat(),
        "closed_at": period.closed_at.isoformat(),
        "actor": period.actor,
    }


def trial_balance_text(shown: dict[str, Any]) -> Iterator[str]:
    """The trial balance as a table of plain text."""
    rows = [(line["account"], line["debit"], line["credit"], line["asset"]) for line in shown["accounts"]]
    rows += [("total", sums["debit"], sums["credit"], asset) for asset, sums in shown["totals"].items()]
    return _table(("account", "debit", "credit", "asset"), rows)


def statement_text(shown: dict[str, Any]) -> Iterator[str]:
    """A page of a statement as a table of plain text."""
    rows = [
        (line["effective_at"][:10], line["kind"], line["subject"], line["amount"], line["balance"])
        for line in shown["lines"]
    ]
    return _table(("date", "kind", "subject", "amount", "balance"), rows)


def verification_text(shown: dict[str, Any]) -> Iterator[str]:
    """What verify found, a line for each check and each break."""
    for check in shown["checks"]:
        mark = "broken" if check["breaks"] else "ok"
        yield f"{mark:7}{check['proves']} ({check['examined']})"
        for one in check["breaks"]:
            yield f"         {one['subject']} {one['says']} {one['facts'] or ''}".rstrip()


def _table(header: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> Iterator[str]:
    lines = [header, *rows]
    widths = [max(len(line[column]) for line in lines) for column in range(len(header))]
    for line in lines:
        cells = [
            word.rjust(width) if _is_number(word) else word.ljust(width)
            for word, width in zip(line, widths, strict=True)
        ]
        yield "  ".join(cells).rstrip()


def _is_number(word: str) -> bool:
    return word.lstrip("-").replace(".", "", 1).isdigit()
