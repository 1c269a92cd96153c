"""The text of a page: what people see of it, and no page takes long, whatever is in it."""

from __future__ import annotations

import time

import pytest

from impact_xl.returns.mail.page_text import text_of_page


@pytest.mark.parametrize(
    ("page", "text"),
    [
        ("plain words", "plain words"),
        ("<p>One</p><p>two  \n three</p>", "\nOne\n\ntwo three\n"),
        ("a<br>b<BR/>c", "a\nb\nc"),
        ("<td>Q01</td><td>Spreading</td>", "\tQ01\tSpreading"),
        ("R&amp;D &lt;5 &#233; &eacute;", "R&D <5 é é"),
        ("3 < 4 and 5 > 4", "3 < 4 and 5 > 4"),
        ("<head><title>No</title></head>yes", "yes"),
        ("<style>p > a { color: red }</style>yes", "yes"),
        ("<script>if (a<b) document.write('<p>no</p>')</script>yes", "yes"),
        ("<style>never closed <p>no</p>", ""),
        ("a<!-- <p>no</p> -->b", "ab"),
        ("a<!-->b", "ab"),
        ("a<!--[if gte mso 9]><xml>x</xml><![endif]-->b", "ab"),
        ("a<![if !mso]>b<![endif]>c", "abc"),
        ("a<!-- never closed > b", "a b"),
        ("a<?xml version='1.0'?>b", "ab"),
        ("<!DOCTYPE html>a", "a"),
        ('<p title="a > b">x</p>', "\nx\n"),
        ("<p title='a \" > b'>x</p>", "\nx\n"),
        ('<p title="never closed>x</p>', "\nx\n"),
        ("<blockquote>old</blockquote>new", "\n> old\nnew"),
        ('<a href="https://t.example/x?a=1&amp;b=2">here</a>', "here <https://t.example/x?a=1&b=2>"),
        ("<A HREF = 'https://t.example/x'>here</A>", "here <https://t.example/x>"),
        ("<a href=https://t.example/x>here</a>", "here <https://t.example/x>"),
        ('<a href="https://t.example/x">https://t.example/x</a>', "https://t.example/x"),
        ('<a href="https://t.example/x">never closed', "never closed <https://t.example/x>"),
        ('<a href="https://t.example/1">one<a href="https://t.example/2">two</a>',
         "one <https://t.example/1> two <https://t.example/2>"),
        ('<a name="top">here</a>', "here"),
        ('<a data-href="https://t.example/x">here</a>', "here"),
        ("<a<b", "<a<b"),
        ("and then < /p", "and then < /p"),
        ("&#99999999999999999999;", "\ufffd"),
    ],
)  # fmt: skip
def test_what_people_see(page: str, text: str) -> None:
    assert text_of_page(page) == text


@pytest.mark.parametrize(
    "piece",
    ["<<a<‹a", "<a", "<a>", "</a", "<!--", "<!", "<?", '<a ="', '<a ="1>"', "<a ='1>' =\"", "<style>", "<a href=x:1>a",
     "<a href=x:1>a</a>", "<script></script", "<td>", "<p", "&", "&#", "&#1", "=",
     "<a = = ", "<blockquote>", "<![CDATA["],
)  # fmt: skip
def test_no_page_takes_long(piece: str) -> None:
    """The library took 2.7 seconds for the first."""
    for page in (piece * (100_000 // len(piece)), piece * (100_000 // len(piece)) + ">"):
        began = time.process_time()
        text_of_page(page)
        assert time.process_time() - began < 1
