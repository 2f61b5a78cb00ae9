"""Bringing registers in: choose, upload, look at the check, start, watch, fetch what is sent back."""

from collections import Counter
from pathlib import PurePath
from zoneinfo import ZoneInfo

from flask import Blueprint, flash, redirect, render_template, request, send_file, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from timebank.access import scope
from timebank.access.permissions import IMPORTS_RUN
from timebank.clock import now
from timebank.errors import Refusal
from timebank.imports import queries, runner, service
from timebank.imports.forms import UploadForm
from timebank.imports.importers import ImportContext, Importer
from timebank.imports.models import ImportRun
from timebank.imports.progress import rows_done
from timebank.imports.rejections import REMARK_SENTENCES, SENTENCES, Code, Remark
from timebank.imports.result_files import MEDIA_TYPE, empty_register, sent_back_file
from timebank.jobs import service as jobs
from timebank.orgs import queries as organisations
from timebank.web.fields import show_refusal
from timebank.web.requests import actor, audited, house, reading, transaction

blueprint = Blueprint("imports", __name__, url_prefix="/imports")

# More than these are in the file to download; on a phone each is a card.
REJECTIONS_SHOWN = 30


@blueprint.get("")
def index() -> str:
    """The registers in the order of bringing them in, and what was imported before."""
    scope.require_somewhere(actor(), IMPORTS_RUN)
    with reading() as db:
        page = queries.latest(db, actor(), cursor=request.args.get("cursor"))
        return render_template("imports/index.html", importers=house().importers, page=page)


def _context(place: str | None = None) -> ImportContext:
    return ImportContext(actor(), now(), ZoneInfo(house().settings.timezone), house().keyring, place=place)


@blueprint.route("/new/<register>", methods=["GET", "POST"])
def upload(register: str) -> str | Response:
    """Upload a file; the answer is its check, and nothing is imported yet."""
    scope.require_somewhere(actor(), IMPORTS_RUN)
    importer = runner.importer_for(house(), register)
    form = UploadForm()
    with reading() as db:
        form.place.choices = list(importer.places(db, actor())) if importer.places else [("", "")]
    if importer.places is None:
        del form.place
    if form.validate_on_submit():
        try:
            run_id = _uploaded(importer, form)
        except Refusal as refusal:
            refusal.field = refusal.field or "file"
            show_refusal(form, refusal)
            return render_template("imports/upload.html", importer=importer, form=form, refusal=refusal)
        return redirect(url_for("imports.show", run_id=run_id))
    return render_template("imports/upload.html", importer=importer, form=form, refusal=None)


def _uploaded(importer: Importer, form: UploadForm) -> int:
    content = form.file.data.read()
    name = PurePath(form.file.data.filename or "").name or importer.register.code
    context = _context(form.place.data if "place" in form else None)
    with reading() as db:
        # Seconds of reading and judging, during which others may write.
        judged = service.judge(
            db, importer=importer, content=content, context=context, sheet=form.sheet.data or None
        )
    with transaction() as db:
        run = service.keep_preview(
            db,
            importer=importer,
            content=content,
            file_name=name,
            organisation_id=_home(db),
            judged=judged,
            context=context,
        )
        audited(
            db,
            "import.uploaded",
            f"import:{run.id}",
            organisation_id=run.organisation_id,
            register=run.register,
            file=run.file_name,
        )
        return run.id


def _home(db: Session) -> int:
    """The highest organisation that the actor may import into: the run is seen from there."""
    return min(organisations.organisations(db, actor(), IMPORTS_RUN), key=lambda place: len(place.path)).id


def _run(db: Session, run_id: int, *, with_content: bool = False) -> ImportRun:
    run, path = queries.run(db, actor(), run_id, with_content=with_content)
    scope.require(actor(), IMPORTS_RUN, path)
    return run


@blueprint.get("/<int:run_id>")
def show(run_id: int) -> str:
    """A run: its check, its progress or its result."""
    with reading() as db:
        run = _run(db, run_id, with_content=True)
        result = run.result or {}
        rejected = result.get("rejected", [])
        return render_template(
            "imports/show.html",
            run=run,
            result=result,
            importer=house().importers.get(run.register),
            rejected=rejected[:REJECTIONS_SHOWN],
            hidden=max(0, len(rejected) - REJECTIONS_SHOWN),
            rows_done=rows_done(run),
            reason=_reason,
            remark=_remark,
            reasons=Counter(row["code"] for row in rejected).most_common(),
            has_file=service.has_sent_back_rows(run),
        )


def _reason(code: str) -> str:
    return str(_(SENTENCES[Code(code)]))


def _remark(code: str) -> str:
    return str(_(REMARK_SENTENCES[Remark(code)]))


@blueprint.post("/<int:run_id>/start")
def start(run_id: int) -> Response:
    """Let the checked file in: whole, or with ``partial`` its good rows."""
    with transaction() as db:
        run = _run(db, run_id)
        service.queue(db, run=run, partial=request.form.get("partial") == "yes")
        jobs.enqueue(
            db,
            name=runner.JOB_NAME,
            key=f"import:{run.id}",
            arguments={"run_id": run.id, "user_id": actor().user_id},
            due_at=now(),
        )
        audited(
            db, "import.started", f"import:{run.id}", organisation_id=run.organisation_id, file=run.file_name
        )
    return redirect(url_for("imports.show", run_id=run_id))


@blueprint.post("/<int:run_id>/discard")
def discard(run_id: int) -> Response:
    """Throw the uploaded file away."""
    with transaction() as db:
        run = _run(db, run_id, with_content=True)
        service.discard(db, run=run, at=now())
        audited(
            db,
            "import.discarded",
            f"import:{run.id}",
            organisation_id=run.organisation_id,
            file=run.file_name,
        )
    flash(_("The uploaded file is thrown away."), "success")
    return redirect(url_for("imports.index"))


@blueprint.get("/<int:run_id>/sent-back.xlsx")
def sent_back(run_id: int) -> Response:
    """The rejected rows with their reasons, for the office to correct."""
    with reading() as db:
        run = _run(db, run_id, with_content=True)
        importer = runner.importer_for(house(), run.register)
        rows = service.rows_sent_back(db, run=run, importer=importer, context=_context())
    return _workbook(sent_back_file(rows, say=_translated), f"{_('Rows sent back')} {run.id}.xlsx")


@blueprint.get("/empty/<register>.xlsx")
def empty(register: str) -> Response:
    """An empty register with the usual column names."""
    scope.require_somewhere(actor(), IMPORTS_RUN)
    importer = runner.importer_for(house(), register)
    title = _translated(importer.label)
    return _workbook(empty_register(importer.register, title=title), f"{title}.xlsx")


def _translated(message: str) -> str:
    return str(_(message))


def _workbook(content: bytes, name: str) -> Response:
    from io import BytesIO

    answer: Response = send_file(
        BytesIO(content), mimetype=MEDIA_TYPE, as_attachment=True, download_name=name
    )
    # Names, phones and identity numbers: not for the disk of a shared computer's browser.
    answer.headers["Cache-Control"] = "no-store"
    return answer
