"""The time bank's rules, all of them, in the order of their codes. The shop adds its own in ``store.fraud``."""

from timebank.fraud.rules import Rule
from timebank.fraud.rules.f01_photographed_code import RULE as F01
from timebank.fraud.rules.f02_missing_check_outs import RULE as F02
from timebank.fraud.rules.f03_one_phone_several_people import RULE as F03
from timebank.fraud.rules.f04_lent_card import RULE as F04
from timebank.fraud.rules.f05_short_code_read_out import RULE as F05
from timebank.fraud.rules.f06_gone_in_between import RULE as F06
from timebank.fraud.rules.f07_hours_by_hand import RULE as F07
from timebank.fraud.rules.f08_ghost_activity import RULE as F08
from timebank.fraud.rules.f09_lengthened_plan import RULE as F09
from timebank.fraud.rules.f10_credits_to_own_people import RULE as F10
from timebank.fraud.rules.f11_ring_of_approvers import RULE as F11
from timebank.fraud.rules.f12_pile_of_cards import RULE as F12
from timebank.fraud.rules.f13_all_out_at_once import RULE as F13
from timebank.fraud.rules.f14_copied_hours import RULE as F14
from timebank.fraud.rules.f15_two_places import RULE as F15
from timebank.fraud.rules.f16_excessive_hours import RULE as F16
from timebank.fraud.rules.f17_superhuman_speed import RULE as F17
from timebank.fraud.rules.f18_multiplied_accounts import RULE as F18
from timebank.fraud.rules.f26_replaced_sticker import RULE as F26
from timebank.fraud.rules.f27_adjusted_records import RULE as F27
from timebank.fraud.rules.f28_edited_device import RULE as F28
from timebank.fraud.rules.f29_decoy import RULE as F29

RULES: tuple[Rule, ...] = (
    F01,
    F02,
    F03,
    F04,
    F05,
    F06,
    F07,
    F08,
    F09,
    F10,
    F11,
    F12,
    F13,
    F14,
    F15,
    F16,
    F17,
    F18,
    F26,
    F27,
    F28,
    F29,
)
