"""Text: names of people, organisations, activities and goods, and free remarks."""

import re

from timebank.imports.cells import Cell, half_width, shown
from timebank.imports.rejections import Code, Unacceptable

# What a spreadsheet program would take for the beginning of a formula. OWASP, "CSV Injection"; the
# full-width forms are taken for formulas by some East Asian versions.
_FORMULA_STARTS = ("=", "+", "-", "@", "＝", "＋", "－", "＠", "−", "﹣", "﹢", "﹦")
_NOTHING = frozenset(
    [
        "无",
        "没有",
        "暂无",
        "空",
        "/",
        "\\",
        "-",
        "--",
        "---",
        "—",
        "——",
        "－",
        "－－",
        "n/a",
        "na",
        "null",
        "none",
        "nil",
        "*",
        ".",
    ]
)
_HAN = "\\u3007\\u3400-\\u9fff\\uf900-\\ufaff\\U00020000-\\U000323af"
_SPACE_BETWEEN_HAN = re.compile(f"(?<=[{_HAN}·]) (?=[{_HAN}·])")
# The dot in names such as 阿依古丽·买买提 is typed in many ways.
_NAME_DOT = re.compile(r"(?<=\w)\s*[·•・･∙⋅‧．˙.]\s*(?=\w)")
_SKILL_BREAK = re.compile(r"[、，,;；/|\n\t]+|\s{2,}")
_HAS_LETTER = re.compile(r"[^\W\d_]")

NAME_LENGTH = 60
LINE_LENGTH = 200
WORD_LENGTH = 40


def is_nothing(cell: Cell) -> bool:
    """Whether the cell is blank or holds one of the marks that offices put for "nothing", such as 无 or /."""
    text = shown(cell)
    return not text or text.casefold() in _NOTHING


def refuse_formula(cell: Cell, *, text: bool = False) -> None:
    """Raise ``FORMULA`` for a cell that begins with “=”; for free ``text`` also with “+”, “-” or “@”."""
    if not isinstance(cell, str):
        return
    start = shown(cell)[:1]
    if start in ("=", "＝", "﹦") or (text and start in _FORMULA_STARTS and not is_nothing(cell)):
        raise Unacceptable(Code.FORMULA)


def clean_text(cell: Cell, *, longest: int = LINE_LENGTH) -> str:
    """Free text on one line; empty for a blank cell or a mark for "nothing"."""
    refuse_formula(cell, text=True)
    text = "" if is_nothing(cell) else shown(cell)
    if len(text) > longest:
        raise Unacceptable(Code.TOO_LONG)
    return text


def clean_title(cell: Cell, *, longest: int = LINE_LENGTH) -> str:
    """A name of a thing, which must not be missing."""
    text = clean_text(cell, longest=longest)
    if not text:
        raise Unacceptable(Code.MISSING)
    if not text.isprintable():
        raise Unacceptable(Code.INVALID_NAME)
    return text


def clean_name(cell: Cell) -> str:
    """A person's name. Spaces between Chinese characters (「王　芳」) are only there for alignment."""
    text = clean_title(cell, longest=LINE_LENGTH)
    name = _NAME_DOT.sub("·", _SPACE_BETWEEN_HAN.sub("", text)) if not text.isascii() else text
    if not _HAS_LETTER.search(name):
        raise Unacceptable(Code.MISSING)
    if len(name) > NAME_LENGTH:
        raise Unacceptable(Code.TOO_LONG)
    return name


def clean_skills(cell: Cell) -> tuple[str, ...]:
    """Skills, separated by 、 or commas or the like, each once, in the order given; none for a blank cell."""
    text = clean_text(cell, longest=10 * LINE_LENGTH)
    skills = [skill for part in _SKILL_BREAK.split(text) if (skill := part.strip())]
    if any(len(skill) > WORD_LENGTH for skill in skills):
        raise Unacceptable(Code.TOO_LONG)
    return tuple(dict.fromkeys(skills))


def name_key(name: str) -> str:
    """What two spellings of a person's name have in common: spaces, dots, width and case do not matter."""
    return re.sub(r"[\s·•・･∙⋅‧．˙.]", "", half_width(name)).casefold()
