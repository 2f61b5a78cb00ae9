"""Words for the pages of the fraud room: codes as people read them."""

from typing import Any

from timebank.errors import N_
from timebank.hours.rules import METHOD_WORDS

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
DECOY_WORDS: dict[str, str] = {"activity": N_("Activity"), "member": N_("Member")}
DECOY_STATE_WORDS: dict[str, str] = {
    "proposed": N_("Proposed"),
    "planted": N_("At work"),
    "ended": N_("Ended"),
}
TIE_WORDS: dict[str, str] = {
    "by_hand": N_("Hours approved that were typed in or edited"),
    "counter": N_("Redemptions at the counter"),
}
KIND_WORDS: dict[str, str] = {
    "scan": N_("Scanned code"),
    "record": N_("Service"),
    "entry": N_("Books"),
    "device": N_("Device"),
    "order": N_("Shop"),
}

# Facts that are machine words: fact → word → how people read it.
CODE_WORDS: dict[str, dict[Any, str]] = {
    "method": METHOD_WORDS,
    "kind": {"in": N_("Arriving"), "out": N_("Leaving"), "spot": N_("Spot check")},
    "status": {
        "pending": N_("Waiting for confirmation"),
        "approved": N_("Confirmed"),
        "rejected": N_("Not accepted"),
        "reversed": N_("Taken back"),
    },
    "outcome": {
        "ok": N_("Accepted"),
        **{
            code: N_("Refused") for code in ("expired", "bad_code", "wrong_activity", "not_signed_up", "full")
        },
        **{code: N_("Refused") for code in ("too_early", "too_late", "cancelled", "overlap", "not_inside")},
        **{code: N_("Refused") for code in ("device_other_member", "member_suspended", "card_revoked")},
        **{code: N_("Already done") for code in ("already_in", "already_out")},
        **{code: N_("Waits for the organiser") for code in ("needs_coordinator", "held_for_review")},
    },
    "signs": {
        "published_late": N_("published after it began"),
        "nothing_shown_or_scanned": N_("no screen, no scan"),
        "one_device_at_once": N_("one device, all at once"),
    },
    "in_order": {True: N_("Yes"), False: N_("No")},
    "entry": {
        "conversion": N_("Hours converted to points"),
        "donation": N_("Points given to the pool"),
        "gift": N_("Points given"),
        "lapse": N_("Points lapsed"),
        "refund": N_("Goods given back"),
        "reversal": N_("Taken back"),
    },
    "how": {
        "password": N_("password"),
        "invitation": N_("invitation taken up"),
        "code": N_("code on the phone"),
        "card": N_("paper card"),
        "card_pin": N_("paper card and PIN"),
        "number_pin": N_("number and PIN"),
        "pickup_code": N_("pick-up code"),
    },
}
