"""Refusals of reconciliation."""

from timebank.errors import N_, Absent, Conflict, Forbidden, Invalid


class RunAbsent(Absent):
    """No such run within the actor's scope."""

    code = "reconciliation_not_found"
    sentence = N_("This reconciliation was not found.")


class CheckFailed(Conflict):
    """A check could not be made: neither clean nor broken may be said."""

    code = "check_failed"
    sentence = N_("The check %(check)s could not be made: %(problem)s.")
    next_step = N_("Tell your administrator; until it runs, nothing is proved.")


class ItemAbsent(Absent):
    """No such item within the actor's scope."""

    code = "suspense_item_not_found"
    sentence = N_("This difference was not found.")


class ItemClosed(Conflict):
    """It was decided, repaired or changed a moment ago."""

    code = "suspense_item_closed"
    sentence = N_("This difference no longer waits for that.")
    next_step = N_("Open it again and look at what happened.")


class OwnDifference(Forbidden):
    """Whoever brought a difference about neither explains it nor agrees."""

    code = "suspense_own_difference"
    sentence = N_("You have brought this difference about yourself, by the records.")
    next_step = N_("Write a note; two others decide.")


class SecondPersonForItem(Forbidden):
    """One person proposes, another agrees."""

    code = "suspense_second_person"
    sentence = N_("You have proposed this yourself.")
    next_step = N_("Somebody else has to agree.")


class ReasonMissing(Invalid):
    """Nothing is closed without a reason."""

    code = "suspense_reason_missing"
    sentence = N_("Say in a sentence what became of it.")


class OwnerUnknown(Invalid):
    """The new owner has no role there."""

    code = "suspense_owner_unknown"
    sentence = N_("This person has no role there.")


class StopAbsent(Absent):
    """No such stop within the actor's scope."""

    code = "redemption_stop_not_found"
    sentence = N_("Redemptions are not stopped there.")


class StopNotAsked(Conflict):
    """Two people let redeeming go on: the first says why."""

    code = "redemption_stop_not_asked"
    sentence = N_("Nobody has said yet why redeeming may go on.")
    next_step = N_("One person gives the reason, another agrees.")


class StopOver(Conflict):
    """It was lifted a moment ago, by two people or by a clean run."""

    code = "redemption_stop_over"
    sentence = N_("Redeeming goes on there already.")
    next_step = N_("Open the list again and look at what happened.")


class RedemptionsStopped(Conflict):
    """The books do not agree; the county's shops hand out nothing until they do."""

    code = "redemptions_stopped"
    sentence = N_("Redeeming is paused: the books are being checked. Your points are safe.")
    next_step = N_("Come back later; the shop knows when it goes on.")
