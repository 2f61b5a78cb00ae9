"""Refusals about stock."""

from timebank.errors import N_, Conflict, Invalid


class QuantityInvalid(Invalid):
    """Not a whole number of units above zero, or absurdly many."""

    code = "invalid_quantity"
    sentence = N_("The quantity is a whole number from 1 to %(most)s.")


class CountInvalid(Invalid):
    """Not a whole number of units from zero, or absurdly many."""

    code = "invalid_count"
    sentence = N_("Enter how many you counted: a whole number from 0 to %(most)s.")


class ReasonMissing(Invalid):
    """Something that must be explained was not."""

    code = "reason_missing"
    sentence = N_("Write down the reason: the auditor will read it.")


class StockShort(Conflict):
    """Fewer units are on the shelf than are wanted."""

    code = "stock_short"
    sentence = N_("%(product)s: %(left)s on the shelf, %(wanted)s wanted.")
    next_step = N_("Take fewer, or count the shelf if more are there.")


class MovementKeyReused(Conflict):
    """The page's key already stands for another movement."""

    code = "movement_key_reused"
    sentence = N_("This form was sent before with other content. Nothing was booked now.")
    next_step = N_("Look at the movements below, then open the page anew.")
