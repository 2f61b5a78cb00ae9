"""What the database itself does about certificates: refuses false ones, and revokes those whose records fall."""

from timebank.hours.four_eyes import refusal_ddl

_CERTIFICATES = """
EXISTS (SELECT 1 FROM users WHERE users.member_id = NEW.member_id AND users.id = NEW.issued_by_user_id)
"""

_RECORDS = """
NOT EXISTS (SELECT 1 FROM service_records AS r JOIN certificates AS c ON c.id = NEW.certificate_id
    WHERE r.id = NEW.record_id AND r.status = 'approved' AND r.member_id = c.member_id
    AND r.organisation_id = c.organisation_id AND r.minutes = NEW.minutes)
"""

_FALLS = "OLD.status = 'approved' AND NEW.status <> 'approved'"
_REVOKE = """
INSERT INTO certificate_revocations (certificate_id, record_id, reason, revoked_by, revoked_at)
SELECT certificate_records.certificate_id, NEW.id, NEW.decision_reason,
    COALESCE('user:' || NEW.taken_back_by_user_id, 'database'), COALESCE(NEW.taken_back_at, CURRENT_TIMESTAMP)
FROM certificate_records WHERE certificate_records.record_id = NEW.id AND NOT EXISTS (
    SELECT 1 FROM certificate_revocations AS before_it
    WHERE before_it.certificate_id = certificate_records.certificate_id);
"""


def certificates_ddl(dialect: str) -> tuple[str, ...]:
    """Certificates: nobody issues their own."""
    return refusal_ddl("certificates", _CERTIFICATES, "nobody certifies themselves", dialect)


def counted_ddl(dialect: str) -> tuple[str, ...]:
    """What a certificate counts: confirmed records of its member at its organisation, with their minutes."""
    return refusal_ddl("certificate_records", _RECORDS, "only confirmed records are certified", dialect)


def revocations_ddl(dialect: str) -> tuple[str, ...]:
    """A record that is taken back revokes its certificates in the same transaction, by whatever way it falls."""
    revoke = " ".join(_REVOKE.split())
    if dialect == "sqlite":
        return (
            "CREATE TRIGGER service_records_revoke AFTER UPDATE OF status ON service_records "
            f"WHEN {_FALLS} BEGIN {revoke} END",
        )
    return (
        "CREATE OR REPLACE FUNCTION certificate_revocations_guard() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN {revoke} RETURN NULL; END $$",
        "CREATE TRIGGER service_records_revoke AFTER UPDATE OF status ON service_records FOR EACH ROW "
        f"WHEN ({_FALLS}) EXECUTE FUNCTION certificate_revocations_guard()",
    )
