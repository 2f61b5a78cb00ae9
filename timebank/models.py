"""Every table of the time bank, named in one place so that migrations and tests see them all."""

from timebank.access import models as access
from timebank.activities import models as activities
from timebank.api import models as api
from timebank.audit import models as audit
from timebank.certificates import models as certificates
from timebank.checkin import models as checkin
from timebank.demo import models as demo
from timebank.fraud import decoy_models as decoys
from timebank.fraud import models as fraud
from timebank.fraud import ring_models as rings
from timebank.hours import models as hours
from timebank.imports import models as imports
from timebank.jobs import models as jobs
from timebank.members import models as members
from timebank.notices import models as notices
from timebank.offline import models as offline
from timebank.orgs import models as orgs
from timebank.policy import models as policy
from timebank.reconcile import models as reconcile

__all__ = [
    "access",
    "activities",
    "api",
    "audit",
    "certificates",
    "checkin",
    "decoys",
    "demo",
    "fraud",
    "hours",
    "imports",
    "jobs",
    "members",
    "notices",
    "offline",
    "orgs",
    "policy",
    "reconcile",
    "rings",
]
