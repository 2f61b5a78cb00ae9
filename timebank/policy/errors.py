"""Refusals about categories, points rules and settings."""

from timebank.errors import N_, Absent, Conflict, Invalid


class CategoryAbsent(Absent):
    """No such category."""

    code = "category_not_found"
    sentence = N_("This category was not found.")


class CategoryShared(Conflict):
    """Several counties use the word."""

    code = "category_shared"
    sentence = N_("Several counties share this category, so its words cannot be changed here.")
    next_step = N_("Add a category of your own county.")


class CategoryNameTaken(Conflict):
    """There is a category of this name."""

    code = "category_name_taken"
    sentence = N_("There is already a category called %(name)s.")
    next_step = N_("Use the existing one.")


class RuleAbsent(Absent):
    """No such points rule within the actor's scope."""

    code = "rule_not_found"
    sentence = N_("This points rule was not found.")


class RuleUnusable(Invalid):
    """A value of a points rule is outside its limits. Facts: least, most."""

    code = "rule_unusable"
    sentence = N_("Write a number from %(least)s to %(most)s with at most two decimals.")


class RuleDatesInvalid(Invalid):
    """The rule ends before it begins."""

    code = "rule_dates_invalid"
    sentence = N_("The last day lies before the first day.")


class RuleRewritesPast(Conflict):
    """Another rule has applied on days gone by; what was promised then stays."""

    code = "rule_rewrites_past"
    sentence = N_("Another rule has applied on some of these days. The past is not rewritten.")
    next_step = N_("Let the new version begin today or later.")


class SettingUnusable(Invalid):
    """A setting outside its limits. Facts: least, most."""

    code = "setting_unusable"
    sentence = N_("This value is not allowed here. Allowed: %(least)s to %(most)s.")
