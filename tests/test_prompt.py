import json
import re
from dataclasses import replace
from pathlib import Path

import pytest

from bot.config import Limits
from bot.prompt import FLAGS, Source, complete, inherited, parse, read, write
from diffusion.registry import ModelSpec, Registry
from diffusion.request import Request, Told

SPECS = (
    ModelSpec(name="mini", source="builtin", size=128, steps=20, guidance=4.0, sampler="DDIM", strength=0.7),
    ModelSpec(name="sdxl", source="owner/sdxl", size=1024, multiple=8, steps=30, guidance=7.0),
    ModelSpec(name="turbo", source="owner/turbo", size=512, steps=4, guidance=1.0, guided=False),
)
REGISTRY = Registry({spec.name: spec for spec in SPECS}, "mini")
LIMITS = Limits(prompt=200, steps=100, count=4)  # pyright: ignore[reportCallIssue]
PICTURE = Source("a" * 64, 300, 200)
CIRCLE = "a red circle on a blue background"


def asked(text: str, **more) -> Request:
    return parsed(text, **more).request


def parsed(text: str, **more):
    return parse(text, registry=REGISTRY, limits=LIMITS, seed=lambda: 99, **more)


def refusal(text: str, **more) -> str:
    with pytest.raises(Told) as told:
        parsed(text, **more)
    assert len(str(told.value)) < 500  # a message holds 2000
    return str(told.value)


def test_a_plain_prompt_takes_everything_else_from_the_model():
    assert asked("  a red\ncircle  ") == Request(
        prompt="a red circle", model="mini", width=128, height=128, steps=20, guidance=4.0, sampler="DDIM", seed=99,
        count=4,
    )  # fmt: skip


def test_all_flags_in_any_order():
    request = asked(
        f'{CIRCLE} --n 2 --no dogs, text --seed 7 --steps 30 --sampler "euler a" --model SDXL --ar 3:2 --cfg 5'
    )
    assert request == Request(
        prompt=CIRCLE, negative="dogs, text", model="sdxl", width=1256, height=840, steps=30, guidance=5.0,
        sampler="Euler a", seed=7, count=2,
    )  # fmt: skip


@pytest.mark.parametrize(
    "text", ["x —seed 7", "x –seed 7", "x --seed=7", "x --SEED 7", "x --seed7", "x\n--seed 7", 'x --seed "7"']
)
def test_the_ways_of_typing_a_flag(text):
    assert (asked(text).prompt, asked(text).seed) == ("x", 7)


@pytest.mark.parametrize(
    "text", ["a cat — in a hat", "a cat —purring softly", "the years 1990–2000", "a -- b", 'a sign "--seed 7"']
)
def test_dashes_that_are_no_flags_stay_in_the_prompt(text):
    assert asked(text).prompt == text


@pytest.mark.parametrize(
    ("flag", "field", "value"),
    [
        ("--aspect-ratio 1:2", "height", 184),
        ("--ar portrait", "width", 104),
        ("--size 160x96", "width", 160),
        ("--size 160×96", "height", 96),
        ("--negative_prompt dogs", "negative", "dogs"),
        ("--no dogs --no cats", "negative", "dogs, cats"),
        ("--guidance 7,5", "guidance", 7.5),
        ("--cfg_scale 7", "guidance", 7.0),
        ("--seed random", "seed", 99),
        ("--seed -1", "seed", 99),
        ("--seed 4294967295", "seed", 4294967295),
        ("--sampler dpm++ 2m karras", "sampler", "DPM++ 2M Karras"),
        ("--variation .5", "variation_seed", 99),
    ],
)
def test_names_and_values_that_people_know(flag, field, value):
    assert getattr(asked(f"x {flag}"), field) == value


@pytest.mark.parametrize(
    ("text", "mend"),
    [
        ("", "The prompt is empty"),
        ("--seed 7", "The prompt is empty"),
        ("x --sede 7", "Did you mean `--seed 7`?"),
        ("x --qwxz 7", "There are: `--ar`"),
        ("x --v 6", "`--model`"),
        ("x --seed", "nothing came after it"),
        ("x --seed 7 on a mat", "before the flags"),
        ("x --seed 4294967296", "from 0 to 4294967295"),
        ("x --steps 101", "from 1 to 100, for example `--steps 30`"),
        ("x --steps 0", "from 1 to 100"),
        ("x --n 5", "from 1 to 4"),
        ("x --cfg nan", "from 0 to 30"),
        ("x --ar 9:1", "from 1:4 to 4:1"),
        ("x --ar 1:0", "from 1:4 to 4:1"),
        ("x --size big", "--size 160x104"),
        ("x --model sdxl --size big", "--size 1256x840"),
        ("x --width 300", "--size 160x104"),
        ("x --size 1024x1024", "the largest of that shape is 176×176"),
        ("x --size 16x16", "at least 64"),
        ("x --sampler oiler", "Euler"),
        ("x --model sdlx", "sdxl"),
        ("x --strength 0.5", "attach one, or reply"),
        ("x" * 201, "201 characters and at most 200"),
        ("x --no " + "x" * 201, "negative prompt"),
        ("x --sampler " + "x" * 2000, "one of: Euler"),
        ("x --" + "x" * 2000, "There is no flag `--xxx"),
    ],
)
def test_a_mistake_is_answered_with_the_mend(text, mend):
    assert mend in refusal(text)


def test_what_a_person_wrote_cannot_break_the_refusal():
    assert "`*`" not in refusal("x --seed `*`")


def test_an_option_means_the_same_as_its_flag_and_wins_over_it():
    assert asked("x", options={"steps": 30, "seed": None, "aspect": "3:2"}) == asked("x --steps 30 --ar 3:2")
    both = parsed("x --steps 30", options={"steps": 40})
    assert both.request.steps == 40
    assert any("`steps`" in note and "40" in note for note in both.notes)


def test_an_option_and_a_flag_that_agree_need_no_word():
    assert not any("option" in note for note in parsed("x --steps 30", options={"steps": 30}).notes)


def test_negative_prompts_of_option_and_flag_add_up():
    assert asked("x --no cats", options={"negative_prompt": "dogs"}).negative == "cats, dogs"


def test_a_size_between_the_models_multiples_is_rounded_and_said():
    rounded = parsed("x --size 130x127 --model mini")
    assert (rounded.request.width, rounded.request.height) == (128, 128)
    assert any("130×127 became 128×128" in note for note in rounded.notes)


def test_every_aspect_keeps_about_the_trained_area():
    for ratio in ("1:1", "3:2", "2:3", "16:9", "9:16", "4:3", "3:4", "4:1"):
        for spec in SPECS:
            request = asked(f"x --ar {ratio} --model {spec.name}")
            assert request.width % spec.multiple == 0 == request.height % spec.multiple
            assert request.width * request.height == pytest.approx(spec.size**2, rel=0.1)


def test_a_few_step_model_says_what_it_ignores():
    fast = parsed("x --model turbo --no dogs --cfg 9")
    assert fast.request.guidance == 1.0
    assert any("the negative prompt and guidance" in note for note in fast.notes)
    assert parsed("x --model turbo").notes == ()


def test_a_picture_far_above_the_trained_area_is_advised_against():
    large = parsed("a red circle --model mini --size 176x168").notes
    assert large == (
        "mini draws best at 128×128 and may repeat things at 176×168; draw it at 128×128, and Upscale makes it larger.",
    )
    assert parsed("a red circle --model mini --size 160x128").notes == ()
    over = complete(
        read("a red circle --model mini --size 176x168", registry=REGISTRY, limits=LIMITS),
        registry=REGISTRY, limits=LIMITS, source=Source("a" * 64, 176, 168),
    )  # fmt: skip
    assert over.notes == ()


def test_unknown_words_are_named_for_the_built_in_model_only():
    assert parsed("a red zeppelin").notes == ("This small model does not know “zeppelin”.",)
    (aside,) = parsed("a red zeppelin").asides
    assert aside.startswith("It knows 80 things")
    assert parsed(CIRCLE).asides == parsed("a red zeppelin --model sdxl").asides == ()
    assert parsed("a red zeppelin --model sdxl").notes == ()
    assert parsed(CIRCLE).notes == ()


def test_a_source_gives_its_shape_and_the_models_strength():
    request = asked("at night", source=PICTURE)
    assert (request.width, request.height) == (160, 104)
    assert (request.source, request.strength) == ("a" * 64, 0.7)
    assert asked("at night --strength 60%", source=PICTURE).strength == 0.6


def test_a_strength_that_would_change_nothing_is_refused():
    assert "at least 100 steps or strength 0.05" in refusal("x --strength 0.01", source=PICTURE)
    assert "what to make of the picture" in refusal("", source=PICTURE)


def test_a_child_inherits_what_is_not_said_and_draws_its_own_seed():
    parent = asked(f"{CIRCLE} --no dogs --ar 3:2 --steps 33 --cfg 6 --sampler heun --seed 5 --n 2")
    child = asked("a blue square --steps 10", defaults=inherited(parent))
    assert child == Request(**parent.to_json() | {"prompt": "a blue square", "steps": 10, "seed": 99})
    assert asked("", defaults=inherited(parent)).prompt == CIRCLE


def test_another_model_brings_its_own_settings():
    parent = asked(f"{CIRCLE} --no dogs --steps 33 --seed 5 --ar 3:2")
    child = asked("x --model sdxl", defaults=inherited(parent))
    assert (child.steps, child.width, child.negative) == (30, 1024, "dogs")


def test_what_a_foreign_picture_says_is_held_to_the_limits():
    wild = {
        "model": "mini",
        "width": 9000,
        "height": 6000,
        "steps": 5000,
        "guidance": 900.0,
        "sampler": "?",
        "count": 40,
    }
    request = asked("x", defaults=wild)
    assert (request.width, request.height, request.steps, request.count) == (160, 104, 100, 4)
    assert (request.guidance, request.sampler) == (30.0, "DDIM")
    gone = parsed("x", defaults={"model": "dall-e"})
    assert gone.request.model == "mini"
    assert any("dall-e" in note for note in gone.notes)


@pytest.mark.parametrize(
    "text",
    [
        CIRCLE,
        'x --no "a --seed 4, b" --ar 16:9 --sampler "euler a" --cfg 0.35 --n 1',
        "x --model sdxl --variation 0.15 --variation-seed 3 --steps 7 --seed 12",
    ],
)
def test_a_request_written_as_text_asks_for_the_same(text):
    request = asked(text)
    assert asked(write(request, REGISTRY)) == request


@pytest.mark.parametrize(
    ("text", "note"),
    [
        ("x --steps 5 --n 1 --steps 9", "“--steps 5” and “--steps 9” say different things; the last one counts."),
        ("x --ar 16:9 --size 128x128", "“--ar 16:9” and “--size 128x128” say different things; the last one counts."),
        ("x --step 9 --steps 9", None),
        ("x --no dogs --no cats", None),
    ],
)
def test_flags_that_contradict_each_other_are_named(text: str, note: str | None):
    assert [each for each in parsed(text).notes if "different things" in each] == ([note] if note else [])


def test_a_pick_is_read_and_belongs_to_no_request():
    words = read("make it night --pick 3", registry=REGISTRY, limits=LIMITS)
    assert (words.prompt, words.pick) == ("make it night", 3)


def test_every_flag_reads_its_own_example_and_names_are_unique():
    names = [name for flag in FLAGS for name in (flag.name, *flag.aliases)]
    assert len(names) == len(set(names))
    for flag in FLAGS:
        words = read(f"x {flag.usage(REGISTRY[''])}", registry=REGISTRY, limits=LIMITS)
        assert words.prompt == "x"
        assert flag.sets in words.values


def test_a_parent_of_no_sensible_shape_hands_down_the_nearest():
    """A stranger's picture says what it likes."""
    request = asked("a cat", defaults={"width": 64, "height": 1024, "model": "sdxl"}, source=PICTURE)
    assert (request.width, request.height) == (512, 2048)


def test_a_parents_negative_prompt_that_is_too_long_is_left_out_in_words():
    """The person did not write it and cannot shorten it."""
    made = parsed("a cat", defaults={"negative": "n" * 201}, source=PICTURE)
    assert made.request.negative == ""
    assert "201 characters" in "".join(made.notes)


@pytest.mark.parametrize("negative", ['say "hi" --steps 9', "“curly” --no way", '"'])
def test_quotes_in_a_negative_prompt_never_break_the_text_written(negative: str):
    request = replace(asked(CIRCLE), negative=negative)
    assert asked(write(request, REGISTRY)) == replace(request, negative=re.sub('["“”]', "'", negative))


@pytest.mark.parametrize(
    "text",
    [
        "a {red|blue} circle", "(a:1.2) [red] ((circle))", "a red circle <lora:ink-v2:0.8>", "a red __animal__ circle",
        "a red circle BREAK a star", r"a \(red\) circle", "{2$$ and $$red|blue} {2::circle|star}",
    ],
)  # fmt: skip
def test_syntax_is_no_unknown_word(text: str) -> None:
    assert parsed(text).request.prompt == text
    assert parsed(text).notes == ()


def test_unknown_words_are_found_among_the_syntax() -> None:
    assert "“zeppelin”" in parsed("a {red|(zeppelin:1.3)} circle").notes[0]


@pytest.mark.parametrize(
    ("encoder", "denoiser", "told"), [("T5EncoderModel", "transformer", True), ("CLIPTextModel", "unet", False)]
)
def test_weights_that_a_model_does_not_read_are_told(tmp_path: Path, encoder: str, denoiser: str, told: bool) -> None:
    index = {"_class_name": "X", "text_encoder": ["transformers", encoder], denoiser: ["diffusers", "Y"]}
    (tmp_path / "model_index.json").write_text(json.dumps(index))
    registry = Registry({"other": ModelSpec(name="other", source=str(tmp_path))}, "other")
    for text, heavy in (("a (red:1.2) cat", True), ("a cat BREAK", True), (r"a \(red\) cat", False), ("a cat", False)):
        notes = parse(text, registry=registry, limits=LIMITS).notes
        assert bool(notes) == (told and heavy), text
        assert not notes or "reads no weights of words" in notes[0]


def test_tile_stands_alone_and_stop_takes_a_part():
    request = parse("moss --tile --stop 60% --seed 3", registry=REGISTRY, limits=LIMITS).request
    assert (request.tile, request.stop, request.prompt) == (True, 0.6, "moss")
    assert not parse("moss --tile no", registry=REGISTRY, limits=LIMITS).request.tile
    again = parse(write(request, REGISTRY), registry=REGISTRY, limits=LIMITS).request
    assert again == request
    with pytest.raises(Told, match="`--tile` wants nothing after it"):
        parse("moss --tile on a stone", registry=REGISTRY, limits=LIMITS)


@pytest.mark.parametrize("word", ["none", "Nothing"])
def test_an_inherited_negative_can_be_taken_away(word: str) -> None:
    parent = {"negative": "moon"}
    assert asked("a tree", defaults=parent).negative == "moon"
    assert asked(f"a tree with a moon --no {word}", defaults=parent).negative == ""
    assert "“none”" in refusal('a tree --no ""', defaults=parent)
