"""Asking for a certificate, issuing it, refusing it, revoking it.

What revokes a certificate when one of its records is taken back is the database itself: see ``guard``.
"""

import secrets
from datetime import date, datetime

from sqlalchemy import String, func, insert, literal, select
from sqlalchemy.orm import Session

from timebank.access.actors import Actor
from timebank.access.keys import Keyring
from timebank.access.permissions import CERTIFICATES_ISSUE
from timebank.certificates import queries
from timebank.certificates.errors import (
    AlreadyAnswered,
    AlreadyAsked,
    NothingServed,
    OwnCertificate,
    PeriodInvalid,
    ReasonMissing,
)
from timebank.certificates.models import (
    Certificate,
    CertificateRecord,
    CertificateRequest,
    CertificateRevocation,
)
from timebank.certificates.rules import Counted, as_sentence, number_of, summarised
from timebank.errors import N_
from timebank.hours import queries as hours
from timebank.members.identity import masked_identity
from timebank.members.models import Member
from timebank.notices import service as notices
from timebank.notices.models import Notice
from timebank.orgs.models import Organisation

OPEN, ISSUED, REFUSED = "open", "issued", "refused"
# 128 bits: nobody guesses an address.
WORD_BYTES = 16
REVOKED_KEY = "certificate.revoked:"
_REVOKED_KEY = literal(REVOKED_KEY)


def ask(
    session: Session,
    *,
    member: Member,
    organisation: Organisation,
    period_from: date,
    period_until: date,
    today: date,
    at: datetime,
    purpose: str = "",
) -> CertificateRequest:
    """The member asks the organisation that recorded the hours.

    Raises:
        PeriodInvalid, NothingServed: there is nothing to certify.
        AlreadyAsked: a request is open.
    """
    if not period_from <= period_until <= today:
        raise PeriodInvalid(field="period_until")
    hours.lock_members(session, [member.id])
    if not _countable(session, organisation.id, member.id, period_from, period_until):
        raise NothingServed(field="organisation_id")
    standing = session.scalar(
        select(CertificateRequest.id).where(
            CertificateRequest.organisation_id == organisation.id,
            CertificateRequest.member_id == member.id,
            CertificateRequest.status == OPEN,
        )
    )
    if standing is not None:
        raise AlreadyAsked(field="organisation_id")
    request = CertificateRequest(
        organisation_id=organisation.id,
        member_id=member.id,
        period_from=period_from,
        period_until=period_until,
        purpose=purpose.strip(),
        asked_at=at,
        status=OPEN,
    )
    session.add(request)
    session.flush()
    notices.tell_holders(
        session,
        permission=CERTIFICATES_ISSUE,
        organisation_path=organisation.path,
        kind="certificate.asked",
        sentence=N_("%(name)s asks for a certificate of service."),
        facts={"name": member.name},
        href="/desk/certificates",
        at=at,
        key=f"certificate.asked:{request.id}",
    )
    return request


def _countable(
    session: Session, organisation_id: int, member_id: int, since: date, until: date
) -> list[Counted]:
    return queries.countable(
        session, organisation_id=organisation_id, member_id=member_id, since=since, until=until
    )


def issue(
    session: Session, *, request: CertificateRequest, by: Actor, at: datetime, keyring: Keyring
) -> Certificate:
    """The certificate of what is confirmed now, with the organisation's next serial; a repeat gives the first.

    Raises:
        OwnCertificate: nobody certifies themselves.
        AlreadyAnswered: it was refused.
        NothingServed: meanwhile nothing is confirmed any more.
    """
    request = _locked(session, request, by)
    if request.status == ISSUED:
        return session.get_one(Certificate, request.certificate_id)
    if request.status != OPEN:
        raise AlreadyAnswered
    certificate = _write(session, request, by=by, at=at, keyring=keyring)
    request.status, request.certificate_id = ISSUED, certificate.id
    request.answered_by_user_id, request.answered_at = by.user_id, at
    session.flush()
    notices.tell(
        session,
        member_id=request.member_id,
        kind="certificate.issued",
        sentence=N_("Your certificate of service no. %(number)s is ready."),
        facts={"number": number_of(certificate.organisation_id, certificate.serial)},
        href=f"/certificates/{certificate.id}",
        at=at,
        key=f"certificate.issued:{certificate.id}",
    )
    return certificate


def _locked(session: Session, request: CertificateRequest, by: Actor) -> CertificateRequest:
    """The request, locked after its organisation, whose serials are given one after the other."""
    if by.user_id is None or by.member_id == request.member_id:
        raise OwnCertificate
    session.execute(
        select(Organisation.id)
        .where(Organisation.id == request.organisation_id)
        .with_for_update(key_share=True)
    ).all()
    return session.scalars(
        select(CertificateRequest)
        .where(CertificateRequest.id == request.id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    ).one()


def _write(
    session: Session, request: CertificateRequest, *, by: Actor, at: datetime, keyring: Keyring
) -> Certificate:
    hours.lock_members(session, [request.member_id])
    records = _countable(
        session, request.organisation_id, request.member_id, request.period_from, request.period_until
    )
    if not records:
        raise NothingServed
    member = session.get_one(Member, request.member_id)
    summary, newest = summarised(records), _newest_serial(session, request.organisation_id)
    assert by.user_id is not None, "a person issues"
    certificate = Certificate(
        organisation_id=request.organisation_id,
        serial=newest + 1,
        member_id=member.id,
        verify_word=secrets.token_urlsafe(WORD_BYTES),
        member_name=member.name,
        organisation_name=request.organisation.name,
        identity_shown=masked_identity(keyring, member.identity_cipher) if member.identity_cipher else "",
        period_from=request.period_from,
        period_until=request.period_until,
        minutes_by_grade=summary.by_grade,
        content={"categories": summary.content},
        minutes=summary.minutes,
        record_count=summary.record_count,
        issued_by_user_id=by.user_id,
        issued_by_name=by.name,
        issued_at=at,
    )
    session.add(certificate)
    session.flush()
    session.execute(
        insert(CertificateRecord),
        [
            {"certificate_id": certificate.id, "record_id": row.record_id, "minutes": row.minutes}
            for row in records
        ],
    )
    return certificate


def _newest_serial(session: Session, organisation_id: int) -> int:
    newest = session.scalar(
        select(func.max(Certificate.serial)).where(Certificate.organisation_id == organisation_id)
    )
    return newest or 0


def refuse(
    session: Session, *, request: CertificateRequest, answer: str, by: Actor, at: datetime
) -> CertificateRequest:
    """No certificate, and the member reads why.

    Raises:
        OwnCertificate, ReasonMissing, AlreadyAnswered: as it says.
    """
    if not answer.strip():
        raise ReasonMissing(field="reason")
    request = _locked(session, request, by)
    if request.status != OPEN:
        raise AlreadyAnswered
    request.status, request.answer = REFUSED, answer.strip()
    request.answered_by_user_id, request.answered_at = by.user_id, at
    session.flush()
    notices.tell(
        session,
        member_id=request.member_id,
        kind="certificate.refused",
        sentence=N_("Your request for a certificate was refused: %(reason)s"),
        facts={"reason": request.answer},
        href="/my/certificates",
        at=at,
        key=f"certificate.refused:{request.id}",
    )
    return request


def revoke(
    session: Session, *, certificate: Certificate, reason: str, by: Actor, at: datetime
) -> CertificateRevocation:
    """Worth nothing from now on, with a reason that anybody can read; the first revocation counts.

    Raises:
        ReasonMissing: no word why.
    """
    if not reason.strip():
        raise ReasonMissing(field="reason")
    hours.lock_members(session, [certificate.member_id])
    standing = session.scalar(
        select(CertificateRevocation).where(CertificateRevocation.certificate_id == certificate.id)
    )
    if standing is not None:
        return standing
    row = CertificateRevocation(
        certificate_id=certificate.id, reason=reason.strip(), revoked_by=by.label, revoked_at=at
    )
    session.add(row)
    session.flush()
    _tell_revoked(session, certificate, reason=row.reason, at=at)
    return row


def tell_fallen(session: Session, *, at: datetime) -> int:
    """Tell holders whose certificates fell with their records, by whatever way; how many were told now.

    The database itself revokes (see ``guard``), and it tells nobody; so this looks for what nobody was told of.
    """
    told = select(Notice.key).where(Notice.key == _REVOKED_KEY.concat(Certificate.id.cast(String)))
    fallen = session.execute(
        select(Certificate, CertificateRevocation.reason)
        .join(CertificateRevocation, CertificateRevocation.certificate_id == Certificate.id)
        .where(~told.exists())
        .order_by(Certificate.id)
    ).all()
    for certificate, reason in fallen:
        _tell_revoked(session, certificate, reason=reason, at=at)
    return len(fallen)


def _tell_revoked(session: Session, certificate: Certificate, *, reason: str, at: datetime) -> None:
    notices.tell(
        session,
        member_id=certificate.member_id,
        kind="certificate.revoked",
        sentence=N_(
            "Your certificate of service no. %(number)s no longer holds: %(reason)s You can ask for a new one."
        ),
        facts={
            "number": number_of(certificate.organisation_id, certificate.serial),
            "reason": as_sentence(reason),
        },
        href=f"/my/certificates?again={certificate.id}",
        at=at,
        key=f"{REVOKED_KEY}{certificate.id}",
    )
