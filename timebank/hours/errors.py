"""Refusals about attendance and service records."""

from collections.abc import Mapping

from timebank.errors import N_, Absent, Conflict, Forbidden, Invalid, Refusal


class RecordAbsent(Absent):
    """No such service record within what the actor may see."""

    code = "record_not_found"
    sentence = N_("This service record was not found.")


class AlreadyInside(Conflict):
    """The member is checked in to this shift."""

    code = "already_in"
    sentence = N_("You are checked in already.")


class AlreadyOut(Conflict):
    """The member has been at this shift and has left."""

    code = "already_out"
    sentence = N_("You are checked out already.")


class InsideElsewhere(Conflict):
    """The member is checked in to another shift. Facts: title."""

    code = "inside_elsewhere"
    sentence = N_("You are still checked in to “%(title)s”.")
    next_step = N_("Check out there first.")


class OwnRecord(Forbidden):
    """Nobody decides about their own hours."""

    code = "own_record"
    sentence = N_("These are your own hours. Somebody else has to decide about them.")
    next_step = N_("Ask another coordinator of your station, or your administrator.")


class OwnHousehold(Forbidden):
    """Nobody decides about the hours of somebody they live with."""

    code = "own_household"
    sentence = N_("This person lives in your household. Somebody else has to decide about these hours.")
    next_step = N_("Ask another coordinator of your station, or your administrator.")


class OwnEntry(Forbidden):
    """Who typed an entry in does not confirm it."""

    code = "own_entry"
    sentence = N_("You entered this by hand yourself. A second person has to confirm it.")
    next_step = N_("Ask another coordinator of your station, or your administrator.")


class AlreadyDecided(Conflict):
    """Somebody has decided about the record."""

    code = "already_decided"
    sentence = N_("Somebody has already decided about this record.")
    next_step = N_("Reload the page to see the decision.")


class ReasonMissing(Invalid):
    """A decision that needs words has none."""

    code = "decision_reason_missing"
    sentence = N_("Write a reason. The volunteer and the auditor will read it.")


class NothingToTakeBack(Conflict):
    """The record is not approved."""

    code = "nothing_to_take_back"
    sentence = N_("Only a confirmed record can be taken back.")


class AlreadySpent(Conflict):
    """What the record gave has left the account. Facts: available, wanted."""

    code = "already_spent"
    sentence = N_("The volunteer has already used what this record gave, so it cannot be taken back now.")
    next_step = N_("Speak to the volunteer; take it back when the balance allows it.")


class NotOverYet(Conflict):
    """Entries by hand wait for the end of the shift."""

    code = "not_over_yet"
    sentence = N_("Entries by hand are possible after the shift has ended.")


class EntryClosed(Conflict):
    """Too long after the shift. Facts: days."""

    code = "entry_closed"
    sentence = N_("Entries by hand are closed %(days)s days after the shift.")


class QuotaUsed(Conflict):
    """The activity has had its entries by hand. Facts: quota."""

    code = "quota_used"
    sentence = N_("This activity has had its %(quota)s entries by hand.")
    next_step = N_("Next time, scan members' cards at the place.")


class AlreadyRecorded(Conflict):
    """There is an attendance of this member at this shift."""

    code = "already_recorded"
    sentence = N_("There is an attendance of this member at this shift already.")
    next_step = N_("Decide about the existing record instead.")


class OverlapsOther(Conflict):
    """The member was somewhere else at that time. Facts: title."""

    code = "overlaps_other"
    sentence = N_("At that time the member was at “%(title)s”.")


class TimesImplausible(Invalid):
    """Coming and going lie outside the shift, or the wrong way round."""

    code = "times_implausible"
    sentence = N_("Coming lies before going, and both lie around the shift.")


class NothingToConvert(Conflict):
    """The time account does not hold that much, or the part earns no points. Facts: available (minutes)."""

    code = "nothing_to_convert"
    sentence = N_("That is more than your time account holds, or too little for a point.")


class ConversionUnavailable(Conflict):
    """This county books points at once, or has no rule to convert by today."""

    code = "conversion_unavailable"
    sentence = N_("Hours cannot be converted here today.")
    next_step = N_("Ask your station when a points rule applies again.")


class ConversionOverCap(Conflict):
    """The rule's cap leaves less. Facts: most (hours as words)."""

    code = "conversion_over_cap"
    sentence = N_("The rule's cap leaves room for at most %(most)s today.")
    next_step = N_("Convert less today and the rest later: hours do not lapse.")


class EvidenceAbsent(Absent):
    """No such file within what the actor may see."""

    code = "evidence_not_found"
    sentence = N_("This file was not found.")


class EvidenceMissing(Invalid):
    """An entry by hand brings a photo or a PDF."""

    code = "evidence_missing"
    sentence = N_(
        "Add a photo or a PDF that shows it, for example a picture of the group or of the paper list."
    )


class EvidenceTooLarge(Invalid):
    """More than the county's limit. Facts: most (megabytes)."""

    code = "evidence_too_large"
    sentence = N_("This file is too large. At most %(most)s MB; take the photo with a lower resolution.")


class EvidenceInvalid(Invalid):
    """Neither a picture nor a PDF, whatever its name says."""

    code = "evidence_invalid"
    sentence = N_("This is no photo (JPEG, PNG, WebP) and no PDF that can be read.")


class SheetEmpty(Invalid):
    """A sheet without rows."""

    code = "sheet_empty"
    sentence = N_("Tick at least one person who signed the sheet.")


class SheetRefused(Conflict):
    """Single rows of a sheet cannot be entered, so none was."""

    code = "sheet_refused"
    sentence = N_("Some rows cannot be entered, so none was. What is wrong stands beside each.")

    def __init__(self, rows: Mapping[int, Refusal]) -> None:
        """Args: rows: what is wrong, by member id."""
        super().__init__()
        self.rows = rows


class NotYourRecord(Forbidden):
    """Only the member herself says how it was."""

    code = "not_your_record"
    sentence = N_("Only the member herself can say this.")


class WordNotWanted(Conflict):
    """Scans have shown it already."""

    code = "word_not_wanted"
    sentence = N_("This record does not need the member's word.")


class AlreadySaid(Conflict):
    """The member has said the opposite."""

    code = "already_said"
    sentence = N_("The member has spoken about this record already.")


class WordOfAnother(Invalid):
    """The card shown is somebody else's, or only a number was typed."""

    code = "word_of_another"
    sentence = N_("This is not the member's own card or phone code.")
    next_step = N_("Scan the card or the code that she shows you. Her number alone is not enough.")


class WordMissing(Conflict):
    """The member has not said yet that it was so."""

    code = "word_missing"
    sentence = N_("The member has not said yet that it was so.")
    next_step = N_("She finds it on her page of service records; or scan the card that she shows you.")


class NothingToCorrect(Conflict):
    """The record waits for its decision, comes from an old register, or another one stands for it."""

    code = "nothing_to_correct"
    sentence = N_(
        "This record cannot be corrected: it is not decided yet, or another one stands in its place."
    )


class CorrectionClosed(Conflict):
    """Too long after the decision. Facts: days."""

    code = "correction_closed"
    sentence = N_("A correction can be asked for during %(days)s days after the decision.")
    next_step = N_("Speak to your station.")


class AlreadyAsked(Conflict):
    """The request is open."""

    code = "already_asked"
    sentence = N_("You have asked for this correction already. The answer is on its way.")


class AlreadyAnswered(Conflict):
    """Somebody has answered the request."""

    code = "already_answered"
    sentence = N_("Somebody has already answered this request.")
    next_step = N_("Reload the page to see the answer.")


class CorrectionAbsent(Absent):
    """No such request within what the actor may see."""

    code = "correction_not_found"
    sentence = N_("This request was not found.")


class HeadCountInvalid(Invalid):
    """Not a number of people."""

    code = "head_count_invalid"
    sentence = N_("Write how many people you counted, for example 12.")


class HeadCountUnexplained(Invalid):
    """The count is far from those who were checked in, and nobody says why. Facts: counted, inside."""

    code = "head_count_unexplained"
    sentence = N_(
        "You counted %(counted)s people, and %(inside)s were checked in at the fullest moment. Look at the list, count again, or write why they differ."
    )
    next_step = N_("Write one sentence. It stays on record with the count, and the auditor reads it.")


class NoShowAbsent(Absent):
    """The member has not missed this shift."""

    code = "no_show_not_found"
    sentence = N_("This member has not missed this shift.")
