"""Refusals about organisations."""

from timebank.errors import N_, Absent, Conflict, Invalid


class OrganisationAbsent(Absent):
    """No such organisation within the actor's scope."""

    code = "organisation_not_found"
    sentence = N_("This organisation was not found.")


class OrganisationNameTaken(Conflict):
    """The parent has a child of this name already."""

    code = "organisation_name_taken"
    sentence = N_("There is already an organisation called %(name)s here.")
    next_step = N_("Choose another name, or use the existing one.")


class OrganisationClosed(Conflict):
    """Nothing new begins in a closed organisation."""

    code = "organisation_closed"
    sentence = N_("%(name)s is closed.")
    next_step = N_("Choose another organisation, or open it again first.")


class OrganisationInUse(Conflict):
    """Open organisations or members still belong to it."""

    code = "organisation_in_use"
    sentence = N_(
        "It cannot be closed: %(members)s members and %(children)s open organisations belong to it."
    )
    next_step = N_("Move the members and close the organisations below it first.")


class OrganisationNameInvalid(Invalid):
    """Empty, or longer than a sign can hold."""

    code = "organisation_name_invalid"
    sentence = N_("Enter a name of at most 100 characters.")
