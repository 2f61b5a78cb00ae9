"""Refusals about activities and sign-ups."""

from timebank.errors import N_, Absent, Conflict, Invalid


class ActivityAbsent(Absent):
    """No such activity within what the actor may see."""

    code = "activity_not_found"
    sentence = N_("This activity was not found.")


class ShiftTimesInvalid(Invalid):
    """A shift that ends before it begins, or is far too long."""

    code = "shift_times_invalid"
    sentence = N_("A shift ends after it begins and lasts 15 minutes to 16 hours.")


class ShiftsMissing(Invalid):
    """An activity without any shift."""

    code = "shifts_missing"
    sentence = N_("Enter at least one shift.")


class NoPointsRule(Conflict):
    """No points rule covers the day of a shift. Facts: day."""

    code = "no_points_rule"
    sentence = N_(
        "No points rule applies to this category on %(day)s, so nobody could know what the service earns."
    )
    next_step = N_("Ask an administrator to add a points rule for these days, then publish.")


class AlreadyBegun(Conflict):
    """What only works before the start comes too late."""

    code = "already_begun"
    sentence = N_("It has already begun.")
    next_step = N_("Speak to the organiser at the place.")


class PublishedTooLate(Conflict):
    """A shift begins before its publication."""

    code = "published_too_late"
    sentence = N_("An activity is published before it begins. The first shift has begun already.")
    next_step = N_("Change the times of the shift, then publish.")


class ActivityCancelled(Conflict):
    """The activity was called off."""

    code = "activity_cancelled"
    sentence = N_("This activity was cancelled.")
    next_step = N_("Find another activity.")


class ActivityOver(Conflict):
    """The last shift has ended; there is nothing left to call off or change."""

    code = "activity_over"
    sentence = N_("This activity is over.")


class NotPublished(Conflict):
    """The activity is a draft."""

    code = "not_published"
    sentence = N_("This activity is not published yet.")


class ShiftFull(Conflict):
    """All places are taken. Facts: capacity."""

    code = "full"
    sentence = N_("All %(capacity)s places are taken.")
    next_step = N_("Choose another shift, or look again later: places become free.")


class ShiftOverlaps(Conflict):
    """The member has a place elsewhere at the same time. Facts: title."""

    code = "sign_up_overlap"
    sentence = N_("At this time you are signed up for “%(title)s”.")
    next_step = N_("Give up the other place first if you would rather come here.")


class ShiftHasSignUps(Conflict):
    """People are signed up for a shift that is to be removed or made smaller. Facts: count."""

    code = "shift_has_sign_ups"
    sentence = N_("%(count)s people are signed up for this shift.")
    next_step = N_("Keep the shift and enough places, or cancel the activity with a reason.")


class ShiftInUse(Conflict):
    """The shift's code was shown, or somebody scanned it."""

    code = "shift_in_use"
    sentence = N_("This shift can no longer be removed: its code was shown already.")
    next_step = N_("Keep the shift, or cancel the activity with a reason.")
