"""Who is meant by an @ in a text."""

from __future__ import annotations

import time

import pytest

from tms_chat.core.ids import UserId
from tms_chat.core.mentions import find_mentions

NAMES = {
    UserId("ana"): ("Ana Reyes", "Ana Reyes", "areyes"),
    UserId("ana2"): ("Ana", "", "ana.b"),
    UserId("bob"): ("Bob", "Robert Cruz", ""),
    UserId("zoe"): ("Zoé Müller-Groß", "", "zoe_m"),
    UserId("san"): ("张三", "", ""),
    UserId("twin1"): ("Kim Lee", "", ""),
    UserId("twin2"): ("kim lee", "", ""),
    UserId("all"): ("Allison", "", ""),
}

CASES = {
    "a name": ("hello @Bob", ["bob"]),
    "at the start, before a sign": ("@bob: look!", ["bob"]),
    "first and last name": ("ask @Robert Cruz about it", ["bob"]),
    "a user name": ("cc @areyes", ["ana"]),
    "the longest one wins": ("@Ana Reyes and @Ana", ["ana", "ana2"]),
    "the longest one, also of user names": ("@ana.b", ["ana2"]),
    "a sentence ends": ("thanks @ana.", ["ana2"]),
    "whoever is meant twice is named once": ("@bob @BOB @Robert Cruz", ["bob"]),
    "without its accents it is another name": ("@Zoe Muller-Gross", []),
    "accents composed or not, any case, any space": ("@Zoe\u0301\n  MÜLLER-GROSS", ["zoe"]),
    "namesakes are all meant": ("@Kim Lee", ["twin1", "twin2"]),
    "an e-mail address means nobody": ("write to a@bob.com", []),
    "a path means nobody": ("https://example.org/@bob", []),
    "a longer word means nobody": ("@bobby @bob_ @bob1", []),
    "two @ mean nobody": ("@@bob", []),
    "brackets": ("(@bob) [@ana]", ["bob", "ana2"]),
    "nobody": ("@nobody @ bob @", []),
    "code": ("run `@bob` and ```\n@ana\n``` and ```@zoe_m", []),
    "beside code": ("`x` @bob `y", ["bob"]),
    "a lone backtick is no code": ("it`s @bob", ["bob"]),
    "a script without spaces": ("你好@张三在吗", ["san"]),
    "everybody is not Allison": ("@allison", ["all"]),
}


@pytest.mark.parametrize("what", CASES)
def test_who_is_meant(what: str) -> None:
    text, expected = CASES[what]
    found = find_mentions(text, NAMES, everybody=True)
    assert (list(found.user_ids), found.everybody) == (expected, False)


@pytest.mark.parametrize("word", ["@all", "@All!", "@everyone", "(@here)"])
def test_everybody(word: str) -> None:
    assert find_mentions(f"hello {word} and @bob", NAMES, everybody=True).everybody
    alone = find_mentions(f"hello {word} and @bob", NAMES, everybody=False)
    assert (alone.user_ids, alone.everybody) == (("bob",), False)


@pytest.mark.parametrize("word", ["@allies", "a@all", "`@all`", "all", "@ all"])
def test_not_everybody(word: str) -> None:
    assert not find_mentions(word, NAMES, everybody=True).everybody


def test_nobody_can_make_it_slow() -> None:
    crowd = {UserId(str(number)): (f"Member {number} {'x' * (number % 50)}",) for number in range(2000)}
    started = time.process_time()
    for text in ("@" * 10_000, "@m " * 3333, "`" * 10_000, "```" * 3333, "`@" * 5000):
        find_mentions(text, crowd, everybody=True)
    assert time.process_time() - started < 3
