"""Refusals about reports of redemptions that were not the member's."""

from timebank.errors import N_, Absent, Conflict, Forbidden, Invalid


class PointsFrozen(Forbidden):
    """Somebody redeemed in the member's name; until it is cleared up nobody does."""

    code = "points_frozen"
    sentence = N_("These points are frozen, because a redemption was reported as not the member's own.")
    next_step = N_("The auditor or administrator decides about the report.")


class DisputeAbsent(Absent):
    """No such report within the actor's scope."""

    code = "dispute_not_found"
    sentence = N_("This report was not found.")


class DecisionReasonMissing(Invalid):
    """A decision without a reason is none."""

    code = "report_reason_missing"
    sentence = N_("Write down the reason for the decision.")


class DecidedMeanwhile(Conflict):
    """Somebody else decided while the page was open, or it is decided so already."""

    code = "decided_meanwhile"
    sentence = N_("This report was decided in the meantime.")
    next_step = N_("Read the newest decision, then decide again if it is still needed.")


class OwnDispute(Forbidden):
    """Nobody decides about a report of their own, or about a redemption that they handed out."""

    code = "own_dispute"
    sentence = N_("You are part of this matter yourself.")
    next_step = N_("Leave the decision to somebody else.")


class RemedyMissing(Invalid):
    """Whoever upholds a report says what becomes of the points and of the goods."""

    code = "remedy_missing"
    sentence = N_("Say whether the points go back to the member, and where the goods are.")
