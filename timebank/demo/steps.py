"""The time bank's steps of the demo town, in order. The shop adds its own after them."""

from collections.abc import Callable

STEPS: tuple[Callable[..., None], ...] = ()
