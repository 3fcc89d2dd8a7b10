"""Weights of words are read as in Automatic1111."""

import pytest

from diffusion.words.emphasis import Run, parse, plain, weighted


@pytest.mark.parametrize(
    ("text", "runs"),
    [
        ("a cat", [("a cat", 1)]),
        ("(cat)", [("cat", 1.1)]),
        ("a ((red)) cat", [("a ", 1), ("red", 1.21), (" cat", 1)]),
        ("[cat]", [("cat", 1 / 1.1)]),
        ("[(cat)]", [("cat", 1)]),
        ("a (red:1.3) cat", [("a ", 1), ("red", 1.3), (" cat", 1)]),
        ("(red: 0.5 )", [("red", 0.5)]),
        ("(red:-1)", [("red", -1)]),
        ("(a (b:2) c:.5)", [("a ", 0.5), ("b", 1), (" c", 0.5)]),
        (r"a \(red\) cat", [("a (red) cat", 1)]),
        (r"(\(o\))", [("(o)", 1.1)]),
        (r"a\b \\", [("a\\b \\", 1)]),
        ("a cat: red", [("a cat: red", 1)]),
        ("(a:b)", [("a:b", 1.1)]),
        ("(a:1.2.3)", [("a:1.2.3", 1.1)]),
        ("(open", [("open", 1.1)]),
        ("a [weak", [("a ", 1), ("weak", 1 / 1.1)]),
        ("closed) cat]", [("closed) cat]", 1)]),
        ("red:1.3) cat", [("red:1.3) cat", 1)]),
        ("(a [b) c]", [("a ", 1.1), ("b", 1), (" c", 1 / 1.1)]),
        ("", []),
    ],
)
def test_weights(text: str, runs: list[tuple[str, float]]) -> None:
    (passage,) = parse(text)
    assert [run.words for run in passage] == [words for words, _ in runs]
    assert [run.weight for run in passage] == pytest.approx([weight for _, weight in runs], abs=1e-6)


def test_a_break_parts_passages() -> None:
    assert parse("a cat BREAK (red:2) BREAK") == ((Run("a cat"),), (Run("red", 2),), ())
    assert parse("BREAKFAST and break") == ((Run("BREAKFAST and break"),),)


def test_a_break_in_brackets_still_parts() -> None:
    assert parse("(a BREAK b:2)") == ((Run("a", 2),), (Run("b", 2),))


@pytest.mark.parametrize("text", ["a cat, 50% off: {x} <y> 3.5", "  two  spaces ", "日本 🐱", "BREAKFAST"])
def test_without_syntax_a_text_is_left_as_it_is(text: str) -> None:
    assert not weighted(text)
    assert plain(text) == text


def test_plain_words() -> None:
    assert plain(r"a (red:1.3) [cat] BREAK on a \(big\) mat") == "a red cat on a (big) mat"


def test_a_thousand_brackets_are_read_at_once() -> None:
    ((run,),) = parse("(" * 500 + "a" + ")" * 500)
    assert run.words == "a"
