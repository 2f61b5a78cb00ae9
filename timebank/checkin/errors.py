"""Refusals that are no answer to a scan: the page itself cannot be used."""

from timebank.errors import N_, Absent, Conflict, Forbidden, Invalid


class TicketAbsent(Absent):
    """No such scan, or one made on another phone: an address that somebody was sent is worth nothing."""

    code = "scan_not_found"
    sentence = N_("This scan was made on another phone, or is too old.")
    next_step = N_("Scan the code on the organiser's screen yourself.")


class NotAVolunteer(Forbidden):
    """The user is no member, so there is nobody to check in."""

    code = "not_a_volunteer"
    sentence = N_("You are logged in, but not as a volunteer, so there is nobody to check in.")
    next_step = N_("Log in with your volunteer number.")


class PhotoUnreadable(Invalid):
    """The file is no picture, too large a picture, or there is no code in it."""

    code = "photo_unreadable"
    sentence = N_("No code was found in this picture.")
    next_step = N_("Come closer, hold the phone still, and take it again.")


class ShortCodeWrong(Invalid):
    """The six digits are not shown anywhere now."""

    code = "short_code_wrong"
    sentence = N_("These six digits are not on a screen now.")
    next_step = N_("Look at the screen again: they change every minute.")


class DisplayForeign(Conflict):
    """The display session is of another shift, kind or person."""

    code = "display_foreign"
    sentence = N_("This screen was opened by somebody else.")
    next_step = N_("Reload the page.")


class KeysUsedUp(Conflict):
    """All numbers that a code can name are used up."""

    code = "scan_keys_used_up"
    sentence = N_("All 255 keys have been used.")
    next_step = N_("Give the installation a new SECRET_KEY; every card and printed code has to be made anew.")


class KioskClosed(Absent):
    """The tablet's time at the door is over."""

    code = "kiosk_closed"
    sentence = N_("This tablet is no longer set up for the shift.")
    next_step = N_("A coordinator logs in and sets it up again.")


class NotForTablet(Invalid):
    """Neither a card nor a phone code; a typed volunteer number is worth nothing where nobody stands beside."""

    code = "kiosk_code_invalid"
    sentence = N_("This is no card and no code of a phone that counts here.")
    next_step = N_("Hold up your paper card or the code on your phone. Without either, ask the organiser.")


class PinWrong(Invalid):
    """Not the PIN that the tablet was set up with."""

    code = "kiosk_pin_wrong"
    sentence = N_("That is not the PIN of this tablet.")
    next_step = N_("Ask the coordinator, who can also end it from the activity's screen.")


class PrintedCodeAbsent(Absent):
    """No such printed code in this activity."""

    code = "printed_code_not_found"
    sentence = N_("There is no such printed code.")


class SpotCheckImpossible(Conflict):
    """Not during the shift, or the shift is too short for one."""

    code = "spot_check_impossible"
    sentence = N_("A spot check is made while the shift is on, in shifts of at least %(minutes)s minutes.")
