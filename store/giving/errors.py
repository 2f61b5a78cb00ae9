"""Refusals about points that are given away."""

from timebank.errors import N_, Conflict, Forbidden, Invalid


class GiftAmountInvalid(Invalid):
    """Not an amount above zero with at most two decimals."""

    code = "gift_amount_invalid"
    sentence = N_("Enter how many points: more than 0, at most two decimals.")


class GiftPointsShort(Conflict):
    """More than one can spend."""

    code = "gift_points_short"
    sentence = N_("You can give away at most %(available)s points.")


class NotFamily(Forbidden):
    """Points are given within a household only."""

    code = "gift_outside_household"
    sentence = N_("Points can be given to people of your own household only.")
    next_step = N_("Ask your coordinator to put you into one household in the register.")


class GiftKeyReused(Conflict):
    """The page was sent before with other content."""

    code = "gift_key_reused"
    sentence = N_("This form was sent before with other content. Nothing was given now.")
    next_step = N_("Look at your points, then open the page anew.")


class ReceiverMissing(Invalid):
    """Nobody was chosen."""

    code = "receiver_missing"
    sentence = N_("Choose to whom you give.")
