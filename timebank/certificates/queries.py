"""Reading certificates and requests, within what the actor may see; and by the word on the paper, for anybody."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session, contains_eager, joinedload

from timebank.access import scope
from timebank.access.actors import Actor, Permission
from timebank.certificates.errors import CertificateAbsent, RequestAbsent
from timebank.certificates.models import Certificate, CertificateRequest, CertificateRevocation
from timebank.certificates.rules import Counted, number_of
from timebank.hours.models import ServiceRecord
from timebank.hours.rules import APPROVED
from timebank.orgs.models import Organisation
from timebank.paging import PAGE_ROWS, Page, page
from timebank.policy.models import Category


@dataclass(frozen=True)
class Listed:
    """A certificate with its standing: genuine as long as ``revocation`` is None."""

    certificate: Certificate
    revocation: CertificateRevocation | None

    @property
    def number(self) -> str:
        """As printed."""
        return number_of(self.certificate.organisation_id, self.certificate.serial)

    @property
    def revoked_at(self) -> datetime | None:
        """Since when it is worth nothing."""
        return self.revocation.revoked_at if self.revocation else None

    @property
    def revocation_reason(self) -> str:
        """Why it is worth nothing; empty while it is genuine."""
        return self.revocation.reason if self.revocation else ""

    @property
    def is_genuine(self) -> bool:
        """Whether it still holds."""
        return self.revocation is None


def _certificates() -> Select[Certificate, CertificateRevocation | None]:
    return (
        select(Certificate, CertificateRevocation)
        .join(Certificate.organisation)
        .outerjoin(CertificateRevocation, CertificateRevocation.certificate_id == Certificate.id)
        .options(contains_eager(Certificate.organisation))
    )


def certificate(session: Session, actor: Actor, certificate_id: int) -> Listed:
    """One certificate within scope, or the actor's own; raises ``CertificateAbsent``."""
    found = session.execute(
        _certificates().where(
            Certificate.id == certificate_id,
            scope.within_or_own(actor, Organisation.path, Certificate.member_id),
        )
    ).one_or_none()
    if found is None:
        raise CertificateAbsent
    return Listed(found[0], found[1])


def by_word(session: Session, word: str) -> Listed:
    """The certificate whose paper carries ``word``; raises ``CertificateAbsent``."""
    found = session.execute(_certificates().where(Certificate.verify_word == word)).one_or_none()
    if found is None:
        raise CertificateAbsent
    return Listed(found[0], found[1])


def certificates_of(session: Session, member_id: int) -> list[Listed]:
    """The member's certificates, newest first."""
    rows = session.execute(
        _certificates().where(Certificate.member_id == member_id).order_by(Certificate.id.desc())
    )
    return [Listed(row[0], row[1]) for row in rows]


def certificates_within(
    session: Session, actor: Actor, permission: Permission, *, limit: int = 200
) -> list[Listed]:
    """Certificates of the actor's organisations, newest first."""
    rows = session.execute(
        _certificates()
        .where(scope.within(actor, Organisation.path, permission))
        .order_by(Certificate.id.desc())
        .limit(limit)
    )
    return [Listed(row[0], row[1]) for row in rows]


def certificates_page(
    session: Session,
    actor: Actor,
    permission: Permission,
    *,
    member_id: int | None = None,
    cursor: str | None = None,
    limit: int = PAGE_ROWS,
) -> Page[Certificate]:
    """One page of certificates, newest first."""
    query = (
        select(Certificate)
        .join(Certificate.organisation)
        .options(joinedload(Certificate.revocation))
        .where(scope.within(actor, Organisation.path, permission))
    )
    if member_id is not None:
        query = query.where(Certificate.member_id == member_id)
    return page(session, query, key=(Certificate.id,), cursor=cursor, limit=limit, descending=True)


def requests_within(
    session: Session, actor: Actor, permission: Permission, *, limit: int = 200
) -> Sequence[CertificateRequest]:
    """Open requests to the actor's organisations, oldest first."""
    return session.scalars(
        select(CertificateRequest)
        .join(CertificateRequest.organisation)
        .where(CertificateRequest.status == "open", scope.within(actor, Organisation.path, permission))
        .order_by(CertificateRequest.id)
        .limit(limit)
    ).all()


def request_(session: Session, actor: Actor, request_id: int) -> CertificateRequest:
    """One request within scope; raises ``RequestAbsent``."""
    found = session.scalar(
        select(CertificateRequest)
        .join(CertificateRequest.organisation)
        .where(CertificateRequest.id == request_id, scope.within(actor, Organisation.path))
    )
    if found is None:
        raise RequestAbsent
    return found


def requests_of(session: Session, member_id: int) -> Sequence[CertificateRequest]:
    """What the member asked for and what has not become a certificate, newest first."""
    return session.scalars(
        select(CertificateRequest)
        .where(CertificateRequest.member_id == member_id, CertificateRequest.status != "issued")
        .order_by(CertificateRequest.id.desc())
        .limit(20)
    ).all()


def recorders_of(session: Session, member_id: int) -> Sequence[tuple[Organisation, int]]:
    """Organisations that recorded confirmed hours of the member, with the minutes, most first."""
    total = func.sum(ServiceRecord.minutes)
    rows = session.execute(
        select(Organisation, total)
        .join(ServiceRecord, ServiceRecord.organisation_id == Organisation.id)
        .where(ServiceRecord.member_id == member_id, ServiceRecord.status == APPROVED)
        .group_by(Organisation.id)
        .order_by(total.desc(), Organisation.id)
    ).all()
    return [(row[0], int(row[1])) for row in rows if row[1]]


def countable(
    session: Session, *, organisation_id: int, member_id: int, since: date, until: date
) -> list[Counted]:
    """Confirmed records of the member at the organisation from ``since`` to ``until``, both included."""
    rows = session.execute(
        select(
            ServiceRecord.id,
            ServiceRecord.served_on,
            ServiceRecord.minutes,
            ServiceRecord.proof_grade,
            Category.name,
            Category.english_name,
        )
        .join(Category, Category.id == ServiceRecord.category_id)
        .where(
            ServiceRecord.organisation_id == organisation_id,
            ServiceRecord.member_id == member_id,
            ServiceRecord.status == APPROVED,
            ServiceRecord.minutes > 0,
            ServiceRecord.served_on.between(since, until),
        )
        .order_by(ServiceRecord.served_on, ServiceRecord.id)
    )
    return [Counted(*row) for row in rows]
