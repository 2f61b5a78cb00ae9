"""How handing a letter over can fail."""


class Unreached(Exception):
    """The other side cannot be reached, or does not know us: the fault is not the letter's."""


class Refused(Exception):
    """The other side does not take this letter.

    Attributes:
        for_good: another try would not help (RFC 5321, 4.2.1: replies that begin with 5).
    """

    def __init__(self, said: str, *, for_good: bool) -> None:
        super().__init__(said)
        self.for_good = for_good
