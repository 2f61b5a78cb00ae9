"""Every permission of the time bank. The shop's own are in ``store.permissions``."""

from timebank.access.actors import Permission, Role

_COORDINATOR, _ATTENDANT = Role.COORDINATOR, Role.ATTENDANT
_AUDITOR, _ADMINISTRATOR = Role.AUDITOR, Role.ADMINISTRATOR


def _allowed(code: str, *roles: Role) -> Permission:
    return Permission(code, frozenset(roles))


ACTIVITIES_PUBLISH = _allowed("activities.publish", _COORDINATOR, _ADMINISTRATOR)
ATTENDANCE_RECORD = _allowed("attendance.record", _COORDINATOR)
ATTENDANCE_READ = _allowed("attendance.read", _COORDINATOR, _AUDITOR, _ADMINISTRATOR)
HOURS_ENTER = _allowed("hours.enter", _COORDINATOR)
HOURS_CONFIRM = _allowed("hours.confirm", _COORDINATOR, _ADMINISTRATOR)
CERTIFICATES_ISSUE = _allowed("certificates.issue", _COORDINATOR, _ADMINISTRATOR)
MEMBERS_READ = _allowed("members.read", _COORDINATOR, _AUDITOR, _ADMINISTRATOR)
# The whole identity number: an act of its own, with a reason, in the audit trail.
MEMBERS_REVEAL = _allowed("members.reveal", _AUDITOR, _ADMINISTRATOR)
MEMBERS_WRITE = _allowed("members.write", _COORDINATOR, _ADMINISTRATOR)
# The photo: for whoever has to compare it with a face, at a counter or at an activity.
MEMBERS_FACE = _allowed("members.face", _COORDINATOR, _ATTENDANT, _ADMINISTRATOR)
# Named groups (low income, aged 80 and over) decide prices: the county names them, coordinators keep them.
GROUPS_WRITE = _allowed("groups.write", _ADMINISTRATOR)
NOTICES_MANAGE = _allowed("notices.manage", _ADMINISTRATOR)
ORGANISATIONS_READ = _allowed("organisations.read", _COORDINATOR, _ATTENDANT, _AUDITOR, _ADMINISTRATOR)
ORGANISATIONS_WRITE = _allowed("organisations.write", _ADMINISTRATOR)
ROLES_GRANT = _allowed("roles.grant", _ADMINISTRATOR)
API_KEYS_MANAGE = _allowed("api_keys.manage", _ADMINISTRATOR)
POLICY_READ = _allowed("policy.read", _COORDINATOR, _AUDITOR, _ADMINISTRATOR)
POLICY_WRITE = _allowed("policy.write", _ADMINISTRATOR)
IMPORTS_RUN = _allowed("imports.run", _ADMINISTRATOR)
BOOKS_READ = _allowed("books.read", _AUDITOR, _ADMINISTRATOR)
RECONCILIATION_RUN = _allowed("reconciliation.run", _AUDITOR, _ADMINISTRATOR)
# Differences in suspense: whoever answers for a place explains; whoever reconciles there agrees.
DIFFERENCES_EXPLAIN = _allowed("differences.explain", _COORDINATOR, _AUDITOR, _ADMINISTRATOR)
# Alerts and cases: looked into by auditors; a second person signs; the administrator sets the rules.
FRAUD_WORK = _allowed("fraud.work", _AUDITOR)
FRAUD_SIGN = _allowed("fraud.sign", _AUDITOR, _ADMINISTRATOR)
FRAUD_SET = _allowed("fraud.set", _ADMINISTRATOR)
# Decoys: whoever lacks this right never learns that there are any.
FRAUD_DECOY = _allowed("fraud.decoy", _AUDITOR, _ADMINISTRATOR)
AUDIT_READ = _allowed("audit.read", _AUDITOR, _ADMINISTRATOR)

PERMISSIONS: tuple[Permission, ...] = (
    ACTIVITIES_PUBLISH,
    ATTENDANCE_RECORD,
    ATTENDANCE_READ,
    HOURS_ENTER,
    HOURS_CONFIRM,
    CERTIFICATES_ISSUE,
    MEMBERS_READ,
    MEMBERS_REVEAL,
    MEMBERS_WRITE,
    MEMBERS_FACE,
    GROUPS_WRITE,
    NOTICES_MANAGE,
    ORGANISATIONS_READ,
    ORGANISATIONS_WRITE,
    ROLES_GRANT,
    API_KEYS_MANAGE,
    POLICY_READ,
    POLICY_WRITE,
    IMPORTS_RUN,
    BOOKS_READ,
    RECONCILIATION_RUN,
    DIFFERENCES_EXPLAIN,
    FRAUD_WORK,
    FRAUD_SIGN,
    FRAUD_SET,
    FRAUD_DECOY,
    AUDIT_READ,
)
