"""Public pages: whether a posting stands in the sealed books, and the heads of the seals. For anybody, with no log-in."""

from typing import Any

from flask import Blueprint, jsonify, redirect, render_template, request, url_for
from markupsafe import Markup
from werkzeug.wrappers import Response

from ledger.seals import Seal
from timebank.books import proofs
from timebank.web.codes import link_qr
from timebank.web.requests import house, public, reading

blueprint = Blueprint("books", __name__)

PAGE_SEALS = 20


def proof_url(word: str) -> str:
    """The whole address of a proof word's page."""
    return house().settings.public_url + url_for("books.proof", word=word)


def proof_qr(word: str) -> Markup:
    """The same as a QR code, for receipts and certificates."""
    return link_qr(proof_url(word))


@blueprint.get("/proof/<word>")
@public
def proof(word: str) -> str:
    """What the books say about a proof word; nothing about whose posting it is."""
    with reading() as db:
        examined = proofs.examine(db, word)
    return render_template("books/proof.html", examined=examined)


@blueprint.get("/proof/<word>.json")
@public
def proof_as_json(word: str) -> Response:
    """The same for programs, with the inclusion proof; ``docs/proof.md`` says how to check it without this house."""
    with reading() as db:
        examined = proofs.examine(db, word)
    told: dict[str, Any] = {
        "word": examined.word,
        "state": examined.state,
        "recorded_at": examined.recorded_at.isoformat() if examined.recorded_at else None,
        "reversed_later": examined.reversed_later,
        "proof": examined.proof,
    }
    answer: Response = jsonify(told)
    return answer


@blueprint.get("/seals")
@public
def seals() -> str | Response:
    """The heads of the seals, newest first, and a field for a proof word."""
    word = request.args.get("word", "").strip()
    if word:
        return redirect(url_for(".proof", word=word[:80]))
    found = _newest()
    return render_template(
        "books/seals.html",
        seals=found[:PAGE_SEALS],
        has_older=len(found) > PAGE_SEALS,
        is_first=not _before(),
    )


@blueprint.get("/seals.json")
@public
def seals_as_json() -> Response:
    """The same for programs: what to compare a proof's head with, or to keep elsewhere."""
    told = [
        {"seal": one.id, "size": one.size, "root": one.root.hex(), "previous": one.previous.hex(),
         "head": one.head.hex(), "sealed_at": one.sealed_at.isoformat()}
        for one in _newest()[:PAGE_SEALS]
    ]  # fmt: skip
    answer: Response = jsonify({"seals": told})
    return answer


def _newest() -> list[Seal]:
    with reading() as db:
        return proofs.newest_seals(db, before=_before(), limit=PAGE_SEALS + 1)


def _before() -> int | None:
    written = request.args.get("before", "")
    return int(written) if written.isascii() and written.isdecimal() and len(written) < 10 else None
