"""Refusals about notices and addresses."""

from timebank.errors import N_, Absent, Conflict, Invalid, Throttled


class NoticeAbsent(Absent):
    """No such notice, or somebody else's."""

    code = "notice_not_found"
    sentence = N_("This notice was not found.")


class DeliveryAbsent(Absent):
    """No such line of the outbox within the actor's scope."""

    code = "delivery_not_found"
    sentence = N_("This message was not found.")


class AddressInvalid(Invalid):
    """Not an e-mail address."""

    code = "address_invalid"
    sentence = N_("Enter an e-mail address, for example name@example.com.")


class AddressLinkInvalid(Invalid):
    """The confirming link is not ours, too old, or of an address that was changed since."""

    code = "address_link_invalid"
    sentence = N_("This link does not work any more.")
    next_step = N_("Log in, open your notices and let us send a new link.")


class DeliveryNotDead(Conflict):
    """It is still on its way, or it has arrived."""

    code = "delivery_not_given_up"
    sentence = N_("This message was not given up, so there is nothing to send again.")


class TooManyQuestions(Throttled):
    """Enough questions were sent today."""

    code = "too_many_address_questions"
    sentence = N_("We have sent enough confirmation links today.")
    next_step = N_("Look into the folder for unwanted mail, or try again tomorrow.")
