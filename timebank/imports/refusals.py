"""Files that cannot be read at all, each with what to do next."""

from timebank.errors import N_, Invalid


class UnreadableFile(Invalid):
    """The file as a whole is refused; no row was looked at."""

    code = "unreadable_file"
    sentence = N_("The file cannot be read as a table.")
    next_step = N_("Open it in a spreadsheet program and save it as .xlsx, then try again.")


class OldWorkbook(UnreadableFile):
    """The binary format from before 2007."""

    code = "old_workbook"
    sentence = N_("This is an old .xls workbook, which cannot be read here.")
    next_step = N_("Open it in a spreadsheet program, choose “Save as”, take .xlsx, then try again.")


class EncryptedWorkbook(UnreadableFile):
    """A workbook with a password to open it."""

    code = "encrypted_workbook"
    sentence = N_("The workbook is protected by a password.")
    next_step = N_("Open it, remove the password under “Protect workbook”, save it, then try again.")


class OtherFormat(UnreadableFile):
    """Something that is no spreadsheet that we know: a picture, a web page, a PDF, a text document."""

    code = "other_format"
    sentence = N_("This is not a table in .xlsx, .csv or .tsv form.")


class UnknownEncoding(UnreadableFile):
    """Text in an encoding that neither of our readers understands."""

    code = "unknown_encoding"
    sentence = N_("The characters of this text file cannot be read.")
    next_step = N_("Open it in a spreadsheet program and save it as .xlsx or as “CSV UTF-8”, then try again.")


class TooLarge(UnreadableFile):
    """Too many bytes, packed or unpacked."""

    code = "file_too_large"
    sentence = N_("The file is too large: at most %(megabytes)s MB can be read.")
    next_step = N_("Remove pictures and unused sheets, or split the register into several files.")


class TooManyRows(UnreadableFile):
    """More rows or columns than a register of one county has."""

    code = "too_many_rows"
    sentence = N_("The sheet is too long: at most %(rows)s filled rows can be read at once.")
    next_step = N_("Split the register into several files and import them one after another.")


class NoHeader(UnreadableFile):
    """No line of the file holds the column names of this register."""

    code = "no_header"
    sentence = N_("No header row of this register was found. Missing columns: %(columns)s.")
    next_step = N_("Check that this is the right register and that the columns have their usual names.")


class SheetNotFound(UnreadableFile):
    """The sheet that was asked for is not in the workbook."""

    code = "sheet_not_found"
    sentence = N_("The workbook has no sheet of this name. It has: %(sheets)s.")
    next_step = N_("Choose one of its sheets.")


class SeveralSheets(UnreadableFile):
    """Two or more visible sheets look like this register; guessing could import a sample or an old copy."""

    code = "several_sheets"
    sentence = N_("Several sheets look like this register: %(sheets)s.")
    next_step = N_("Choose which sheet to import, and import them one after another.")
