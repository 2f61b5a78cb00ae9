"""Refusals about stock."""

from timebank.errors import N_, Absent, Conflict, Forbidden, Invalid


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
    next_step = N_("Take fewer. Where more are there, the shop counts the shelf first.")


class MovementKeyReused(Conflict):
    """The page's key already stands for another movement."""

    code = "movement_key_reused"
    sentence = N_("This form was sent before with other content. Nothing was booked now.")
    next_step = N_("Look at the movements below, then open the page anew.")


class StockExpired(Conflict):
    """The rest of the shelf is past its date."""

    code = "stock_expired"
    sentence = N_("%(product)s: %(wanted)s wanted, only %(left)s are within their date and free.")
    next_step = N_("Put what is past its date aside and write it off; it must not be handed out.")


class BatchShort(Conflict):
    """The batch that was named holds fewer units, or is not of this shelf."""

    code = "batch_short"
    sentence = N_("This batch holds %(left)s, %(wanted)s wanted.")
    next_step = N_("Take fewer, or choose another batch.")


class BestBeforePast(Invalid):
    """Goods that are expired already do not come onto the shelf."""

    code = "best_before_past"
    sentence = N_("The best-before date has passed: these goods must not be handed out.")
    next_step = N_("Check the year. If it is right, give the goods back or throw them away.")


class BestBeforeFar(Invalid):
    """A year that is surely a slip of the finger."""

    code = "best_before_far"
    sentence = N_("The best-before date lies more than 20 years ahead.")


class UnitCostInvalid(Invalid):
    """Not an amount of money with at most two decimals."""

    code = "invalid_unit_cost"
    sentence = N_("The value of a unit is an amount of money such as 12.50.")


class ReceiptAbsent(Absent):
    """No such receipt in the actor's scope."""

    code = "stock_receipt_not_found"
    sentence = N_("This goods-in paper was not found.")


class ReceiptElsewhere(Conflict):
    """The receipt belongs to another shop, or to other people's work."""

    code = "stock_receipt_elsewhere"
    sentence = N_("This goods-in paper belongs to another shop.")


class WriteOffAbsent(Absent):
    """No such write-off in the actor's scope."""

    code = "write_off_not_found"
    sentence = N_("This write-off was not found.")


class WriteOffDecided(Conflict):
    """Somebody decided it before."""

    code = "write_off_decided"
    sentence = N_("This write-off was decided already.")


class SecondPersonNeeded(Forbidden):
    """Whoever asked does not agree to it."""

    code = "stock_second_person_needed"
    sentence = N_("Somebody else has to agree: not the person who counted or asked.")
    next_step = N_("Ask a colleague or your administrator.")


class TransferAbsent(Absent):
    """No such transfer in the actor's scope."""

    code = "transfer_not_found"
    sentence = N_("This transfer was not found.")


class TransferEmpty(Invalid):
    """Nothing to send, or nothing that was sent."""

    code = "transfer_empty"
    sentence = N_("Say what is sent, and how many of it.")


class TransferSameShop(Invalid):
    """From a shop to itself, or to another county's."""

    code = "transfer_same_shop"
    sentence = N_("Choose another shop of your county.")


class TransferArrived(Conflict):
    """It was received before."""

    code = "transfer_arrived"
    sentence = N_("This transfer was received already.")


class StocktakeAbsent(Absent):
    """No such stocktake in the actor's scope."""

    code = "stocktake_not_found"
    sentence = N_("This stocktake was not found.")


class StocktakeRunning(Conflict):
    """The shop is being counted already."""

    code = "stocktake_running"
    sentence = N_("This shop is being counted already.")
    next_step = N_("Finish that stocktake first, or give it up.")


class StocktakeClosed(Conflict):
    """It is not at the stage at which this could be done."""

    code = "stocktake_closed"
    sentence = N_("This stocktake is at another stage by now.")
    next_step = N_("Open it again to see how it stands.")


class StocktakeEmpty(Conflict):
    """Nobody has counted anything."""

    code = "stocktake_empty"
    sentence = N_("Nothing has been counted yet.")


class VoucherCodeInvalid(Invalid):
    """Not a code of 4 to 60 letters, digits and dashes, or one that stands twice in the list."""

    code = "invalid_voucher_code"
    sentence = N_("%(code)s is not a usable code: 4 to 60 letters, digits and dashes, each code once.")


class VoucherCodeKnown(Conflict):
    """The code came in before."""

    code = "voucher_code_known"
    sentence = N_("The code %(code)s is in the list already.")


class VoucherNeedsCodes(Invalid):
    """Vouchers come in with their codes, everything else without."""

    code = "voucher_needs_codes"
    sentence = N_("Vouchers come in with their codes, one for each.")
    next_step = N_("Open the product and choose “Voucher codes”.")


class BestBeforeUnclear(Invalid):
    """Not a day of the calendar."""

    code = "best_before_unclear"
    sentence = N_("Write the day as it stands in the calendar, for example 2027-03-31.")


class KeptForReservations(Conflict):
    """What is left would not be enough for those who have reserved."""

    code = "kept_for_reservations"
    sentence = N_(
        "%(product)s: %(kept)s are reserved, so only %(left)s can be given away now; %(wanted)s wanted."
    )
    next_step = N_("Take fewer, or cancel a reservation on the page of reservations first.")


class VoucherNotFound(Absent):
    """No voucher of this code was handed out in this county."""

    code = "voucher_not_found"
    sentence = N_("No voucher with this code was handed out.")
    next_step = N_("Read it once more, sign by sign.")


class VoucherUsed(Conflict):
    """It was used before."""

    code = "voucher_used"
    sentence = N_("This voucher was used already, at %(moment)s.")


class VoucherVoid(Conflict):
    """It was taken back or written off."""

    code = "voucher_void"
    sentence = N_("This voucher does not hold any more.")


class VoucherPastDate(Conflict):
    """Its last day is over."""

    code = "voucher_past_date"
    sentence = N_("This voucher was good until %(day)s.")


class VoucherWasUsed(Conflict):
    """What was used does not come back."""

    code = "voucher_was_used"
    sentence = N_("%(product)s: a voucher of this order was used already and cannot be taken back.")
    next_step = N_("Take back only those that were not used.")
