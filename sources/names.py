"""Names as they are compared: folded, transliterated, measured. Pure: no database, no lists of people.

Romanisation follows resolution 55 (2010) of the Cabinet of Ministers of Ukraine, BGN/PCGN 1965 for Ukrainian, BGN/PCGN
1947 for Russian, and the endings that newspapers write. Scripts are never merged by the look of their letters: a name
with a Cyrillic letter among Latin ones is somebody's trick or mistake and equals nothing but itself (Unicode UTS 39).
"""

import re
import unicodedata
from itertools import islice, product

MAX_VARIANTS = 256

_APOSTROPHES = dict.fromkeys(map(ord, "'’‘ʼ`´ʹ′"))
# Latin letters that Unicode does not take apart, as they are written where they are missing. The Turkish ı is not among
# them: it looks like an i, and "putın" must not be "putin".
_LATIN_LETTERS = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ħ": "h"})
_INITIALS = re.compile(r"\b(\w)\.\s*(?=\w\.)")
# Scripts whose letters are mistaken for each other; Han and Kana, say, may stand together.
_LOOK_ALIKE = frozenset({"LATIN", "CYRILLIC", "GREEK", "ARMENIAN", "CHEROKEE", "COPTIC", "LISU"})
# Letters that show nothing although Unicode calls them letters or marks.
_BLANK_LETTERS = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0") | {chr(c) for c in range(0x180B, 0x1810)}
_JOINERS = "\u200c\u200d"


def fold(name: str) -> str:
    """The name for look-up, without compatibility forms, case, Latin and Greek accents, punctuation, extra blanks.

    Letters of other scripts, and hidden characters, stay: what they make different stays different. Folding twice gives
    the same. "J. K. Łoś-Nowak" gives "jk los nowak"; the result may be empty.
    """
    text = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", name).casefold())
    text = _INITIALS.sub(r"\1", text.translate(_APOSTROPHES)).replace("&", " and ")
    out: list[str] = []
    base = ""
    for char in text:
        if unicodedata.combining(char):
            if base not in {"LATIN", "GREEK"}:
                out.append(char)
            continue
        base = _script(char)
        # Signs and punctuation part words, and so does every control character.
        out.append(" " if unicodedata.category(char)[0] in "PSZ" or unicodedata.category(char) == "Cc" else char)
    joined = unicodedata.normalize("NFKC", "".join(out).translate(_LATIN_LETTERS)).replace("ё", "е")
    return " ".join(joined.split())


# Embeddings, overrides and isolates: they turn the words around them.
_TURNING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def misleading(text: str) -> str:
    """The first character of the text that controls, is half of one, or makes the text show otherwise than it reads.

    Empty where there is none. What nobody sees but is ordinary spelling somewhere is left: joiners, marks, selectors.
    """
    return next((char for char in text if char in _TURNING or unicodedata.category(char) in ("Cc", "Cs")), "")


def has_hidden_characters(name: str) -> bool:
    """True for signs that show nothing but change the text: bidi controls, zero width, fillers, tags, selectors.

    The two joiners are ordinary spelling between letters of Arabic and Indic scripts, and count only elsewhere.
    """
    return any(_is_hidden(char, name[at - 1 : at], name[at + 1 : at + 2]) for at, char in enumerate(name))


def _is_hidden(char: str, before: str, after: str) -> bool:
    if char in _JOINERS and before and after:
        return bool({_script(before), _script(after)} & (_LOOK_ALIKE | {"COMBINING", ""}))
    selector = 0xFE00 <= ord(char) <= 0xFE0F or 0xE0100 <= ord(char) <= 0xE01EF
    return selector or char in _BLANK_LETTERS or unicodedata.category(char) in {"Cf", "Cc", "Cs", "Zl", "Zp"}


def is_mixed_script(name: str) -> bool:
    """True when one word mixes scripts whose letters look alike, as "Рutin" with a Cyrillic Р does."""
    words = re.split(r"[\W_]+", unicodedata.normalize("NFKD", name))
    return any(len({_script(char) for char in word} & _LOOK_ALIKE) > 1 for word in words)


def _script(char: str) -> str:
    """The script of a letter or mark as Unicode names it ("LATIN", "COMBINING"); empty for anything else."""
    return unicodedata.name(char, "").split(" ", 1)[0] if unicodedata.category(char)[0] in "LM" else ""


_SHARED = {"а": "a", "б": "b", "в": "v", "д": "d", "ж": "zh", "з": "z", "к": "k", "л": "l", "м": "m", "н": "n",
           "о": "o", "п": "p", "р": "r", "с": "s", "т": "t", "у": "u", "ф": "f", "х": "kh", "ц": "ts", "ч": "ch",
           "ш": "sh", "щ": "shch", "ь": "", "ъ": ""}  # fmt: skip
_UKRAINIAN = _SHARED | {"г": "h", "ґ": "g", "е": "e", "и": "y", "і": "i"}
_KMU_2010 = _UKRAINIAN | {"є": "ie", "ї": "i", "й": "i", "ю": "iu", "я": "ia"}
_SOFT_START = {"є": "ye", "ї": "yi", "й": "y", "ю": "yu", "я": "ya"}
_BGN_UKRAINIAN = _UKRAINIAN | _SOFT_START
_BGN_RUSSIAN = _SHARED | {"г": "g", "е": "e", "и": "i", "й": "y", "ы": "y", "э": "e", "ю": "yu", "я": "ya"}
_UKRAINIAN_ONLY, _RUSSIAN_ONLY = frozenset("ґєії"), frozenset("ыэъ")
_OPEN = frozenset("аеиоуыэюяйьъ")


def _romanised(word: str) -> set[str]:
    """A folded Cyrillic word in Latin letters, by each scheme that its letters allow; empty for other alphabets."""
    letters = set(word)
    found = set()
    if not letters & _RUSSIAN_ONLY and letters <= _KMU_2010.keys():
        # зг is zgh, because zh is ж; the letters so written pass through the tables as they are.
        safe = word.replace("зг", "zgh")
        found.add(_SOFT_START.get(safe[0], _KMU_2010.get(safe[0], safe[0])) + _mapped(safe[1:], _KMU_2010))
        found.add(_mapped(safe, _BGN_UKRAINIAN))
    if not letters & _UKRAINIAN_ONLY and letters <= _BGN_RUSSIAN.keys():
        open_e = "".join(
            "ye" if c == "е" and (at == 0 or word[at - 1] in _OPEN) else _BGN_RUSSIAN[c] for at, c in enumerate(word)
        )
        found |= {_mapped(word, _BGN_RUSSIAN), open_e}
    return found


def _mapped(word: str, letters: dict[str, str]) -> str:
    return "".join(letters.get(char, char) for char in word)


# Spellings of one Cyrillic ending or beginning in Latin letters; each group is interchangeable where it matches.
_SPELLINGS: tuple[tuple[re.Pattern[str], tuple[str, ...]], ...] = (
    # -ський, -цький, -ский: Zelenskyi (2010), Zelenskyy, Zelenskiy (BGN), Zelensky (press), Zelenski
    (re.compile(r"(?<=[stz]k)(?:yy|yi|yj|iy|ii|ij|y|i)$"), ("y", "yy", "yi", "iy", "ii", "i")),
    # -ний, -ный, -рій: Zaluzhnyi, Zaluzhny, Navalnyy, Valerii
    (re.compile(r"(?<=\w{3}[bcdfghlmnprtvz])(?:yy|yi|yj|iy|ii|ij|y)$"), ("y", "yy", "yi", "iy", "ii")),
    # -иїв, -иев: Kyiv, Kiev, Kiyev
    (re.compile(r"(?<=\w)(?:yiv|iyev|iev|yev)$"), ("yiv", "iev", "iyev", "yev")),
    # -ей, -ай, -ой: Sergei, Nikolay, Tolstoi
    (re.compile(r"(?<=\w\w[aeo])[iy]$"), ("i", "y")),
    (re.compile(r"(?<=\w\w)(?:ych|ich)$"), ("ych", "ich")),
    (re.compile(r"(?<=\w\w)(?:iia|iya|ia|ya)$"), ("ia", "iia", "iya", "ya")),
    (re.compile(r"^(?:ye|e)(?=[^aeiouy])"), ("ye", "e")),
    (re.compile(r"^[yi](?=[au]\w\w)"), ("y", "i")),
    (re.compile(r"(?<=\w)(?:ks|x)(?=\w)"), ("ks", "x")),
)


def _spellings(word: str) -> set[str]:
    """The word and what other romanisations make of its parts."""
    found = {word}
    for pattern, forms in _SPELLINGS:
        found |= {pattern.sub(form, known) for known in found if pattern.search(known) for form in forms}
    return found


def transliterations(name: str) -> frozenset[str]:
    """The folded name and its folded spellings in Latin letters, at most 256, for looking up any of them.

    "Зеленський" gives zelenskyi, zelenskyy, zelensky, zelenskiy …; so does "Zelensky", but the Cyrillic. A name
    with mixed scripts or hidden characters gives itself alone.
    """
    folded = fold(name)
    if not folded or is_mixed_script(name) or has_hidden_characters(name):
        return frozenset({folded})
    choices = []
    for word in folded.split():
        latin = {word} if word.isascii() else _romanised(word)
        forms = {form for known in latin for form in _spellings(known) if form} or {word}
        # Short forms first: where the number is capped, the common spellings are kept.
        choices.append(sorted(forms, key=lambda form: (form != word, len(form), form)))
    variants = (" ".join(words) for words in product(*choices))
    return frozenset({folded, *islice(variants, MAX_VARIANTS - 1)})


_TITLES = frozenset(
    "mr mrs ms miss dr prof professor sir dame lord lady president vice prime minister premier chancellor secretary "
    "general gen lieutenant lt colonel col major maj captain capt admiral adm sergeant sgt marshal commander senator "
    "sen representative rep governor gov mayor ambassador king queen prince princess pope cardinal bishop archbishop "
    "patriarch reverend rev spokesman spokeswoman spokesperson foreign defence defense finance interior deputy acting "
    "former ex the".split()
)
_ENDINGS = frozenset(["jr", "sr", "ii", "iii", "phd", "md", "inc", "ltd", "llc", "plc", "corp", "gmbh", "pjsc", "jsc"])
_SMALL_WORDS = frozenset(["of", "the", "and", "for", "de", "la", "du", "des"])

# The steps of similarity; what lies between is left to spelling.
SAME_NAME, SAME_SPELLED_OTHERWISE, SAME_BY_INITIAL, SURNAME_ONLY, ACRONYM = 1.0, 0.95, 0.9, 0.8, 0.7
FIRST_NAME_ONLY, OTHER_FIRST_NAME = 0.4, 0.3


def strip_titles(name: str) -> str:
    """The folded name without titles before it and "Jr" or "Ltd" behind it; at least one word is left."""
    words = fold(name).split()
    while len(words) > 1 and words[0] in _TITLES:
        words = words[1:]
    while len(words) > 1 and words[-1] in _ENDINGS:
        words = words[:-1]
    return " ".join(words)


def similarity(one: str, other: str) -> float:
    """How far two names of people or organisations could name the same, 0..1; symmetric. A score is never a merge.

    1 equal when folded; 0.95 a title or romanisation apart; 0.9 an initial for a first name; 0.8 the surname alone; 0.7
    the acronym; 0.3 the same surname with another first name. Else the trigrams shared (as PostgreSQL's pg_trgm), below
    0.7. A name with mixed scripts or hidden characters resembles nothing but itself.
    """
    if fold(one) == fold(other):
        return SAME_NAME if fold(one) else 0.0
    if any(is_mixed_script(name) or has_hidden_characters(name) for name in (one, other)):
        return 0.0
    left, right = strip_titles(one), strip_titles(other)
    if transliterations(left) & transliterations(right):
        return SAME_SPELLED_OTHERWISE
    if _is_acronym(left, right) or _is_acronym(right, left):
        return ACRONYM
    by_parts = _by_parts(left.split(), right.split())
    return by_parts if by_parts is not None else min(0.69, _trigram_share(left, right))


def _by_parts(left: list[str], right: list[str]) -> float | None:
    """The score of two names that share a surname or a first name; None when they share neither."""
    short, long = sorted((left, right), key=len)
    if not short or len(long) < 2:
        return None
    if _same_word(short[-1], long[-1]):
        if len(short) == 1:
            return SURNAME_ONLY
        return SAME_BY_INITIAL if _first_names_agree(short[:-1], long[:-1]) else OTHER_FIRST_NAME
    if len(short) == 1 and _same_word(short[0], long[0]):
        return FIRST_NAME_ONLY
    return None


def _first_names_agree(short: list[str], long: list[str]) -> bool:
    """True when each first name equals one of the other name in order, or is its initial; "vv" are two initials."""
    if len(short) == 1 and 1 < len(short[0]) <= 3 and len(short[0]) == len(long):
        return all(map(_agrees, short[0], long))
    rest = iter(long)
    return all(any(_agrees(name, candidate) for candidate in rest) for name in short)


def _agrees(one: str, other: str) -> bool:
    if len(one) == 1 or len(other) == 1:
        return bool({form[0] for form in transliterations(one)} & {form[0] for form in transliterations(other)})
    return _same_word(one, other)


def _same_word(one: str, other: str) -> bool:
    return bool(transliterations(one) & transliterations(other))


def _is_acronym(short: str, long: str) -> bool:
    """True when the one word is made of the first letters of the other name: "eu" and "european union"."""
    words = [word for word in long.split() if word not in _SMALL_WORDS]
    return " " not in short and len(words) > 1 and short == "".join(word[0] for word in words)


def _trigram_share(one: str, other: str) -> float:
    """The trigrams that two folded names share, of all that they have: 0..1."""
    left, right = (
        {f"  {word} "[at : at + 3] for word in name.split() for at in range(len(word) + 1)} for name in (one, other)
    )
    return len(left & right) / len(left | right) if left and right else 0.0
