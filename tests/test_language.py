"""What a prompt may say is known before it is queued, and each picture's words are drawn by its own seed."""

import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from diffusion.request import Request, Told
from diffusion.settings import EngineSettings
from diffusion.words.language import Language, Wording
from diffusion.words.loras import Mention, mentions, without_mentions


@pytest.fixture
def language(tmp_path: Path) -> Language:
    for name in ("loras/Water Colour.safetensors", "loras/styles/ink-v1.5.safetensors", "loras/old.pt"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(b"")
    (tmp_path / "wildcards").mkdir()
    (tmp_path / "wildcards" / "animal.txt").write_text("cat\ndog\nowl\n")
    (tmp_path / "wildcards" / "style.txt").write_text("<lora:Water Colour:0.5>\n<lora:gone:1>\n")
    return Language(folders(tmp_path))


def folders(parent: Path) -> EngineSettings:
    loras, embeddings, wildcards = (str(parent / name) for name in ("loras", "embeddings", "wildcards"))
    return EngineSettings(loras=loras, embeddings=embeddings, wildcards=wildcards)


def ask(prompt: str, **values: Any) -> Request:
    usual = {"model": "mini", "width": 64, "height": 64, "steps": 4, "guidance": 3.0, "sampler": "DDIM", "seed": 7}
    return Request(prompt=prompt, **{**usual, **values})


@pytest.mark.parametrize(
    ("text", "found", "words"),
    [
        ("a cat", [], "a cat"),
        ("a  cat ", [], "a  cat "),
        ("a cat <lora:ink:0.8>", [("ink", 0.8)], "a cat"),
        ("<lora:ink> a <LORA: Water Colour :-1.5> cat", [("ink", 1), ("Water Colour", -1.5)], "a cat"),
        ("<lora:ink:1><lora:ink:.5>", [("ink", 0.5)], ""),
        ("<lora:ink-v1.5:+2>", [("ink-v1.5", 2)], ""),
        ("1 < 2 > 0 <love> <lora>", [], "1 < 2 > 0 <love> <lora>"),
    ],
)
def test_loras_are_read_as_in_automatic1111(text: str, found: list[tuple[str, float]], words: str) -> None:
    assert mentions(text) == tuple(Mention(name, weight) for name, weight in found)
    assert without_mentions(text) == words


def test_a_mention_is_written_as_it_is_read() -> None:
    assert str(Mention("ink", -0.5)) == "<lora:ink:-0.5>"
    assert mentions(str(Mention("ink", 1))) == (Mention("ink", 1),)


@pytest.mark.parametrize(
    "prompt",
    [
        "a red circle",
        "a {red|blue} __animal__ (big:1.3), [small] BREAK \\(x\\)",
        "a cat <lora:Water Colour:0> <lora:INK-V1.5:-2>",
        "{<lora:Water Colour:1>|<lora:ink-v1.5:1>}",
    ],
)
def test_a_good_prompt_is_taken(language: Language, prompt: str) -> None:
    language.check(prompt, "blurry, {dark|__animal__}")


@pytest.mark.parametrize(
    ("prompt", "words"),
    [
        ("<lora:water color:1>", "Did you mean “Water Colour”"),
        ("<lora:zzz:1>", "There are: Water Colour, ink-v1.5"),
        ("<lora:old:1>", "pickled"),
        ("<lora:ink-v1.5:3>", "from -2 to 2"),
        ("<lora:ink-v1.5:much>", "“much” is not that"),
        ("<lora:ink-v1.5:1:1>", "“1:1” is not that"),
        ("<lora:ink-v1.5:nan>", "“nan” is not that"),
        ("<lora::1>", "wants a name"),
        ("{red|blue", "never closed"),
        ("__anmal__", "Did you mean"),
        ("(cat:50)", "at most 20"),
        ("(" * 40 + "cat", "at most 20"),
        ("".join(f"<lora:x{n}:1>" for n in range(9)), "There is no LoRA"),
    ],
)
def test_what_a_person_can_mend_is_told_before(language: Language, prompt: str, words: str) -> None:
    with pytest.raises(Told, match=words):
        language.check(prompt)


def test_a_lora_belongs_to_the_prompt(language: Language) -> None:
    with pytest.raises(Told, match="belongs to the prompt"):
        language.check("a cat", "<lora:ink-v1.5:1>")


def test_too_many_loras_at_once_are_told(language: Language, tmp_path: Path) -> None:
    for number in range(9):
        (tmp_path / "loras" / f"x{number}.safetensors").write_bytes(b"")
    many = [f"<lora:x{number}:1>" for number in range(9)]
    with pytest.raises(Told, match="at most 8"):
        language.check("".join(many))
    language.check("{" + "|".join(many) + "}")


def test_an_empty_folder_has_no_names_to_offer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    nothing = Language(folders(tmp_path / "gone"))
    nothing.check("a {red|blue} circle")
    with pytest.raises(Told, match=re.escape(f"none at all in the folder {tmp_path / 'gone' / 'loras'}; leave it out")):
        nothing.check("<lora:ink:1>")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(Told, match=re.escape(f"in the folder {Path('gone', 'loras')};")):
        nothing.check("<lora:ink:1>")


def test_each_picture_draws_by_its_own_seed(language: Language) -> None:
    request = ask("a {red|blue|green|black} __animal__", negative="{a|b|c|d} __animal__", count=8)
    drawn = [each.drawn for each in language.wordings(request)]
    assert len({each.prompt for each in drawn}) > 2
    assert drawn[3] == language.wording(replace(request, seed=10, count=1)).drawn
    assert [each.seed for each in drawn] == list(range(7, 15))


def test_a_variation_keeps_its_parents_words(language: Language) -> None:
    parent = ask("{red|blue|green|black} __animal__")
    varied = replace(parent, variation=0.4, variation_seed=99, count=4)
    assert {each.prompt for each in language.wordings(varied)} == {language.wording(parent).prompt}


def test_words_that_were_drawn_are_drawn_again_as_they_are(language: Language, tmp_path: Path) -> None:
    drawn = language.wording(ask(r"\{a\} {b\|c|d} __animal__", negative="__animal__")).drawn
    (tmp_path / "wildcards" / "animal.txt").unlink()
    assert language.wording(drawn).drawn == drawn


def test_what_the_model_reads(language: Language, tmp_path: Path) -> None:
    (tmp_path / "embeddings").mkdir()
    for name in ("Inky", "bad-hands", "unused"):
        (tmp_path / "embeddings" / f"{name}.safetensors").write_bytes(b"")
    asked = ask(
        r"a \{(inky:1.2)\} <lora:water colour:0.5> x <lora:ink-v1.5:0>", negative=r"\{b\}, bad-hands, inkyunused"
    )
    assert language.wording(asked) == Wording(
        drawn=asked,
        prompt="a {(inky:1.2)} x",
        negative="{b}, bad-hands, inkyunused",
        loras=((tmp_path / "loras" / "Water Colour.safetensors", 0.5),),
        embeddings=(tmp_path / "embeddings" / "Inky.safetensors", tmp_path / "embeddings" / "bad-hands.safetensors"),
    )


def test_a_lora_that_is_named_in_two_ways_is_one(language: Language) -> None:
    wording = language.wording(ask("a <lora:Water Colour:1> <lora:WATER COLOUR:0.5>"))
    assert [weight for _, weight in wording.loras] == [0.5]


def test_what_was_drawn_is_held_to_the_same(language: Language) -> None:
    for seed in range(20):
        request = ask("a cat __style__", seed=seed)
        if "gone" in language.wildcards.draw(request.prompt, seed):
            with pytest.raises(Told, match="There is no LoRA “gone”"):
                language.wording(request)
        else:
            assert [weight for _, weight in language.wording(request).loras] == [0.5]


def test_a_prompt_without_syntax_reaches_the_model_as_it_is(language: Language) -> None:
    request = ask("  a cat,\n 50% off #1 __ $5 <b> 日本 ", negative=" a  b ")
    assert language.wording(request) == Wording.plain(request)


def test_it_loads_no_torch() -> None:
    code = "import sys, diffusion.words.language; assert not {'torch', 'peft', 'diffusers'} & sys.modules.keys()"
    assert subprocess.run([sys.executable, "-c", code], timeout=60).returncode == 0
