"""Certificates over the API, and in the member's own export."""

from typing import Any

from sqlalchemy.orm import Session

from timebank.access import scope
from timebank.access.permissions import ATTENDANCE_READ
from timebank.api.schemas import list_of
from timebank.api.v1 import ApiBlueprint
from timebank.certificates import queries
from timebank.certificates.schemas import CertificateQuerySchema, CertificateSchema
from timebank.web.requests import actor, reading

blueprint = ApiBlueprint("certificates", __name__, "Certificates of service")


@blueprint.get("/certificates")
@blueprint.arguments(CertificateQuerySchema, location="query")
@blueprint.response(200, list_of(CertificateSchema))
def index(query: dict[str, Any]) -> Any:
    """Certificates within the key's subtree, newest first."""
    scope.require_somewhere(actor(), ATTENDANCE_READ)
    with reading() as db:
        page = queries.certificates_page(
            db,
            actor(),
            ATTENDANCE_READ,
            member_id=query["member_id"],
            cursor=query["cursor"],
            limit=query["limit"],
        )
        return {"items": [queries.Listed(row, row.revocation) for row in page.rows], "next": page.after}


def own_certificates(session: Session, member_id: int) -> list[dict[str, Any]]:
    """Every certificate of a member, for their own export."""
    dumped: list[dict[str, Any]] = CertificateSchema(many=True).dump(
        queries.certificates_of(session, member_id)
    )
    return dumped
