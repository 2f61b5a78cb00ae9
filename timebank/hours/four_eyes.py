"""What the database itself refuses: making hours alone, by whatever way the row comes to it.

Check constraints see the columns of one row. These triggers look up who a user is as a member, so that a
row which names only users, or leaves the member's column empty, deceives nobody.
"""

_SAYS = "nobody makes hours alone"

_RECORDS = """
EXISTS (SELECT 1 FROM users WHERE users.member_id = NEW.member_id AND users.id IN (
    NEW.recorded_by_user_id, NEW.second_recorder_user_id, NEW.approved_by_user_id, NEW.taken_back_by_user_id))
OR EXISTS (SELECT 1 FROM attendances WHERE attendances.id = NEW.attendance_id
    AND NEW.approved_by_user_id = attendances.recorded_by_user_id)
OR (NEW.said_how = 'self' AND NOT EXISTS (
    SELECT 1 FROM users WHERE users.id = NEW.said_by_user_id AND users.member_id = NEW.member_id))
OR (NEW.corrects_id IS NOT NULL AND NOT EXISTS (
    SELECT 1 FROM service_records AS earlier WHERE earlier.id = NEW.corrects_id AND earlier.member_id = NEW.member_id
    AND earlier.attendance_id = NEW.attendance_id AND earlier.status NOT IN ('pending', 'approved')))
"""

_CORRECTIONS = """
EXISTS (SELECT 1 FROM users WHERE users.member_id = NEW.member_id AND users.id = NEW.answered_by_user_id)
OR NOT EXISTS (SELECT 1 FROM users WHERE users.member_id = NEW.member_id AND users.id = NEW.asked_by_user_id)
OR EXISTS (SELECT 1 FROM service_records AS earlier WHERE earlier.id = NEW.record_id AND (
    earlier.member_id <> NEW.member_id OR NEW.answered_by_user_id = earlier.recorded_by_user_id
    OR NEW.answered_by_user_id = earlier.second_recorder_user_id))
"""

_PARDONS = """
EXISTS (SELECT 1 FROM users WHERE users.member_id = NEW.member_id AND users.id = NEW.pardoned_by_user_id)
"""


_KIN = """
EXISTS (SELECT 1 FROM users
    JOIN household_members AS mine ON mine.member_id = users.member_id AND mine.until IS NULL
    JOIN household_members AS theirs ON theirs.household_id = mine.household_id AND theirs.until IS NULL
    WHERE users.id = NEW.approved_by_user_id AND theirs.member_id = NEW.member_id)
"""


def kin_ddl(dialect: str) -> tuple[str, ...]:
    """Service records: nobody approves for their household. What was approved before two were linked stays as it is.

    An old register is imported whole, with whoever imports it and their family in it.
    """
    says, kin = "service_records: nobody approves for their own household", " ".join(_KIN.split())
    if dialect == "sqlite":
        ways = {"insert": "", "update": "NEW.approved_by_user_id IS NOT OLD.approved_by_user_id AND "}
        return tuple(
            f"CREATE TRIGGER service_records_kin_{verb} BEFORE {verb.upper()} ON service_records "
            f"WHEN {changed}NEW.import_run_id IS NULL AND {kin} BEGIN SELECT RAISE(ABORT, '{says}'); END"
            for verb, changed in ways.items()
        )
    return (
        "CREATE OR REPLACE FUNCTION service_records_kin() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN IF NEW.import_run_id IS NULL AND {kin} THEN RAISE EXCEPTION '{says}' "
        "USING ERRCODE = 'check_violation'; END IF; RETURN NEW; END $$",
        "CREATE TRIGGER service_records_kin_insert BEFORE INSERT ON service_records "
        "FOR EACH ROW EXECUTE FUNCTION service_records_kin()",
        "CREATE TRIGGER service_records_kin_update BEFORE UPDATE ON service_records FOR EACH ROW "
        "WHEN (NEW.approved_by_user_id IS DISTINCT FROM OLD.approved_by_user_id) "
        "EXECUTE FUNCTION service_records_kin()",
    )


def records_ddl(dialect: str) -> tuple[str, ...]:
    """Service records: neither recorder nor approver profits, the recorder does not approve, she speaks for herself."""
    return refusal_ddl("service_records", _RECORDS, _SAYS, dialect)


def corrections_ddl(dialect: str) -> tuple[str, ...]:
    """Correction requests: asked by the member herself, answered by nobody who profits or recorded."""
    return refusal_ddl("correction_requests", _CORRECTIONS, _SAYS, dialect)


def pardons_ddl(dialect: str) -> tuple[str, ...]:
    """Missed shifts: nobody forgives their own."""
    return refusal_ddl("no_show_pardons", _PARDONS, _SAYS, dialect)


def refusal_ddl(table: str, forbidden: str, says: str, dialect: str) -> tuple[str, ...]:
    """The statements by which ``dialect`` refuses rows of ``table`` for which ``forbidden`` (over NEW) holds."""
    says, condition = f"{table}: {says}", " ".join(forbidden.split())
    if dialect == "sqlite":
        return tuple(
            f"CREATE TRIGGER {table}_guard_{verb} BEFORE {verb.upper()} ON {table} WHEN {condition} "
            f"BEGIN SELECT RAISE(ABORT, '{says}'); END"
            for verb in ("insert", "update")
        )
    return (
        f"CREATE OR REPLACE FUNCTION {table}_guard() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN IF {condition} THEN RAISE EXCEPTION '{says}' USING ERRCODE = 'check_violation'; END IF; "
        f"RETURN NEW; END $$",
        f"CREATE TRIGGER {table}_guard BEFORE INSERT OR UPDATE ON {table} "
        f"FOR EACH ROW EXECUTE FUNCTION {table}_guard()",
    )
