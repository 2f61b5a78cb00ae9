"""A notice in the words of the one who reads it: on a page by the page's translation, in a letter by the reader's own."""

from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

from babel.support import NullTranslations, Translations

from timebank.errors import N_
from timebank.notices.models import Notice
from timebank.notices.rules import Translate, shown_facts

LONGEST_SUBJECT = 120
_FOLDER = Path(__file__).parent.parent / "translations"

_HELLO = N_("Hello %(name)s,")
_MORE = N_("See more: %(link)s")
_WHY = N_("You get this because you asked for notices by e-mail. To stop them: %(link)s")
_QUESTION_SUBJECT = N_("Is this your e-mail address?")
_QUESTION = N_(
    "somebody with your name wants notices of the time bank sent to this address. If that is you, open this link within seven days:"
)
_NO_QUESTION = N_("If it was not you, do nothing: nothing more will be sent here.")


@dataclass(frozen=True)
class Letter:
    """What leaves the house, whole.

    Attributes:
        message_id: the same for every try of the same delivery.
        written_at: when the notice was told, not when it is sent.
    """

    message_id: str
    address: str
    subject: str
    body: str
    written_at: datetime


@cache
def _catalogue(locale: str) -> NullTranslations:
    # The message ids are English.
    return NullTranslations() if locale == "en" else Translations.load(str(_FOLDER), [locale])


def translation(locale: str) -> Translate:
    """Message id → sentence in ``locale`` (``zh`` or ``en``), outside of any request."""
    return _catalogue(locale).ugettext


def sentence_of(notice: Notice, translate: Translate, timezone: ZoneInfo) -> str:
    """The notice's sentence with its facts."""
    facts = shown_facts(notice.facts, timezone, translate)
    words = translate(notice.sentence)
    return words % facts if facts else words


def notice_letter(
    notice: Notice,
    *,
    address: str,
    message_id: str,
    name: str,
    locale: str,
    public_url: str,
    timezone: ZoneInfo,
) -> Letter:
    """The notice as a letter to ``name`` in their language."""
    say = translation(locale)
    said = sentence_of(notice, say, timezone)
    parts = [say(_HELLO) % {"name": name}, said]
    if notice.href:
        parts.append(say(_MORE) % {"link": public_url + notice.href})
    parts.append("— \n" + say(_WHY) % {"link": f"{public_url}/notices"})
    return Letter(message_id, address, _one_line(said), "\n\n".join(parts) + "\n", notice.told_at)


def question_letter(
    *, address: str, message_id: str, name: str, locale: str, link: str, asked_at: datetime
) -> Letter:
    """The question whether the address is right, with the link that says yes."""
    say = translation(locale)
    parts = [say(_HELLO) % {"name": name}, say(_QUESTION), link, say(_NO_QUESTION)]
    return Letter(message_id, address, say(_QUESTION_SUBJECT), "\n\n".join(parts) + "\n", asked_at)


def _one_line(words: str) -> str:
    plain = " ".join(words.split())
    return plain if len(plain) <= LONGEST_SUBJECT else plain[: LONGEST_SUBJECT - 1] + "…"
