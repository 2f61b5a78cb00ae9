"""Sentences of the offline roster that are sent to people."""

from timebank.errors import N_

CONFLICTS_TOLD = N_(
    "The list without network for “%(title)s” has %(count)s odd entries. Somebody has to decide."
)
