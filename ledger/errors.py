"""Every refusal of the ledger: a stable code, one sentence, the facts."""

from collections.abc import Mapping
from typing import Any, ClassVar


def N_(sentence: str) -> str:  # noqa: N802 - the name by which message extraction finds sentences.
    """Mark a sentence for translation and return it unchanged."""
    return sentence


class LedgerError(Exception):
    """A refusal: nothing was written. `code` never changes; `sentence` is an English %-template over `facts`."""

    code: ClassVar[str] = "ledger_error"
    sentence: ClassVar[str] = N_("The ledger refused this.")

    def __init__(self, **facts: Any) -> None:
        super().__init__()
        self.facts: dict[str, Any] = facts

    def within(self, facts: Mapping[str, Any]) -> "LedgerError":
        """The same refusal with more facts, such as the key of the draft in a batch; known facts stay."""
        for name, value in facts.items():
            self.facts.setdefault(name, value)
        return self

    def __str__(self) -> str:
        try:
            return self.sentence % self.facts
        except (KeyError, TypeError):
            return f"{self.code}: {self.facts!r}"


class AmountInvalid(LedgerError, ValueError):
    """Not an exact amount of the asset. Facts: amount, asset, reason."""

    code = "amount_invalid"
    sentence = N_("%(amount)s is not an amount of %(asset)s: %(reason)s.")


class AmountTypeInvalid(AmountInvalid, TypeError):
    """A float, a text or a truth value where a Decimal belongs. Facts: amount, asset, reason."""


class TextInvalid(LedgerError, ValueError):
    """A code, key, kind, actor or subject that cannot be stored unambiguously. Facts: field, reason."""

    code = "text_invalid"
    sentence = N_("The %(field)s cannot be used: %(reason)s.")


class FactsInvalid(LedgerError, ValueError):
    """Facts that are not plain JSON without floats. Facts: reason."""

    code = "facts_invalid"
    sentence = N_("The facts of a transaction must be plain JSON without floats: %(reason)s.")


class TimeInvalid(LedgerError, ValueError):
    """A time without zone. Facts: field."""

    code = "time_invalid"
    sentence = N_("The time %(field)s has no time zone.")


class InsufficientBalance(LedgerError):
    """A posting would take the account below its floor. Facts: account, asset, available, wanted."""

    code = "insufficient_balance"
    sentence = N_("Not enough on the account: %(available)s available, %(wanted)s wanted.")


class CeilingExceeded(LedgerError):
    """A posting would take the account above its ceiling. Facts: account, asset, room, wanted."""

    code = "ceiling_exceeded"
    sentence = N_("The account may take %(room)s more, not %(wanted)s.")


class LimitBroken(LedgerError):
    """What the account holds now lies beyond the limits that it was to get. Facts: account, asset, balance, floor, ceiling."""

    code = "limit_broken"
    sentence = N_("The account %(account)s holds %(balance)s and cannot be kept within these limits.")


class NoLimits(LedgerError, ValueError):
    """The account was opened without limits: nothing is counted that could be limited. Facts: account."""

    code = "no_limits"
    sentence = N_("The account %(account)s was opened without limits; none can be set.")


class KeyReused(LedgerError):
    """The key already stands for a transaction with other content. Facts: key, transaction."""

    code = "key_reused"
    sentence = N_("This key was already used for something else.")


class Unbalanced(LedgerError):
    """The entries do not sum to zero in an asset. Facts: asset, sum."""

    code = "unbalanced"
    sentence = N_("The entries in %(asset)s do not sum to zero but to %(sum)s.")


class TooFewEntries(LedgerError):
    """A transaction needs at least two entries. Facts: count."""

    code = "too_few_entries"
    sentence = N_("A transaction needs at least two entries.")


class UnknownAccount(LedgerError):
    """No account has this code. Facts: account."""

    code = "unknown_account"
    sentence = N_("There is no account %(account)s.")


class AccountClosed(LedgerError):
    """The account takes no more postings. Facts: account."""

    code = "account_closed"
    sentence = N_("The account %(account)s is closed.")


class AccountDiffers(LedgerError):
    """The account exists with another asset, or was opened with other limits. Facts: account, asset, stored."""

    code = "account_differs"
    sentence = N_("The account %(account)s is kept in %(stored)s, not in %(asset)s.")


class UnknownTransaction(LedgerError):
    """No transaction has this number. Facts: transaction."""

    code = "unknown_transaction"
    sentence = N_("There is no transaction %(transaction)s.")


class AlreadyReversed(LedgerError):
    """The transaction was reversed before. Facts: transaction, reversed_by."""

    code = "already_reversed"
    sentence = N_("The transaction %(transaction)s was already reversed.")


class CannotReverseReversal(LedgerError):
    """A reversal is never reversed; post anew instead. Facts: transaction."""

    code = "cannot_reverse_reversal"
    sentence = N_("A reversal cannot itself be reversed.")


class ReversalDiffers(LedgerError):
    """The draft says that it reverses a transaction but does not mirror it. Facts: transaction."""

    code = "reversal_differs"
    sentence = N_("A reversal must mirror transaction %(transaction)s exactly.")


class CannotCorrect(LedgerError):
    """A correction must say the same kind of thing about the same subject. Facts: transaction, reason."""

    code = "cannot_correct"
    sentence = N_("Transaction %(transaction)s cannot be corrected like this: %(reason)s.")


class GivenBack(LedgerError):
    """More would be given back than the transaction took, some having been given back before.

    Facts: transaction, account.
    """

    code = "given_back"
    sentence = N_("Transaction %(transaction)s did not take so much, or a part of it was given back before.")


class PeriodClosed(LedgerError):
    """The effective time lies in a closed period. Facts: at, closed_until."""

    code = "period_closed"
    sentence = N_("The books are closed until %(closed_until)s.")


class PeriodNotOver(LedgerError):
    """The books would be closed beyond the present. Facts: closed_until, at."""

    code = "period_not_over"
    sentence = N_("The books cannot be closed until %(closed_until)s: it is only %(at)s.")


class UnknownHold(LedgerError):
    """No hold has this number. Facts: hold."""

    code = "unknown_hold"
    sentence = N_("There is no hold %(hold)s.")


class NoFloor(LedgerError, ValueError):
    """The account may go below zero without end, so an amount kept back would bind nobody. Facts: account."""

    code = "no_floor"
    sentence = N_("Nothing can be held on the account %(account)s: it has no floor.")


class HoldsOnOneAccount(LedgerError, ValueError):
    """One posting was to capture two holds on one account, and would not say what it takes of which. Facts: account."""

    code = "holds_on_one_account"
    sentence = N_("Two holds on the account %(account)s must be captured by a posting each.")


class HoldEnded(LedgerError):
    """The hold was captured, voided or lapsed before. Facts: hold, status, transaction."""

    code = "hold_ended"
    sentence = N_("The hold %(hold)s has already ended.")


class HoldLapsed(LedgerError):
    """The deadline of the hold has passed. Facts: hold, deadline."""

    code = "hold_lapsed"
    sentence = N_("The hold %(hold)s lapsed at %(deadline)s.")


class HoldExceeded(LedgerError):
    """More was to be captured than is held, or nothing. Facts: hold, held, wanted."""

    code = "hold_exceeded"
    sentence = N_("%(held)s are held, %(wanted)s were to be taken.")


class NotSealed(LedgerError):
    """The transaction is not part of a seal yet. Facts: transaction."""

    code = "not_sealed"
    sentence = N_("Transaction %(transaction)s is not sealed yet.")


class UnknownExpiry(LedgerError):
    """An expiry on an entry that makes no lot, or one that is over before it begins. Facts: account, reason."""

    code = "unknown_expiry"
    sentence = N_("The expiry on account %(account)s means nothing: %(reason)s.")
