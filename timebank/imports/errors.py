"""Refusals about import runs; files that cannot be read are in ``refusals``."""

from timebank.errors import N_, Absent, Conflict, Invalid


class ImportRunAbsent(Absent):
    """No such run within the actor's scope."""

    code = "import_run_not_found"
    sentence = N_("This import was not found.")


class RegisterUnknown(Absent):
    """Nobody has an importer for this register."""

    code = "register_unknown"
    sentence = N_("There is no register of this kind.")


class ImportRunOver(Conflict):
    """The run has been started, ended or thrown away."""

    code = "import_run_over"
    sentence = N_("This import has already been started or thrown away.")
    next_step = N_("Look at its result, or upload the file again.")


class NothingToImport(Conflict):
    """Not one row of the file is good."""

    code = "nothing_to_import"
    sentence = N_("There is no row that could be imported.")
    next_step = N_("Correct the file and upload it again.")


class RowsRejected(Conflict):
    """Importing the whole file was asked for, but rows are sent back."""

    code = "rows_rejected"
    sentence = N_("%(count)s rows are sent back, so nothing was imported.")
    next_step = N_("Correct the file, or import only its good rows.")


class PlaceUnknown(Invalid):
    """What the register should go into is not known."""

    code = "import_place_unknown"
    sentence = N_("It is not clear where these rows should go.")
    next_step = N_("Choose the place, for example the shop.")
