"""Alternatives and wildcards are drawn by the seed alone, and what needs none is left as it is."""

import contextlib
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest

from diffusion.request import Told
from diffusion.words.wildcards import Wildcards, unescaped


@pytest.fixture
def wildcards(tmp_path: Path) -> Wildcards:
    files = {
        "animal.txt": "cat\n# a comment\ndog\nowl\n",
        "deep/colour.txt": "red\nblue\n",
        "more.yaml": "weather:\n  - rain\n  - 50% sun\n  - 3::fog\nmixed: ['{wet|dry} __animal__']\n",
        "circle.txt": "a __circle__\n",
        "broken.txt": "a __gone__\n",
        "empty.txt": "# only this\n",
        "odd.txt": "a #1 $5 // b __c\n",
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, "utf-8")
    return Wildcards(tmp_path)


def draws(wildcards: Wildcards, text: str, count: int = 40) -> set[str]:
    return {wildcards.draw(text, seed) for seed in range(count)}


@pytest.mark.parametrize(
    ("text", "all_of_them"),
    [
        ("{red|blue} car", {"red car", "blue car"}),
        ("a {{red|blue} car|boat}", {"a red car", "a blue car", "a boat"}),
        ("{2$$ and $$a|b}", {"a and b", "b and a"}),
        ("{@a|b} {!c}", {"a c", "b c"}),
        ("__animal__!", {"cat!", "dog!", "owl!"}),
        ("__deep/colour__", {"red", "blue"}),
        ("__colour__", {"red", "blue"}),
        ("__weather__", {"rain", "50% sun", "fog"}),
        ("__mixed__", {f"{a} {b}" for a in ("wet", "dry") for b in ("cat", "dog", "owl")}),
        ("__odd__", {"a #1 $5 // b __c"}),
        (r"\{x\} {a\|b|c}", {r"\{x\} a\|b", r"\{x\} c"}),
        (
            "50% #1 {a|b} // $5 $$ ____ __ __init /* :} |",
            {f"50% #1 {x} // $5 $$ ____ __ __init /* :}} |" for x in "ab"},
        ),
        ("(a:1.2)  {(b:1.3)|<lora:x:0.5>} BREAK", {"(a:1.2)  (b:1.3) BREAK", "(a:1.2)  <lora:x:0.5> BREAK"}),
    ],
)
def test_what_is_drawn(wildcards: Wildcards, text: str, all_of_them: set[str]) -> None:
    wildcards.check(text)
    assert draws(wildcards, text) == all_of_them


def test_the_seed_decides_alone(wildcards: Wildcards, tmp_path: Path) -> None:
    text = "{a|b|c|d} __animal__ {e|f|g|h}"
    again = Wildcards(tmp_path)
    assert [wildcards.draw(text, seed) for seed in range(20)] == [again.draw(text, seed) for seed in range(20)]
    assert wildcards.draw(text, "7 negative") == again.draw(text, "7 negative")


def test_the_same_seed_draws_the_same_in_every_version() -> None:
    """Pictures of long ago are made again from their seed and prompt."""
    drawn = [Wildcards(Path("nowhere")).draw("{a|b|c|d|e|f|g|h}", seed) for seed in (0, 1, 7, 2**32 - 1)]
    assert drawn == ["g", "e", "h", "b"]


def test_what_is_drawn_has_nothing_left_to_draw(wildcards: Wildcards) -> None:
    drawn = wildcards.draw(r"\{x\} {a\|b|__mixed__}", 3)
    assert wildcards.draw(drawn, 4) == drawn
    assert unescaped(r"\{x\} a\|b \(c\)") == r"{x} a|b \(c\)"


@pytest.mark.parametrize(
    "text", ["a  cat, 50% #1 :} $5 $$ // __ ____ __../x__ x__", "", "日本 🐱", "(a:1.2) [b] \\( <x>"]
)
def test_without_syntax_a_text_is_left_as_it_is(wildcards: Wildcards, text: str) -> None:
    wildcards.check(text)
    assert wildcards.draw(text, 1) == text


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a {red|blue car", "never closed"),
        ("{a|{b}", "never closed"),
        ("__anmal__", "Did you mean `__animal__`"),
        ("__empty__", "The wildcard `__empty__` is empty"),
        ("__zzz__", "There are: `__animal__`"),
        ("${a=b}${a}", "not read here"),
        ("%{a $$ b}", "not read here"),
        ("{" * 9 + "}" * 9, "at most 8 deep"),
    ],
)
def test_what_cannot_be_drawn_is_told_before(wildcards: Wildcards, text: str, words: str) -> None:
    with pytest.raises(Told, match=words.replace("`", ".")):
        wildcards.check(text)
    with pytest.raises(Told):
        wildcards.draw(text, 1)


@pytest.mark.parametrize(
    ("text", "words"), [("__circle__", "end"), ("__broken__", "__gone__"), ("{0::a|0::b}", "read")]
)
def test_what_only_drawing_shows_is_told(wildcards: Wildcards, text: str, words: str) -> None:
    with pytest.raises(Told, match=words):
        wildcards.draw(text, 1)


def test_a_missing_folder_has_none(tmp_path: Path) -> None:
    nothing = Wildcards(tmp_path / "gone")
    assert nothing.draw("{a}", 1) == "a"
    with pytest.raises(
        Told,
        match=re.escape(f"none at all in the folder {tmp_path / 'gone'}; write the alternatives out: `{{red|blue}}`."),
    ):
        nothing.check("__animal__")


def test_a_changed_file_is_read_again(wildcards: Wildcards, tmp_path: Path) -> None:
    assert draws(wildcards, "__animal__") == {"cat", "dog", "owl"}
    (tmp_path / "animal.txt").write_text("fox\n")
    (tmp_path / "new.txt").write_text("new\n")
    assert draws(wildcards, "__animal__ __new__") == {"fox new"}


def test_the_check_of_a_hostile_text_is_quick(wildcards: Wildcards) -> None:
    begun = time.perf_counter()
    for text in ("{a|b}" * 200, "{" * 1000, "_" * 1000, "__a" * 333, "__" + "a " * 499, "{ " * 8 + " " * 900 + "}" * 8):
        with contextlib.suppress(Told):
            wildcards.check(text)
    assert time.perf_counter() - begun < 1.0


def test_it_loads_no_torch() -> None:
    code = (
        "import sys, diffusion.words.wildcards; assert not {'torch', 'transformers', 'requests'} & sys.modules.keys()"
    )
    assert subprocess.run([sys.executable, "-c", code], timeout=60).returncode == 0
