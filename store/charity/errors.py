"""Refusals about donated goods."""

from timebank.errors import N_, Absent, Conflict, Invalid


class HandoutAbsent(Absent):
    """No such handout in this shop."""

    code = "handout_not_found"
    sentence = N_("This handout was not found.")


class DonationAbsent(Absent):
    """No such donation in this shop."""

    code = "donation_not_found"
    sentence = N_("This donation was not found.")


class FairAbsent(Absent):
    """No such fair in this shop."""

    code = "fair_not_found"
    sentence = N_("This fair was not found.")


class RecipientMissing(Invalid):
    """Donated goods go to somebody by name."""

    code = "recipient_missing"
    sentence = N_("Enter who gets the goods: a volunteer number, or a name and where the person lives.")


class NothingChosen(Invalid):
    """No units were entered."""

    code = "no_donated_units_chosen"
    sentence = N_("Enter how many of which goods are handed out.")


class NotDonated(Conflict):
    """The batch was bought, is of another shop, or is past its date."""

    code = "not_donated"
    sentence = N_("Only donated goods within their date are handed out here.")


class HandoutKeyReused(Conflict):
    """The page's key stands for another handout."""

    code = "handout_key_reused"
    sentence = N_("This form was sent before with other content. Nothing was handed out now.")
    next_step = N_("Look at the handouts below, then open the page anew.")


class FairInvalid(Invalid):
    """Without a name, or with days the wrong way round."""

    code = "fair_invalid"
    sentence = N_("Enter a name of at most 60 characters, not used before, and days that follow each other.")
