"""Refusals about certificates."""

from timebank.errors import N_, Absent, Conflict, Forbidden, Invalid


class CertificateAbsent(Absent):
    """No such certificate within what the actor may see."""

    code = "certificate_not_found"
    sentence = N_("This certificate was not found.")
    next_step = N_("Compare the address with the one on the paper.")


class RequestAbsent(Absent):
    """No such request within what the actor may see."""

    code = "certificate_request_not_found"
    sentence = N_("This request was not found.")


class NothingServed(Invalid):
    """No confirmed hours of this organisation in the period."""

    code = "nothing_served"
    sentence = N_("There are no confirmed hours of this organisation in these days.")
    next_step = N_("Choose other days, or another organisation.")


class PeriodInvalid(Invalid):
    """The period ends before it begins, or lies ahead."""

    code = "period_invalid"
    sentence = N_("The last day lies before the first, or in the future.")


class AlreadyAsked(Conflict):
    """A request to this organisation is open."""

    code = "certificate_already_asked"
    sentence = N_("You have asked this organisation already. The answer is on its way.")


class OwnCertificate(Forbidden):
    """Nobody certifies themselves."""

    code = "own_certificate"
    sentence = N_("Nobody issues or refuses their own certificate.")
    next_step = N_("Ask another coordinator of your station, or your administrator.")


class AlreadyAnswered(Conflict):
    """Somebody has answered the request."""

    code = "certificate_already_answered"
    sentence = N_("Somebody has already answered this request.")


class ReasonMissing(Invalid):
    """A refusal or a revocation needs words."""

    code = "certificate_reason_missing"
    sentence = N_("Write a reason. The volunteer and the auditor will read it.")
