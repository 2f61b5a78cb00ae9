"""Refusals about lists as files."""

from timebank.errors import N_, Absent, Conflict


class ListAbsent(Absent):
    """No such list, or a file that somebody else asked for."""

    code = "list_not_found"
    sentence = N_("This list was not found.")


class ListNotReady(Conflict):
    """The file is not written, or not any more."""

    code = "list_not_ready"
    sentence = N_("This file is not ready.")
    next_step = N_("Go back to the list and ask for it again.")
