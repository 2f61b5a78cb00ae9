"""Certificates: asked for by volunteers, issued at the desk, printed, and checked by anybody."""

from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from datetime import date
from zoneinfo import ZoneInfo

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask import Response as Bytes
from flask_babel import force_locale
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from timebank.access import scope
from timebank.access.permissions import CERTIFICATES_ISSUE
from timebank.certificates import pdf, queries, service
from timebank.certificates.forms import AnswerForm, AskForm
from timebank.certificates.models import CertificateRequest
from timebank.certificates.queries import Listed
from timebank.certificates.rules import GRADES, summarised
from timebank.clock import now
from timebank.errors import Forbidden, Refusal
from timebank.members.models import Member
from timebank.orgs.models import Organisation
from timebank.web.codes import link_qr
from timebank.web.errors import said
from timebank.web.fields import choices
from timebank.web.filters import hours, local_date
from timebank.web.locale import current_locale
from timebank.web.requests import actor, audited, house, public, reading, transaction

blueprint = Blueprint("certificates", __name__)


def _session() -> AbstractContextManager[Session]:
    """A form is shown from a reading session; only its sending writes."""
    return transaction() if request.method == "POST" else reading()


def _today() -> date:
    return now().astimezone(ZoneInfo(house().settings.timezone)).date()


@blueprint.route("/my/certificates", methods=["GET", "POST"])
def mine() -> str | Response:
    """The member's certificates and requests, and a new request."""
    member_id = actor().member_id
    if member_id is None:
        raise Forbidden
    with _session() as db:
        places = queries.recorders_of(db, member_id)
        form = AskForm(period_from=_today().replace(month=1, day=1), period_until=_today())
        form.organisation_id.choices = choices([(place.id, place.name) for place, _minutes in places])
        certificates = queries.certificates_of(db, member_id)
        if request.method == "GET":
            _begin_again(form, certificates)
        if form.validate_on_submit() and _asked(db, form, member_id):
            flash(_("Your request is on its way. You will be told."), "success")
            return redirect(url_for("certificates.mine"))
        return render_template(
            "certificates/mine.html",
            form=form,
            places=places,
            certificates=certificates,
            requests=queries.requests_of(db, member_id),
        )


def _begin_again(form: AskForm, certificates: Sequence[Listed]) -> None:
    """``?again=7``: the place and the period of her certificate 7, which holds no longer."""
    again = request.args.get("again", type=int)
    fallen = next((row.certificate for row in certificates if row.certificate.id == again), None)
    if fallen is not None:
        form.organisation_id.data = fallen.organisation_id
        form.period_from.data, form.period_until.data = fallen.period_from, fallen.period_until


def _asked(db: Session, form: AskForm, member_id: int) -> bool:
    assert form.period_from.data is not None
    assert form.period_until.data is not None
    try:
        made = service.ask(
            db,
            member=db.get_one(Member, member_id),
            organisation=db.get_one(Organisation, form.organisation_id.data),
            period_from=form.period_from.data,
            period_until=form.period_until.data,
            today=_today(),
            at=now(),
            purpose=form.purpose.data or "",
        )
    except Refusal as refusal:
        getattr(form, refusal.field or "organisation_id").errors = [said(refusal)]
        return False
    audited(db, "certificate.asked", f"member:{member_id}", organisation_id=made.organisation_id)
    return True


@blueprint.get("/desk/certificates")
def index() -> str:
    """Requests that wait, and what has been issued."""
    scope.require_somewhere(actor(), CERTIFICATES_ISSUE)
    with reading() as db:
        return render_template(
            "certificates/index.html",
            requests=queries.requests_within(db, actor(), CERTIFICATES_ISSUE),
            certificates=queries.certificates_within(db, actor(), CERTIFICATES_ISSUE),
        )


@blueprint.route("/desk/certificates/requests/<int:asked_id>", methods=["GET", "POST"])
def answer(asked_id: int) -> str | Response:
    """What would stand on the certificate; issue it or say why not."""
    form = AnswerForm()
    with _session() as db:
        asked = queries.request_(db, actor(), asked_id)
        scope.require(actor(), CERTIFICATES_ISSUE, asked.organisation.path)
        if request.method == "POST":
            try:
                with db.begin_nested():
                    done = _answered(db, asked, form)
            except Refusal as refusal:
                form.reason.errors = [said(refusal)]
                done = None
            if done is not None:
                return done
        records = queries.countable(
            db,
            organisation_id=asked.organisation_id,
            member_id=asked.member_id,
            since=asked.period_from,
            until=asked.period_until,
        )
        return render_template(
            "certificates/answer.html",
            asked=asked,
            form=form,
            summary=summarised(records),
            grades=GRADES,
            is_own=asked.member_id == actor().member_id,
        )


def _answered(db: Session, asked: CertificateRequest, form: AnswerForm) -> Response | None:
    if request.form.get("decision") == "issue":
        at = now()
        made = service.issue(db, request=asked, by=actor(), at=at, keyring=house().keyring)
        if made.issued_at == at:
            # A second click issues nothing, so the trail does not say that it did.
            audited(
                db,
                "certificate.issued",
                f"certificate:{made.id}",
                organisation_id=made.organisation_id,
                member=made.member_id,
                minutes=made.minutes,
            )
        flash(_("The certificate is issued."), "success")
        return redirect(url_for("certificates.show", certificate_id=made.id))
    if not form.validate():
        return None
    service.refuse(db, request=asked, answer=form.reason.data or "", by=actor(), at=now())
    audited(
        db,
        "certificate.refused",
        f"member:{asked.member_id}",
        organisation_id=asked.organisation_id,
        reason=form.reason.data,
    )
    flash(_("The volunteer reads your reason."), "success")
    return redirect(url_for("certificates.index"))


@blueprint.route("/desk/certificates/<int:certificate_id>/revoke", methods=["GET", "POST"])
def revoke(certificate_id: int) -> str | Response:
    """A certificate that should not have been issued."""
    form = AnswerForm()
    with _session() as db:
        listed = queries.certificate(db, actor(), certificate_id)
        scope.require(actor(), CERTIFICATES_ISSUE, listed.certificate.organisation.path)
        if form.validate_on_submit():
            at, reason = now(), form.reason.data or ""
            done = service.revoke(db, certificate=listed.certificate, reason=reason, by=actor(), at=at)
            if done.revoked_at == at:
                audited(
                    db,
                    "certificate.revoked",
                    f"certificate:{certificate_id}",
                    organisation_id=listed.certificate.organisation_id,
                    reason=reason,
                )
            flash(_("The certificate is revoked. Whoever checks it reads your reason."), "success")
            return redirect(url_for("certificates.index"))
        return render_template("certificates/revoke.html", listed=listed, form=form)


def verify_url(listed: Listed) -> str:
    """The address that the paper carries."""
    path = url_for("certificates.check", word=listed.certificate.verify_word)
    return house().settings.public_url + path


def _seen(db: Session, certificate_id: int) -> Listed:
    listed = queries.certificate(db, actor(), certificate_id)
    if listed.certificate.member_id != actor().member_id:
        scope.require(actor(), CERTIFICATES_ISSUE, listed.certificate.organisation.path)
    return listed


def _in_language() -> tuple[str, AbstractContextManager[None]]:
    """The language of the paper: ``?language=en``, else the reader's."""
    asked = request.args.get("language", "")
    language = asked if asked in ("zh", "en") else current_locale()
    return language, force_locale(language) if asked else nullcontext()


def _sheet(listed: Listed, language: str) -> pdf.Sheet:
    made = listed.certificate
    name_key = "english_name" if language == "en" else "name"
    kinds = [
        f"{line[name_key] or line['name']} {hours(line['minutes'])}" for line in made.content["categories"]
    ]
    grades = [
        f"{grade} {hours(made.minutes_by_grade[grade])}" for grade in GRADES if made.minutes_by_grade[grade]
    ]
    words = {
        "since": made.period_from.isoformat(),
        "until": made.period_until.isoformat(),
        "hours": hours(made.minutes),
        "count": made.record_count,
    }
    return pdf.Sheet(
        title=_("Certificate of volunteer service"),
        name=made.member_name,
        body=_(
            "From %(since)s to %(until)s this volunteer served %(hours)s in %(count)s services, recorded and confirmed by us.",
            **words,
        ),
        facts=[
            (_("Volunteer number"), made.member.number),
            (_("Identity number"), made.identity_shown or "—"),
            (_("Content"), (", " if language == "en" else "；").join(kinds)),
            (_("Hours by proof grade"), (", " if language == "en" else "；").join(grades)),
            (_("Issued by"), made.issued_by_name),
        ],
        number=listed.number,
        verify_url=verify_url(listed),
        organisation=made.organisation_name,
        issued_on=local_date(made.issued_at),
        stamp=_("REVOKED") if listed.revocation else "",
    )


@blueprint.get("/certificates/<int:certificate_id>")
def show(certificate_id: int) -> str:
    """The certificate for the printer, in either language."""
    language, speaking = _in_language()
    with reading() as db:
        listed = _seen(db, certificate_id)
        with speaking:
            return render_template(
                "certificates/print.html",
                listed=listed,
                sheet=_sheet(listed, language),
                language=language,
                qr=link_qr(verify_url(listed), level="Q"),
                has_pdf=pdf.is_available(),
                is_own=listed.certificate.member_id == actor().member_id,
            )


@blueprint.get("/certificates/<int:certificate_id>/pdf")
def as_pdf(certificate_id: int) -> str | Response:
    """The certificate as a file, where the extra is installed; else the page says how to save one."""
    language, speaking = _in_language()
    with reading() as db:
        listed = _seen(db, certificate_id)
        with speaking:
            sheet = _sheet(listed, language)
    if not pdf.is_available():
        flash(_("Print this page and choose “Save as PDF”."), "info")
        return redirect(url_for("certificates.show", certificate_id=certificate_id, language=language))
    answer = Bytes(pdf.rendered(sheet), mimetype="application/pdf")
    answer.headers["Content-Disposition"] = f'attachment; filename="certificate-{listed.number}.pdf"'
    return answer


@blueprint.get("/c/<word>")
@public
def check(word: str) -> str:
    """Whoever holds the paper sees whether it is genuine, and what it covers."""
    with reading() as db:
        return render_template("certificates/check.html", listed=queries.by_word(db, word), grades=GRADES)
