"""Refusals about merchants, contracts, statements and public sheets."""

from timebank.errors import N_, Absent, Conflict, Forbidden, Invalid


class MerchantAbsent(Absent):
    """No such merchant within the actor's scope."""

    code = "merchant_not_found"
    sentence = N_("This merchant was not found.")


class ContractAbsent(Absent):
    """No such contract within the actor's scope."""

    code = "contract_not_found"
    sentence = N_("This contract was not found.")


class SettlementAbsent(Absent):
    """No such statement within the actor's scope."""

    code = "settlement_not_found"
    sentence = N_("This statement was not found.")


class SheetAbsent(Absent):
    """No such sheet, or it hangs out no more."""

    code = "public_sheet_not_found"
    sentence = N_("This sheet does not hang out, or no more.")


class ContractNumberTaken(Conflict):
    """The number stands for another contract."""

    code = "contract_number_taken"
    sentence = N_("There is a contract with the number %(number)s already.")


class ContractOverlaps(Conflict):
    """Two rates on one day."""

    code = "contract_overlaps"
    sentence = N_("Contract %(number)s holds on some of these days already.")
    next_step = N_("End that contract first, or choose other days.")


class ContractLacking(Conflict):
    """Nothing is handed out for points that nobody could settle."""

    code = "merchant_without_contract"
    sentence = N_("No contract with %(shop)s holds today, so nothing is redeemed there for points.")
    next_step = N_("The house signs a contract with the merchant first. No points were taken.")


class RateInvalid(Invalid):
    """Not an amount of money for a point."""

    code = "rate_invalid"
    sentence = N_("Enter what one point is worth in yuan, above 0, with at most four decimals.")


class PeriodInvalid(Invalid):
    """Not a period of the contract that is over."""

    code = "settlement_period_invalid"
    sentence = N_("Choose days within the contract, from %(first)s to %(last)s, that are over.")


class NothingToSettle(Conflict):
    """No posting that does not stand on a statement already."""

    code = "nothing_to_settle"
    sentence = N_("There is nothing to settle in this period: every posting stands on a statement already.")


class CarriedOver(Conflict):
    """While a contract goes on, nobody pays back: the next statement is the lower for it."""

    code = "settlement_carried_over"
    sentence = N_("In this period more came back than was handed out (%(points)s points in all).")
    next_step = N_("Draw it with a later period: what came back is set off there.")


class SettlementNotOpen(Conflict):
    """Both have agreed, or it was withdrawn."""

    code = "settlement_not_open"
    sentence = N_("This statement was agreed, paid or withdrawn already.")


class SettlementNotAgreed(Conflict):
    """Nothing is paid before both sides said yes, and nothing twice."""

    code = "settlement_not_agreed"
    sentence = N_("Only a statement that both sides confirmed is paid, and only once.")


class SettlementNotYours(Forbidden):
    """A side is confirmed by somebody who belongs to it, and two people confirm."""

    code = "settlement_not_yours"
    sentence = N_(
        "This side is confirmed by somebody of %(party)s, and not by the person who confirmed the other."
    )


class PaymentInvalid(Invalid):
    """Without the bank's number nobody finds the transfer again."""

    code = "payment_invalid"
    sentence = N_("Enter the number of the transfer, and a day that is not in the future.")


class FunderElsewhere(Invalid):
    """The other side is no organisation of this county."""

    code = "settlement_party_elsewhere"
    sentence = N_("Choose an organisation of your own county.")


class SheetInvalid(Invalid):
    """Without a title or with days the wrong way round."""

    code = "public_sheet_invalid"
    sentence = N_(
        "Enter a title of at most 60 characters and days that follow each other and are not in the future."
    )
