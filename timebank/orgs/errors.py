"""Refusals about organisations."""

from timebank.errors import N_, Absent, Conflict


class OrganisationAbsent(Absent):
    """No such organisation within the actor's scope."""

    code = "organisation_not_found"
    sentence = N_("This organisation was not found.")


class OrganisationNameTaken(Conflict):
    """The parent has a child of this name already."""

    code = "organisation_name_taken"
    sentence = N_("There is already an organisation called %(name)s here.")
    next_step = N_("Choose another name, or use the existing one.")
