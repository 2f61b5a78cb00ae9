"""Refusals at the door."""

from timebank.errors import N_, Conflict, Forbidden, Invalid, Throttled


class LogInFailed(Invalid):
    """No such name, or another password: which of them is not said."""

    code = "log_in_failed"
    sentence = N_("The phone or volunteer number and the password do not match.")
    next_step = N_(
        "Check both. If you have forgotten your password, ask your coordinator for a new invitation."
    )


class LockedOut(Throttled):
    """Too many failed tries under one name."""

    code = "locked_out"
    sentence = N_("Too many wrong attempts. Wait %(minutes)s minutes, then try again.")


class InvitationSpent(Invalid):
    """The invitation link was used, has lapsed, or never was."""

    code = "invitation_spent"
    sentence = N_("This invitation has been used already or is too old.")
    next_step = N_("Ask your coordinator for a new one.")


class PasswordTooWeak(Invalid):
    """Shorter than eight characters, or a string that everybody tries first."""

    code = "password_too_weak"
    sentence = N_(
        "Choose a password of at least 8 characters that is not your phone number and not a common one."
    )


class LoginNameTaken(Conflict):
    """Somebody else logs in under this name."""

    code = "login_name_taken"
    sentence = N_("Somebody already logs in with %(name)s.")
    next_step = N_("Use the volunteer number to log in instead.")


class GrantToSelf(Forbidden):
    """Nobody gives a role to themselves."""

    code = "grant_to_self"
    sentence = N_("You cannot give a role to yourself.")
    next_step = N_("Ask another administrator.")
