"""The sentence that the trail shows for each act. The shop adds its own in ``store.audit_actions``."""

from timebank.errors import N_

AUDIT_ACTIONS: dict[str, str] = {
    "api_key.created": N_("made an API key"),
    "api_key.revoked": N_("revoked an API key"),
    "checkin.member_scanned": N_("checked a member in or out"),
    "checkin.screen_opened": N_("showed the code of a shift"),
    "member.card_printed": N_("printed a member's card"),
    "import.discarded": N_("threw an uploaded register away"),
    "import.done": N_("imported a register"),
    "import.first_rule": N_("set the first points rule while importing"),
    "import.refused": N_("tried to import a register that has faults"),
    "import.started": N_("started an import"),
    "import.uploaded": N_("uploaded a register"),
    "member.card_replaced": N_("made the member's old card invalid"),
    "member.changed": N_("changed a member's particulars"),
    "member.identity_revealed": N_("looked at a whole identity number"),
    "member.invited": N_("printed an invitation for a member"),
    "member.moved": N_("moved a member to another organisation"),
    "member.own_data_exported": N_("took a copy of their own data"),
    "member.pin_cleared": N_("removed a member's PIN"),
    "member.pin_set": N_("set a PIN"),
    "member.registered": N_("registered a member"),
    "member.reinstated": N_("ended a member's suspension"),
    "member.suspended": N_("suspended a member"),
    "organisation.closed": N_("closed an organisation"),
    "organisation.created": N_("created an organisation"),
    "organisation.renamed": N_("renamed an organisation"),
    "organisation.reopened": N_("opened an organisation again"),
    "password.changed": N_("changed their own password"),
    "role.granted": N_("gave a role"),
    "role.revoked": N_("took a role back"),
    "user.created": N_("created a user from outside"),
    "user.invited": N_("printed an invitation for a user"),
    "user.reinstated": N_("let a user log in again"),
    "user.suspended": N_("suspended a user's log-in"),
}

# The part of a code before its dot, as the filter names it.
AUDIT_ROOMS: dict[str, str] = {
    "api_key": N_("API keys"),
    "checkin": N_("Checking in and out"),
    "import": N_("Registers"),
    "member": N_("Members"),
    "organisation": N_("Organisations"),
    "password": N_("Passwords"),
    "role": N_("Roles"),
    "user": N_("Users"),
}

# What the facts of an act are called on the page; a fact without a word here is shown under its own name.
FACT_WORDS: dict[str, str] = {
    "fields": N_("fields"),
    "form": N_("form"),
    "from_name": N_("former name"),
    "from_organisation": N_("from"),
    "generation": N_("card number"),
    "label": N_("for"),
    "name": N_("name"),
    "organisation": N_("organisation"),
    "reason": N_("reason"),
    "role": N_("role"),
    "to_name": N_("new name"),
    "to_organisation": N_("to"),
}

ROLE_WORDS: dict[str, str] = {
    "administrator": N_("Administrator"),
    "attendant": N_("Shop attendant"),
    "auditor": N_("Auditor"),
    "coordinator": N_("Coordinator"),
}
