"""Refusals of the offline roster."""

from timebank.errors import N_, Absent, Conflict, Forbidden


class RosterAbsent(Absent):
    """No such roster, or somebody else's."""

    code = "offline_roster_not_found"
    sentence = N_("This list was not taken by you, or does not exist.")
    next_step = N_("Whoever took the list logs in on the device and uploads it.")


class ConflictAbsent(Absent):
    """No such conflict within scope."""

    code = "offline_conflict_not_found"


class NotAssigned(Forbidden):
    """The roster is only for those who were assigned to the shift."""

    code = "offline_not_assigned"
    sentence = N_("You are not assigned to this shift, so you cannot take its list with you.")
    next_step = N_("Whoever planned the activity, or an administrator, can assign you.")


class NobodyAssignsThemselves(Forbidden):
    """Somebody else has to name the person."""

    code = "offline_assigns_self"
    sentence = N_("Nobody assigns themselves to a list.")
    next_step = N_("Ask another coordinator or an administrator.")


class CannotBeAssigned(Conflict):
    """The user holds no right to record attendance there."""

    code = "offline_not_a_coordinator"
    sentence = N_("Only a coordinator of this organisation can take the list.")


class NotTheTime(Conflict):
    """More than a day before, or after the shift has closed."""

    code = "offline_not_the_time"
    sentence = N_("The list can be taken from 24 hours before the shift until check-out closes.")


class NotOpen(Conflict):
    """A draft, or cancelled."""

    code = "offline_not_published"
    sentence = N_("This activity is not open: it is a draft or was cancelled.")


class DeciderRecorded(Forbidden):
    """The recorder does not judge their own list, nor a member their own hours."""

    code = "offline_decider_recorded"
    sentence = N_("You recorded this yourself, or it is about you, so somebody else decides.")
    next_step = N_("Another coordinator or an administrator finds it in their list.")


class DecidedAlready(Conflict):
    """Somebody was faster."""

    code = "offline_decided_already"
    sentence = N_("Somebody has decided this already.")


class NobodyKnown(Conflict):
    """There is nobody whom the scan could count for."""

    code = "offline_nobody_known"
    sentence = N_("It is not known who was scanned, so it cannot count for anybody.")
    next_step = N_("Refuse it. Hours can be entered by hand with a reason.")


class HoursStand(Conflict):
    """The record was made from the other side already."""

    code = "offline_hours_stand"
    sentence = N_("The hours have been worked out from the other scan already.")
    next_step = N_("Refuse this one. If the hours are wrong, correct the record.")


class ArrivalMissing(Conflict):
    """Leaving cannot count without arriving."""

    code = "offline_arrival_missing"
    sentence = N_("There is no arrival to this leaving.")
    next_step = N_("Accept the arrival first, if there is one here; otherwise enter the hours by hand.")
