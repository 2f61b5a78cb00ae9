"""Refusals about appointments."""

from timebank.errors import N_, Absent, Conflict, Invalid


class AppointmentAbsent(Absent):
    """No such appointment within the actor's scope, or a made-up word."""

    code = "appointment_not_found"
    sentence = N_("This appointment was not found.")


class AppointmentEnded(Conflict):
    """The service was given, or will not be."""

    code = "appointment_ended"
    sentence = N_("This appointment is settled already.")


class PlanIncomplete(Invalid):
    """A plan is a day and somebody who comes."""

    code = "plan_incomplete"
    sentence = N_("Enter the day and time, and who provides the service.")


class PlannedInThePast(Invalid):
    """Nobody agrees on a time that is over."""

    code = "planned_in_the_past"
    sentence = N_("The agreed time must not lie in the past.")
    next_step = N_("Enter a day and time that are still ahead.")


class NotPlannedYet(Conflict):
    """Nothing is confirmed that was never agreed."""

    code = "not_planned_yet"
    sentence = N_("No day was agreed yet.")
    next_step = N_("Enter the day and the provider first.")


class SlipNumberWrong(Invalid):
    """What was read aloud does not stand on this appointment's slip."""

    code = "slip_number_wrong"
    sentence = N_("This number does not stand on the slip of this appointment.")
    next_step = N_("Let the provider read the eight digits once more.")


class StillAhead(Conflict):
    """What lies in the future has not been given."""

    code = "still_ahead"
    sentence = N_("The agreed time is not here yet.")
    next_step = N_("Confirm it after the service was given.")
