"""Refusals of the fraud room."""

from timebank.errors import N_, Absent, Conflict, Forbidden, Invalid


class CaseAbsent(Absent):
    """There is no such case, or none that this person may know of."""

    code = "case_not_found"
    sentence = N_("This case was not found.")
    next_step = N_("Go back to the list of cases.")


class AlertAbsent(Absent):
    """There is no such alert, or none that this person may know of."""

    code = "alert_not_found"
    sentence = N_("This alert was not found.")


class DrawAbsent(Absent):
    """There is no such random audit."""

    code = "draw_not_found"
    sentence = N_("This random audit was not found.")


class OwnDrawn(Forbidden):
    """Nobody audits what is their own."""

    code = "own_record_drawn"
    sentence = N_("This service is yours, your household's, your unit's, or passed through your hands.")
    next_step = N_("Another auditor looks at it.")


class RuleAbsent(Absent):
    """There is no rule of this code."""

    code = "fraud_rule_not_found"
    sentence = N_("This rule was not found.")


class CaseClosed(Conflict):
    """The case is not in the state that this act needs."""

    code = "case_not_open"
    sentence = N_("Somebody has already decided about this case.")
    next_step = N_("Load the page again to see what was decided.")


class SecondPersonNeeded(Forbidden):
    """Whoever decided does not sign, and does not answer the appeal."""

    code = "had_a_part_in_it"
    sentence = N_("You had a part in the decision, so somebody else does this.")
    next_step = N_("Ask another auditor or the administrator.")


class ReasonNeeded(Invalid):
    """A decision without a reason helps nobody."""

    code = "reason_needed"
    sentence = N_("Please say why, in a sentence that the member may read.")


class RecordForeign(Invalid):
    """Only records of the case's own people can be taken back by it."""

    code = "record_foreign"
    sentence = N_("Service record %(record)s does not belong to the people of this case.")


class PersonForeign(Invalid):
    """Only the case's own people can be suspended by it."""

    code = "person_foreign"
    sentence = N_("This member does not belong to the people of this case.")


class OutcomeUnknown(Invalid):
    """The form sent an outcome that does not exist."""

    code = "outcome_unknown"
    sentence = N_("Please choose what is decided.")


class NothingChosen(Invalid):
    """An outcome that takes something back names what."""

    code = "nothing_chosen"
    sentence = N_("Please choose at least one record to take back, or one member to suspend.")


class AppealTooLate(Conflict):
    """The time to appeal has passed."""

    code = "appeal_too_late"
    sentence = N_("The time to appeal ended on %(day)s.")
    next_step = N_("Ask the county's office; it can open the matter again.")


class AppealTaken(Conflict):
    """One appeal for each decision and member."""

    code = "appeal_taken"
    sentence = N_("Your appeal has already been received.")


class SettingInvalid(Invalid):
    """A threshold lies outside its limits."""

    code = "setting_invalid"
    sentence = N_("Please give a whole number from %(least)s to %(most)s.")


class SettingOfThePast(Invalid):
    """Settings begin today or later: what was found under the old ones stays as it is."""

    code = "setting_of_the_past"
    sentence = N_("Settings begin today or later.")


class SettingChangedMeanwhile(Conflict):
    """Nobody overwrites what another has set without having seen it."""

    code = "setting_changed_meanwhile"
    sentence = N_(
        "Somebody else has set this rule since you opened the page; it stands below. Save again if you still want yours."
    )


class DrawMade(Conflict):
    """One draw for each month and place."""

    code = "draw_made"
    sentence = N_("The audit of this month has already been drawn.")
    next_step = N_("Open it in the list.")


class MonthNotOver(Invalid):
    """What is drawn and published stays; a month that still runs would be told too early."""

    code = "month_not_over"
    sentence = N_("This month is not over yet. Please choose an earlier one.")


class NothingToDraw(Conflict):
    """There is nothing to draw from."""

    code = "nothing_to_draw"
    sentence = N_("No confirmed services of this month are without suspicion, so there is nothing to draw.")


class DecoyAbsent(Absent):
    """There is no such decoy, or none that this person may know of."""

    code = "decoy_not_found"
    sentence = N_("This page was not found.")


class DecoySubjectAbsent(Invalid):
    """The number belongs to nothing within the actor's scope."""

    code = "decoy_subject_not_found"
    sentence = N_("There is no activity or member with this number here.")


class DecoyKnown(Conflict):
    """One standing decoy for each activity or member."""

    code = "decoy_known"
    sentence = N_("This is a decoy already.")


class DecoySettled(Conflict):
    """It has been signed, or has ended."""

    code = "decoy_settled"
    sentence = N_("Somebody has already signed or ended this decoy.")


class PlaceNeeded(Invalid):
    """Who holds the right in one county sets the rules of that county."""

    code = "county_needed"
    sentence = N_("Please choose the county for which it holds.")


class RingReportAbsent(Absent):
    """There is no such weekly report on rings."""

    code = "ring_report_not_found"
    sentence = N_("This weekly report was not found.")
