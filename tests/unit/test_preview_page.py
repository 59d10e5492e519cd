"""What is read from a page, however it is written."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tms_chat.previews.page import MAX_DESCRIPTION, MAX_TITLE, Page, read_page

URL = "https://example.org/dir/page"


def read(html: str | bytes, charset: str | None = None) -> Page:
    return read_page(html.encode() if isinstance(html, str) else html, charset, URL)


def test_open_graph_wins_over_twitter_and_that_over_the_rest() -> None:
    html = """<html><head><title>Plain &amp; simple</title><meta name=description content="plain">
      <meta name="twitter:title" content="Tweet"><meta name='twitter:description' content='tweet'>
      <meta property="og:title" content="Graph > tree"/><META PROPERTY="OG:IMAGE" CONTENT="/i.png">
      <link rel="stylesheet" href="x.css"><link rel="Shortcut ICON" href="f.ico"></head>"""
    assert read(html) == Page("Graph > tree", "tweet", "https://example.org/i.png", "https://example.org/dir/f.ico")


def test_the_title_and_nothing_else_is_enough_and_so_is_nothing() -> None:
    assert read("<title>\n Plain &amp;\t simple </title>") == Page("Plain & simple", None, None, None)
    assert read("") == read("just text") == read("<title></title>") == Page(None, None, None, None)
    assert read('<meta property="og:title" content=" "><title>x</title>').title == "x"


def test_texts_are_cut_and_have_nothing_invisible_in_them() -> None:
    page = read(f"<title>{'x' * 900}</title><meta name=description content='{'y ' * 900}'>")
    assert page.title == "x" * (MAX_TITLE - 1) + "…"
    assert page.description is not None
    assert len(page.description) <= MAX_DESCRIPTION
    assert read("<title>a\u202eb\u200bc\x07d&#0;e</title>").title is not None
    title = read("<title>a\u202eb\u200bc\x07d</title>").title
    assert title == "a b c d"


@pytest.mark.parametrize("image", ["javascript:alert(1)", "data:image/png;base64,AA", "https://u:p@x.example/i.png"])
def test_an_image_is_on_the_web_or_not_there(image: str) -> None:
    assert read(f'<meta property="og:image" content="{image}"><title>x</title>').image is None


@pytest.mark.parametrize(
    ("encoding", "charset", "declared"),
    [
        ("utf-8", None, ""), ("utf-8", "UTF-8", ""), ("windows-1251", "windows-1251", ""), ("gb18030", "gb2312", ""),
        ("shift_jis", None, "shift_jis"), ("euc-kr", None, "EUC-KR"), ("utf-16", None, ""), ("utf-8-sig", "latin1", ""),
        ("utf-8", "rot13", ""), ("utf-8", "unicode_escape", ""), ("utf-8", "no-such-charset", ""),
    ],
)  # fmt: skip
def test_the_charset_is_that_of_the_answer_the_page_or_utf_8(encoding: str, charset: str | None, declared: str) -> None:
    words = {"windows-1251": "Привет", "gb18030": "北京", "shift_jis": "日本", "euc-kr": "한국"}.get(
        encoding, "Zoë 北京"
    )
    meta = f'<meta charset="{declared}">' if declared else ""
    assert read(f"{meta}<title>{words}</title>".encode(encoding), charset).title == words


def test_what_latin_1_is_called_is_windows_1252() -> None:
    assert read("<title>“quoted” €</title>".encode("cp1252"), "iso-8859-1").title == "“quoted” €"


@pytest.mark.parametrize(
    "html",
    ["<div>" * 100_000, "<title>" * 70_000, "<meta " * 80_000, "<!--" * 120_000, "<meta content='" * 30_000,
     "<a " + "b='c' " * 80_000, "<meta charset" * 30_000, "<title>x" + " " * 500_000, "&lt;" * 120_000],
)  # fmt: skip
def test_no_page_takes_long(html: str) -> None:
    started = time.process_time()
    read(html)
    assert time.process_time() - started < 1.0


@given(
    st.binary(max_size=400) | st.text(st.sampled_from("<>\"'=/ metalinktitlog:x\x00&;#"), max_size=200).map(str.encode)
)
def test_no_page_breaks_it(body: bytes) -> None:
    page = read_page(b"<meta property=og:title content=" + body, None, URL)
    for text in (page.title, page.description):
        assert text is None or (text.strip() and "\x00" not in text and text.encode())
