"""Words for the pages of the fraud room: codes as people read them."""

from timebank.errors import N_

MODE_WORDS: dict[str, str] = {
    "off": N_("Off"),
    "shadow": N_("Watches only"),
    "live": N_("Opens cases"),
}
CASE_WORDS: dict[str, str] = {
    "open": N_("To be looked into"),
    "to_sign": N_("Waits for a second signature"),
    "decided": N_("Decided, may be appealed"),
    "appealed": N_("Appealed"),
    "closed": N_("Closed"),
}
CASE_TONES: dict[str, str] = {
    "open": "wait",
    "to_sign": "wait",
    "decided": "info",
    "appealed": "wait",
    "closed": "neutral",
}
ORIGIN_WORDS: dict[str, str] = {
    "rule": N_("Rules"),
    "member": N_("Report of a member"),
    "person": N_("Report of a person"),
    "audit": N_("Random audit"),
    "reconciliation": N_("Reconciliation"),
}
ANSWER_WORDS: dict[str, str] = {"yes": N_("Yes"), "no": N_("No"), "unclear": N_("Cannot be told")}
FOUND_WORDS: dict[str, str] = {
    "sound": N_("Sound"),
    "unsound": N_("Not sound"),
    "unclear": N_("Unclear"),
}
FOUND_TONES: dict[str, str] = {"sound": "good", "unsound": "bad", "unclear": "wait"}
KIND_WORDS: dict[str, str] = {
    "scan": N_("Scan"),
    "record": N_("Service"),
    "entry": N_("Books"),
    "order": N_("Shop"),
}
