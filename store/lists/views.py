"""Asking for a list as a file: short ones at once, long ones with their progress, a way to cancel, and the file."""

from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale

from store.lists import runner, service
from store.lists.rows import Asked
from store.lists.service import Wish
from store.orders.exports import WRITERS
from store.pages import county_time, key_of, shop_for
from store.permissions import STOCK_READ
from timebank.clock import now
from timebank.web.requests import actor, audited, house, reading, transaction

blueprint = Blueprint("lists", __name__)

# So many rows are written while the browser waits; longer lists are written by the queue.
ROWS_AT_ONCE = 2_000
_FILTERS = ("q", "category", "low", "all", "product", "kind", "waiting", "withdrawn")


@blueprint.post("/shops/<int:shop_id>/lists/<kind>")
def ask(shop_id: int, kind: str) -> ResponseReturnValue:
    """The list as its page is filtered, as XLSX or CSV."""
    arguments = {name: request.form[name][:100] for name in _FILTERS if request.form.get(name)}
    wish = Wish(kind, request.form.get("form", "xlsx"), arguments, str(get_locale() or "zh"))
    with transaction() as db:
        shop = shop_for(db, shop_id, STOCK_READ)
        count = service.kind_of(kind).count(db, Asked(shop, arguments, county_time(), now()))
        key = key_of(request.form.get("key", ""))
        file = service.ask(db, shop=shop, wish=wish, rows_total=count, key=key, by=actor(), at=now())
        audited(
            db,
            "lists.exported",
            f"shop:{shop.id}",
            organisation_id=shop.organisation_id,
            list=kind,
            form=wish.form,
        )
        file_id = file.id
    if count <= ROWS_AT_ONCE:
        runner.run(house(), {"file_id": file_id})
        return redirect(url_for(".download", file_id=file_id))
    return redirect(url_for(".show", file_id=file_id))


@blueprint.get("/lists/<int:file_id>")
def show(file_id: int) -> str:
    """How far it is; the page may be closed and opened again."""
    with reading() as db:
        file = service.file(db, actor(), file_id)
        return render_template("lists/show.html", file=file, kind=service.kind_of(file.kind), shop=file.shop)


@blueprint.post("/lists/<int:file_id>/cancel")
def cancel(file_id: int) -> ResponseReturnValue:
    """Stop writing it."""
    with transaction() as db:
        service.cancel(db, file=service.file(db, actor(), file_id), at=now())
    return redirect(url_for(".show", file_id=file_id))


@blueprint.get("/lists/<int:file_id>/file")
def download(file_id: int) -> Response:
    """The file."""
    with reading() as db:
        file = service.file(db, actor(), file_id)
        _writer, media_type = WRITERS[file.form]
        answer = Response(service.content(file), content_type=media_type)
        name = f"{file.kind}-{file.asked_at.astimezone(county_time()):%Y%m%d-%H%M}.{file.form}"
    answer.headers.set("Content-Disposition", "attachment", filename=name)
    return answer
