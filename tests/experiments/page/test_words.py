"""Every word of the page stands in one catalogue, in both languages."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from abm.county import CareKind, Tier
from abm.indicator_siphon import KINDS
from abm.indicators import INDICATORS
from agents.conditions import CONDITIONS
from calibration.county import County, county_names
from experiments import page
from experiments.groups import FIGURES
from experiments.headline import HEADLINES
from experiments.page.account_words import account_word
from experiments.page.lever_words import CHOICE_WORDS, COMMON_WORDS, LEVER_WORDS, words_for
from experiments.page.levers import GROUPS, SCHEME, levers
from experiments.page.part_words import PART_WORDS
from experiments.page.record import PURSES, WARNED, Ask, make_record
from experiments.page.scenario import Scenario
from experiments.page.words import WORDS, tell

FOLDER = Path(page.__file__).parent
CJK = re.compile(r"[\u4e00-\u9fff]")
SAID = re.compile(r"""tell\(\s*f?["']([^"']+)["']""")
SHORT = re.compile(r"words_of\((.*?)\)\s*[,;)]", re.DOTALL)
SIGNS = {"unit.", "unit.count", "unit.percent"}
"""Units that need no word, or a sign."""


@pytest.mark.parametrize("key", sorted(WORDS))
def test_every_word_is_in_both_languages(key: str) -> None:
    english, chinese = WORDS[key]
    if key in SIGNS or not re.search(r"[A-Za-z]", re.sub(r"{\w+}", "", english)):
        return
    if key == "language":  # each says the other's name in the other's letters
        assert CJK.search(english)
        return
    assert CJK.search(chinese)
    assert not CJK.search(english)
    assert sorted(re.findall(r"{\w+}", english)) == sorted(re.findall(r"{\w+}", chinese))


def test_every_word_that_is_said_is_in_the_catalogue() -> None:
    missing, said = [], 0
    for path in FOLDER.glob("*.py"):
        text = path.read_text(encoding="utf-8")
        keys = SAID.findall(text)
        for short in SHORT.findall(text):
            keys += re.findall(r'=\s*"([a-z_.]+)"', short)
        for key in keys:
            said += 1
            pattern = re.compile(re.sub(r"\\{\w+\\}|\\{.*?\\}", r"[\\w.]*", re.escape(key)) + "$")
            if not any(pattern.match(known) for known in WORDS):
                missing.append(f"{path.name}: {key}")
    assert said > 80
    assert missing == []


class Template(HTMLParser):
    """Text that a Vue file shows as it stands, between tags and in attributes that are read."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.feed(text.partition("<script>")[0])

    def handle_data(self, data: str) -> None:
        self.found.append(re.sub(r"{{.*?}}", "", data, flags=re.DOTALL))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        read = ("title", "aria-label", "placeholder", "alt")
        self.found += [value or "" for name, value in attrs if name in read]


def test_every_word_of_the_catalogue_is_said() -> None:
    """Nothing stays in the catalogue that no reader ever sees."""
    sources = [p for p in FOLDER.glob("*.py") if p.name != "words.py"]
    text = "\n".join(path.read_text(encoding="utf-8") for path in sources)
    patterns = [
        re.compile(re.sub(r"\\{.*?\\}", r"[\\w.]*", re.escape(made)) + "$")
        for made in re.findall(r'f"([a-z.]+\.{[^"]*})"', text)
    ]
    left = [
        key
        for key in WORDS
        if f'"{key}"' not in text
        and f"'{key}'" not in text
        and not any(pattern.match(key) for pattern in patterns)
    ]
    assert left == []
    assert len(patterns) > 5


def test_parts_have_no_words_of_their_own() -> None:
    paths = list((FOLDER / "vue").glob("*.vue"))
    assert len(paths) > 8
    for path in paths:
        found = Template(path.read_text(encoding="utf-8")).found
        words = [text for text in found if re.search(r"[A-Za-z\u4e00-\u9fff]{2,}", text)]
        assert words == [], path.name
    assert "".join(Template("<p title='Help'>{{ x }} days</p>").found).split() == ["Help", "days"]


def test_every_lever_has_words() -> None:
    for lever in levers():
        words = words_for(lever.key)
        assert words is not None, f"lever_words.py has no line for {lever.key}"
        assert words.label.strip()
        assert CJK.search(words.label_zh), lever.key
        assert CJK.search(words.explains_zh), lever.key
        assert lever.explains.strip(), lever.key
        assert f"unit.{words.unit}" in WORDS
        for choice in lever.choices:
            assert choice in CHOICE_WORDS, f"{lever.key}: {choice}"


def test_no_word_of_a_lever_is_left_over() -> None:
    keys = {lever.key for lever in levers()}
    own = {**LEVER_WORDS, **PART_WORDS}
    assert sorted(set(own) - keys) == []
    common = {words_for(key) for key in keys - set(own)}
    assert [key for key, words in COMMON_WORDS.items() if words not in common] == []
    choices = {choice for lever in levers() for choice in lever.choices}
    assert sorted(set(CHOICE_WORDS) - choices) == []


def test_names_made_of_data_have_words() -> None:
    keys = [f"group.{group}" for group in GROUPS]
    keys += [f"purse.{purse}" for purse in PURSES]
    keys += [f"level.{tier.value}" for tier in Tier]
    keys += [f"warn.{what}" for what, _ in WARNED]
    keys += [f"people.{figure}" for figure in FIGURES]
    keys += [f"title.{title}" for name in county_names() for title in County.load(name).titles]
    assert [key for key in keys if key not in WORDS] == []
    for headline in HEADLINES:
        assert CJK.search(headline.title_zh)
    for _, name in WARNED:
        assert CJK.search(INDICATORS[name].label_zh)
    assert {kind for kind, *_ in KINDS} == set(CareKind) - {CareKind.IN_COUNTY}
    assert all(condition.title_zh for condition in CONDITIONS)


@pytest.mark.parametrize("preset", ["bundle", "hospital_cap"])
def test_every_line_of_the_accounts_has_words(preset: str) -> None:
    from experiments.page.plans import as_json

    policy = as_json(Scenario(preset).policy("A"))
    baseline = as_json(Scenario("dip").policy("A"))
    record = make_record(Ask("typical", policy, baseline, 24, 100, 1, accounts=True))
    assert record.accounts is not None
    proper = County.load("typical").provider_names
    told = [*record.accounts["account"].unique(), *record.accounts["line"].unique()]
    plain = [name for name in told if not name.startswith(tuple(proper))]
    assert [name for name in plain if not CJK.search(account_word(name, "zh"))] == []
    assert [name for name in told if account_word(name, "en") != name] == []


def test_an_unknown_word_is_an_error() -> None:
    with pytest.raises(KeyError):
        tell("no such word", "en")
    assert SCHEME in LEVER_WORDS
