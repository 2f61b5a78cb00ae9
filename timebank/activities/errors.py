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


class ShiftCancelled(Conflict):
    """This shift was called off; others of its activity may take place. Facts: reason."""

    code = "shift_cancelled"
    sentence = N_("This shift was called off (%(reason)s).")
    next_step = N_("See whether another date suits you.")


class CancelReasonMissing(Invalid):
    """Nothing is called off without a word why."""

    code = "cancel_reason_missing"
    sentence = N_("Write the reason: everybody who is signed up will read it.")


class NotPublished(Conflict):
    """The activity is a draft."""

    code = "not_published"
    sentence = N_("This activity is not published yet.")


class ShiftFull(Conflict):
    """All places are taken. Facts: capacity."""

    code = "full"
    sentence = N_("All places are taken (%(capacity)s).")
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


class PostsInvalid(Invalid):
    """Posts with the same name, or one without places."""

    code = "posts_invalid"
    sentence = N_("Each post has a name of its own and 1 to 10,000 places.")


class SignUpClosed(Conflict):
    """Sign-up has ended before the start. Facts: none."""

    code = "sign_up_closed"
    sentence = N_("Sign-up has closed.")
    next_step = N_("Ask the organiser whether there is still a way.")


class OtherCounty(Conflict):
    """The activity belongs to another county."""

    code = "other_county"
    sentence = N_("This activity is another county's. You can sign up in your own.")


class SkillMissing(Conflict):
    """A condition: a skill. Facts: skill."""

    code = "condition_skill"
    sentence = N_("This asks for a skill that is not in your register: %(skill)s.")
    next_step = N_("If you have it, ask your coordinator to write it down.")


class AgeOutside(Conflict):
    """A condition: an age. Facts: ages."""

    code = "condition_age"
    sentence = N_("This is for ages %(ages)s.")


class AgeUnknown(Conflict):
    """A condition on age, and the member's birthday is not known. Facts: ages."""

    code = "condition_age_unknown"
    sentence = N_("This is for ages %(ages)s, and your birthday is not in the register.")
    next_step = N_("Ask your coordinator to write it down.")


class WomenOnly(Conflict):
    """A condition: women."""

    code = "condition_women"
    sentence = N_("This activity is for women.")


class MenOnly(Conflict):
    """A condition: men."""

    code = "condition_men"
    sentence = N_("This activity is for men.")


class InsuranceMissing(Conflict):
    """A condition: insurance noted for the day."""

    code = "condition_insurance"
    sentence = N_("This asks for an insurance, and none is noted for you on that day.")
    next_step = N_("Show it to your coordinator, who notes it.")


class NotFull(Conflict):
    """Somebody wants to wait where there are places."""

    code = "not_full"
    sentence = N_("There are free places: sign up instead of waiting.")


class OfferGone(Conflict):
    """No place is offered to this member, or no longer."""

    code = "offer_gone"
    sentence = N_("This place is no longer kept for you: the time to answer is over.")
    next_step = N_("Sign up again to stand at the end of the waiting list.")


class NotFamily(Conflict):
    """A helper signs up somebody outside their household."""

    code = "not_family"
    sentence = N_("You can sign up members of your own household only.")
    next_step = N_("Ask the organiser to sign the other person up.")


class CannotExtend(Conflict):
    """A shift's plan cannot be made longer like this."""

    code = "cannot_extend"
    sentence = N_("The end can only be moved later, while the shift runs, to at most 16 hours in all.")


class ShiftConfirmed(Conflict):
    """The coordinator has closed the shift."""

    code = "shift_confirmed"
    sentence = N_("This shift has been confirmed. Its plan no longer changes.")


class OverBudget(Conflict):
    """The county's budget is binding and would be exceeded. Facts: organisation, liable, stock, percent."""

    code = "over_budget"
    sentence = N_(
        "The budget of %(organisation)s does not allow it: with this activity %(liable)s points would be out, and the goods on the shelves are worth %(stock)s. At least %(percent)s %% must be covered."
    )
    next_step = N_("Plan fewer places or less time, or ask the county for more goods.")


class PlacesUnlimited(Conflict):
    """The budget is binding and a shift has no number of places."""

    code = "places_unlimited"
    sentence = N_("The county's budget is binding, so every shift needs a number of places.")
    next_step = N_("Enter the places, then publish.")


class TemplateAbsent(Absent):
    """No such template within what the actor may see."""

    code = "template_not_found"
    sentence = N_("This template was not found.")


class TemplateNameTaken(Invalid):
    """The organisation has a template of that name. Facts: name."""

    code = "template_name_taken"
    sentence = N_("There is a template called “%(name)s” already.")


class NothingToRepeat(Invalid):
    """The repetition has no date, or too many."""

    code = "nothing_to_repeat"
    sentence = N_("No date fits: choose at least one weekday and a last day after the first date.")


class PhotoInvalid(Invalid):
    """No picture of an accepted kind, or one that is too large."""

    code = "activity_photo_invalid"
    sentence = N_("Choose a picture (JPEG, PNG or WebP) of at most 5 MB.")


class CalendarAbsent(Absent):
    """No calendar under this address, or one that was renewed."""

    code = "calendar_not_found"
    sentence = N_("There is no calendar at this address. It may have been renewed.")
