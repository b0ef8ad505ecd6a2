"""Names: what is the same in other letters, and what only looks the same."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sources import names


@pytest.mark.parametrize(
    ("name", "folded"),
    [
        ("Vladimir Putin", "vladimir putin"),
        ("  VLADIMIR\u00a0\n PUTIN ", "vladimir putin"),
        ("Recep Tayyip Erdoğan", "recep tayyip erdogan"),
        ("Łukasz Łoś-Nowak", "lukasz los nowak"),
        ("Søren Ærø", "soren aero"),
        ("Straße", "strasse"),
        ("J. K. Rowling", "jk rowling"),
        ("J.K. Rowling", "jk rowling"),
        ("J. Smith", "j smith"),
        ("U.S.", "us"),
        ("O’Brien", "obrien"),
        ("O'Brien", "obrien"),
        ("Мар'яна", "маряна"),
        ("Johnson & Johnson", "johnson and johnson"),
        ("“Wagner” (group)", "wagner group"),
        ("Ｐｕｔｉｎ", "putin"),
        ("Королёв", "королев"),
        ("Й", "й"),
        ("Київ", "київ"),
        ("Αθήνα", "αθηνα"),
        ("習近平", "習近平"),
        ("김정은", "김정은"),
        ("?!", ""),
        ("", ""),
    ],
)
def test_folding(name: str, folded: str) -> None:
    assert names.fold(name) == folded


@given(st.text(max_size=60))
def test_folding_twice_gives_the_same(name: str) -> None:
    once = names.fold(name)
    assert names.fold(once) == once


@given(st.text(max_size=40))
def test_folding_is_blind_to_case_and_composition(name: str) -> None:
    assert names.fold(unicodedata.normalize("NFD", name)) == names.fold(unicodedata.normalize("NFC", name))
    assert names.fold(f"  {name}\t") == names.fold(name)


CYRILLIC_FOR_LATIN = {
    "a": "а",
    "e": "е",
    "o": "о",
    "p": "р",
    "c": "с",
    "x": "х",
    "y": "у",
    "i": "і",
    "j": "ј",
    "s": "ѕ",
}
GREEK_FOR_LATIN = {"o": "ο", "v": "ν", "a": "α", "i": "ι", "p": "ρ", "u": "υ", "n": "η", "k": "κ"}


@given(
    st.text(alphabet="aeopcxyijsvunk", min_size=1, max_size=12),
    st.sampled_from([CYRILLIC_FOR_LATIN, GREEK_FOR_LATIN]),
    st.data(),
)
def test_a_look_alike_never_equals_the_latin_name(name: str, table: dict[str, str], data: st.DataObject) -> None:
    places = [at for at, char in enumerate(name) if char in table]
    if not places:
        return
    chosen = data.draw(st.sets(st.sampled_from(places), min_size=1))
    fake = "".join(table[char] if at in chosen else char for at, char in enumerate(name))
    assert names.fold(fake) != names.fold(name)
    assert names.similarity(fake, name) < names.SAME_NAME
    if len(chosen) < len(name):
        assert names.is_mixed_script(fake)
        assert not names.transliterations(fake) & names.transliterations(name)
        assert names.similarity(fake, name) == 0


@pytest.mark.parametrize(
    "fake", ["Pu\u200btin", "Pu\u00adtin", "\u202ePutin", "Putin\ufe0f", "Pu\u2060tin", "Pu\u034ftin"]
)
def test_a_hidden_character_makes_another_name(fake: str) -> None:
    assert names.has_hidden_characters(fake)
    assert names.fold(fake) != names.fold("Putin")
    assert names.transliterations(fake) == {names.fold(fake)}
    assert names.similarity(fake, "Putin") == 0


@pytest.mark.parametrize(
    "char",
    ["\u200b", "\u200c", "\u200d", "\u200e", "\u200f", "\u202a", "\u202e", "\u2066", "\u2069", "\ufeff", "\u061c",
     "\u180e", "\u3164", "\u115f", "\U000e0041", "\U000e0100", "\x00", "\x1b", "\n", "\u2028", "\ud800"],
)  # fmt: skip
def test_every_kind_of_hidden_character_is_seen(char: str) -> None:
    assert names.has_hidden_characters(f"Pu{char}tin")


@pytest.mark.parametrize(
    "name",
    ["Volodymyr Zelenskyy", "Łoś", "Jean-Claude Juncker", "علی\u200cرضا", "क्\u200dष", "О'Коннор", "習近平", "e\u0301"],
)
def test_ordinary_spelling_hides_nothing(name: str) -> None:
    assert not names.has_hidden_characters(name)


@pytest.mark.parametrize("name", ["Рutin", "Pυtin", "Vladimir Рutin", "Вakhmut", "PUTІN"])
def test_mixed_scripts_in_one_word_are_seen(name: str) -> None:
    assert names.is_mixed_script(name)


@pytest.mark.parametrize(
    "name", ["Putin", "Путін", "Путин (Putin)", "Газпром-Media", "東京タワー", "Ａ１", "", "50 Cent"]
)
def test_whole_words_of_several_scripts_are_ordinary(name: str) -> None:
    assert not names.is_mixed_script(name)


# Cyrillic names and their romanisation by the standard named.
ROMANISED = [
    # Cabinet of Ministers of Ukraine, resolution 55 (2010), examples of its table
    ("Алушта", "Alushta"),
    ("Гадяч", "Hadiach"),
    ("Ґалаґан", "Galagan"),
    ("Єнакієве", "Yenakiieve"),
    ("Згурський", "Zghurskyi"),
    ("Їжакевич", "Yizhakevych"),
    ("Кадиївка", "Kadyivka"),
    ("Йосипівка", "Yosypivka"),
    ("Стрий", "Stryi"),
    ("Щербухи", "Shcherbukhy"),
    ("Гоща", "Hoshcha"),
    ("Юрій", "Yurii"),
    ("Корюківка", "Koriukivka"),
    ("Яготин", "Yahotyn"),
    ("Костянтин", "Kostiantyn"),
    ("Знам'янка", "Znamianka"),
    # BGN/PCGN
    ("Зеленский", "Zelenskiy"),
    ("Ельцин", "Yeltsin"),
    ("Сергей Шойгу", "Sergey Shoygu"),
    ("Медведев", "Medvedev"),
    ("Запорожье", "Zaporozhye"),
    ("Быков", "Bykov"),
    # as newspapers write
    ("Київ", "Kyiv"),
    ("Киев", "Kiev"),
    ("Володимир Зеленський", "Volodymyr Zelenskyy"),
    ("Володимир Зеленський", "Volodymyr Zelensky"),
    ("Владимир Зеленский", "Vladimir Zelenskii"),
    ("Сергей", "Sergei"),
    ("Николай", "Nikolai"),
    ("Ельцин", "Eltsin"),
]


@pytest.mark.parametrize(("cyrillic", "latin"), ROMANISED)
def test_cyrillic_names_in_latin_letters(cyrillic: str, latin: str) -> None:
    assert names.fold(latin) in names.transliterations(cyrillic)
    assert names.similarity(cyrillic, latin) == names.SAME_SPELLED_OTHERWISE


@pytest.mark.parametrize(
    "group",
    [
        ["Kyiv", "Kiev"],
        ["Zelenskyy", "Zelensky", "Zelenskiy", "Zelenskyi", "Zelenskii"],
        ["Zaluzhnyi", "Zaluzhny", "Zaluzhnyy"],
        ["Yanukovych", "Yanukovich", "Ianukovych"],
        ["Yuliia", "Yulia", "Yuliya", "Iuliia"],
        ["Sergei", "Sergey"],
        ["Oleksandr", "Olexandr"],
    ],
    ids=lambda group: group[0],
)
def test_latin_spellings_of_one_name_find_each_other(group: list[str]) -> None:
    for one in group:
        for other in group:
            assert names.fold(other) in names.transliterations(one), (one, other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Kharkiv", "Kherson"),
        ("Ivaniv", "Ivanov"),
        ("Putin", "Putina"),
        ("Lavrov", "Larov"),
        ("Порошенко", "Тимошенко"),
        ("Іванів", "Иванов"),
        ("Marks", "Marx"),
    ],
)
def test_other_names_stay_apart(one: str, other: str) -> None:
    assert not names.transliterations(one) & names.transliterations(other)


def test_letters_that_only_one_language_has_choose_its_table() -> None:
    assert "hryn" not in names.transliterations("Грын")
    assert not {"gyiv", "giyiv"} & names.transliterations("Гиїв")


@given(st.text(max_size=40))
def test_the_folded_name_is_always_among_its_variants(name: str) -> None:
    variants = names.transliterations(name)
    assert names.fold(name) in variants
    assert len(variants) <= names.MAX_VARIANTS
    assert all(names.fold(variant) == variant for variant in variants)


def test_a_long_name_does_not_explode() -> None:
    assert len(names.transliterations("Зеленський " * 12)) == names.MAX_VARIANTS


@pytest.mark.parametrize(
    ("one", "other", "score"),
    [
        ("Vladimir Putin", "vladimir  PUTIN", 1.0),
        ("President Vladimir Putin", "Vladimir Putin", 0.95),
        ("Mr. Putin", "Putin", 0.95),
        ("Gen. Oleksandr Syrskyi", "Oleksandr Syrsky", 0.95),
        ("Gazprom PJSC", "Gazprom", 0.95),
        ("V. Putin", "Vladimir Putin", 0.9),
        ("V.V. Putin", "Vladimir Vladimirovich Putin", 0.9),
        ("Vladimir Putin", "Vladimir Vladimirovich Putin", 0.9),
        ("В. Путин", "Vladimir Putin", 0.9),
        ("Putin", "Vladimir Putin", 0.8),
        ("Zelenskiy", "President Volodymyr Zelenskyy", 0.8),
        ("EU", "European Union", 0.7),
        ("OSCE", "Organization for Security and Co-operation in Europe", 0.0),
        ("WHO", "the World Health Organization", 0.7),
        ("Vladimir", "Vladimir Putin", 0.4),
        ("Oleksandr Syrskyi", "Viktor Syrskyi", 0.3),
        ("A. Syrskyi", "Viktor Syrskyi", 0.3),
        ("George W. Bush", "George H. W. Bush", 0.3),
        ("Russian forces", "Ukrainian forces", 0.3),
        ("", "Putin", 0.0),
        ("", "", 0.0),
        ("?", "!", 0.0),
    ],
)
def test_worked_similarities(one: str, other: str, score: float) -> None:
    if score:
        assert names.similarity(one, other) == score
    else:
        assert names.similarity(one, other) < 0.3


def test_a_slip_of_the_pen_is_nearer_than_another_name() -> None:
    assert 0.3 < names.similarity("Stoltenberg", "Stoltenburg") < 0.7
    assert names.similarity("Stoltenberg", "Scholz") < 0.2


@given(st.text(alphabet="abcавгі .-'", max_size=16), st.text(alphabet="abcавгі .-'", max_size=16))
def test_similarity_is_symmetric_and_bounded(one: str, other: str) -> None:
    score = names.similarity(one, other)
    assert score == names.similarity(other, one)
    assert 0 <= score <= 1
    assert (score == 1) == (names.fold(one) == names.fold(other) != "")


@pytest.mark.parametrize(
    ("name", "bare"),
    [
        ("Prime Minister Rishi Sunak", "rishi sunak"),
        ("the President", "president"),
        ("Martin Luther King, Jr.", "martin luther king"),
        ("General", "general"),
    ],
)
def test_titles_are_stripped_but_never_all(name: str, bare: str) -> None:
    assert names.strip_titles(name) == bare
