"""Refusals at the door."""

from timebank.errors import N_, Absent, Conflict, Forbidden, Invalid, Throttled


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


class AccountSuspended(Forbidden):
    """The user may not log in at present, whatever they hold in their hands."""

    code = "account_suspended"
    sentence = N_("This account is suspended: nobody can log in with it at present.")
    next_step = N_("Ask your administrator.")


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


class UserAbsent(Absent):
    """No such user within the actor's scope."""

    code = "user_not_found"
    sentence = N_("This user was not found.")


class GrantAbsent(Absent):
    """No such current role of this user within the actor's scope."""

    code = "grant_not_found"
    sentence = N_("This role was not found; it may have been taken back already.")


class ApiKeyAbsent(Absent):
    """No such key within the actor's scope."""

    code = "api_key_not_found"
    sentence = N_("This API key was not found.")


class ActOnSelf(Forbidden):
    """Nobody takes a role from themselves or suspends themselves: a slip would lock the last door."""

    code = "act_on_self"
    sentence = N_("You cannot do this to yourself.")
    next_step = N_("Ask another administrator.")


class UserBeyondScope(Forbidden):
    """The user holds a role outside the actor's own subtree, or above it.

    Whoever may invite somebody can open the invitation themselves, so an invitation is worth as much
    as every role of the person invited.
    """

    code = "user_beyond_scope"
    sentence = N_("%(name)s holds a role that you may not decide about.")
    next_step = N_("Ask an administrator who is responsible for all of this person's roles.")


class LabelInvalid(Invalid):
    """A key or a user without a name."""

    code = "label_invalid"
    sentence = N_("Enter a name of at most 60 characters.")
