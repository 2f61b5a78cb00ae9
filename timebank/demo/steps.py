"""The time bank's steps of the demo town, in order. The shop adds its own after them."""

from collections.abc import Callable

from timebank.demo.afterwards import certify, correct
from timebank.demo.decisions import convert, decide, renew_rules
from timebank.demo.life import plan_and_publish, serve
from timebank.demo.people import found_town
from timebank.demo.planning import show_planning
from timebank.demo.suspicion import screen

STEPS: tuple[Callable[..., None], ...] = (
    found_town,
    renew_rules,
    plan_and_publish,
    serve,
    decide,
    correct,
    convert,
    certify,
    show_planning,
    screen,
)
