"""What the options of the command line make of pictures: files in, a complete request out, without any engine."""

import io
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from bot import growth
from bot.cli.material import gather
from bot.cli.orders import Operations, Order
from bot.cli.reading import read
from bot.config import load
from bot.prompt import Parsed
from diffusion import metadata
from diffusion.request import Frame, Reference, Request, Told

CONFIG = """
model = "mini"

[models.mini]
source = "builtin"
size = 128
max_pixels = 65536

[models.guided]
source = "/nowhere"
size = 128
controls = {canny = "/nowhere/canny", depth = "/nowhere/depth"}
ip_adapter = {source = "/nowhere", weights = "a.safetensors", image_encoder = "b"}
"""
MADE = Request(
    prompt="a red circle", model="guided", width=128, height=128, steps=20, guidance=4, sampler="DDIM", seed=7
)


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "config.toml").write_text(CONFIG)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def asked(
    text: str = "", *, image: str = "", again: str = "", options: dict[str, str | None] | None = None, **operations: Any
) -> Parsed:
    """What one command asks for."""
    order = Order(
        text=text,
        options=options or {},
        image=Path(image) if image else None,
        again=Path(again) if again else None,
        operations=Operations(**operations),
    )
    material = gather(order)
    _, parsed = read(load(Path("config.toml")), order, material)
    assert parsed
    assert {*parsed.request.needs} <= material.pictures.keys(), "the worker gets whatever the request needs"
    return parsed


def saved(name: str, request: Request | None = None, size: tuple[int, int] = (128, 128), colour: str = "red") -> str:
    """A picture in this folder, with its settings where it was made here; its SHA-256."""
    image = Image.new("RGB", size, colour)
    if request:
        Path(name).write_bytes(metadata.write(image, request))
    else:
        image.save(name)
    return sha256(Path(name).read_bytes()).hexdigest()


# Variation


@pytest.mark.parametrize("role", ["canny", "image", "style"])
def test_a_picture_that_was_made_with_others_is_drawn_over_without_them_in_words(role: str) -> None:
    source = saved("p.png", replace(MADE, references=(Reference(role, "a" * 64),)))
    request, (note,) = (parsed := asked(image="p.png", vary="subtle")).request, parsed.notes
    assert (request.source, request.strength, request.references) == (source, growth.STRENGTH["subtle"], ())
    assert f"made with others that are not here ({role})" in note
    assert {"canny": "--control canny=FILE", "image": "--image-prompt FILE", "style": "--style FILE"}[role] in note


def test_with_the_pictures_that_it_was_made_with_its_noise_turns() -> None:
    house = saved("house.png", colour="blue")
    own = Reference("canny", house, 0.7)
    saved("p.png", replace(MADE, references=(own,)))
    request = asked(image="p.png", vary="subtle", control=("canny=house.png:0.7",)).request
    assert replace(request, variation_seed=0) == replace(MADE, references=(own,), variation=growth.NOISE["subtle"])


def test_a_picture_given_now_takes_the_place_of_its_own() -> None:
    lamp = saved("lamp.png", colour="green")
    saved("p.png", replace(MADE, references=(Reference("canny", "a" * 64), Reference("image", "b" * 64))))
    request = asked(image="p.png", vary="strong", control=("canny=lamp.png",), style=("lamp.png:0.5",)).request
    assert request.references == (Reference("canny", lamp), Reference("style", lamp, 0.5))
    assert request.variation == growth.NOISE["strong"]


def test_a_blend_is_drawn_over() -> None:
    own = tuple(Reference("blend", letter * 64) for letter in "ab")
    source = saved("p.png", replace(MADE, references=own))
    request = asked(image="p.png", vary="strong").request
    assert (request.source, request.variation, request.references) == (source, 0.0, ())


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("--stop 0.5", {"stop": 0.5, "variation": 0.15, "source": ""}),
        ("--tile", {"tile": True, "variation": 0.15, "source": ""}),
        ("--variation 0.4", {"variation": 0.4, "source": ""}),
        ("--variation-seed 9", {"variation": 0.15, "variation_seed": 9, "seed": 7}),
        ("--seed 9", {"variation": 0.15, "variation_seed": 9, "seed": 7}),
        ("--n 3", {"variation": 0.15, "count": 3}),
        ("--steps 9 --cfg 2", {"variation": 0.15, "steps": 9, "guidance": 2.0}),
        ("a blue circle", {"variation": 0.15, "prompt": "a blue circle"}),
        ("--size 128x128", {"variation": 0.15, "source": ""}),
        ("--size 128x64", {"variation": 0.0, "width": 128, "height": 64, "strength": 0.3}),
        ("--ar 2:1 --stop 0.5", {"variation": 0.0, "width": 184, "height": 88, "strength": 0.3, "stop": 0.5}),
        ("--strength 0.5 --tile", {"variation": 0.0, "strength": 0.5, "tile": True, "width": 128}),
        ("--model mini", {"variation": 0.0, "strength": 0.3, "model": "mini"}),
    ],
)
def test_what_is_said_beside_a_variation_counts(text: str, wanted: dict[str, Any]) -> None:
    source = saved("p.png", MADE)
    request = asked(text, image="p.png", vary="subtle").request
    assert {name: getattr(request, name) for name in wanted} == wanted
    assert bool(request.variation) != (request.source == source)


def test_a_large_picture_is_drawn_over_in_windows_with_a_strength_too() -> None:
    own = replace(MADE, model="mini", source="a" * 64, strength=0.2, width=512, height=512, upscale=True)
    saved("p.png", own, size=(512, 512))
    request = asked("--strength 0.5", image="p.png", vary="subtle").request
    assert (request.width, request.upscale, request.strength) == (512, True, 0.5)


def test_a_part_of_a_picture_is_varied() -> None:
    source, mask = saved("p.png", MADE), saved("m.png", colour="white")
    request = asked(image="p.png", vary="subtle", mask="m.png").request
    assert (request.source, request.mask, request.strength) == (source, mask, growth.STRENGTH["subtle"])
    assert (request.prompt, request.variation) == ("a red circle", 0.0)


@pytest.mark.parametrize(
    ("text", "operations", "mend"),
    [
        ("--variation 0.3 --strength 0.5", {"vary": "subtle"}, "choose one of them"),
        ("--variation-seed 3 --seed 5", {"vary": "subtle"}, "choose one of them"),
        ("--variation 0.3 --size 128x64", {"vary": "subtle"}, "say how far to leave it with `--strength`"),
        ("", {"vary": "subtle", "blend": ("p.png", "p.png")}, "leave --vary out"),
        ("--variation 0.3", {"zoom": "2"}, "goes with --vary, and not with --zoom"),
        ("--size 128x128", {"upscale": "subtle"}, "always twice its picture"),
        ("--ar 3:2", {"upscale": "creative"}, "always twice its picture"),
        ("--size 128x128", {"square": True}, "leave --size and --ar out"),
    ],
)
def test_what_does_not_go_together_is_told(text: str, operations: dict[str, Any], mend: str) -> None:
    saved("p.png", MADE)
    with pytest.raises(Told, match=mend):
        asked(text, image="p.png", **operations)


def test_a_photograph_has_no_noise_of_its_own() -> None:
    saved("photo.png")
    assert asked("a cat", image="photo.png", vary="strong").request.strength == growth.STRENGTH["strong"]
    with pytest.raises(Told, match="say how far to leave it with `--strength`"):
        asked("a cat --variation 0.2", image="photo.png", vary="strong")


# Upscale


@pytest.mark.parametrize(
    ("size", "large"),
    [
        ((200, 120), (400, 240)),
        ((101, 67), (200, 136)),
        ((256, 256), (512, 512)),
        ((64, 300), (128, 600)),
        ((300, 20), (960, 64)),
    ],
)
def test_an_upscale_of_a_photograph_is_twice_as_large(size: tuple[int, int], large: tuple[int, int]) -> None:
    saved("photo.png", size=size)
    parsed = asked("a red circle", image="photo.png", upscale="subtle")
    assert (parsed.request.width, parsed.request.height, parsed.notes) == (*large, ())


def test_an_upscale_that_cannot_be_twice_as_large_is_the_largest_of_its_shape() -> None:
    saved("photo.png", size=(400, 300))
    parsed = asked("a red circle", image="photo.png", upscale="subtle")
    assert (parsed.request.width, parsed.request.height) == (592, 440)
    assert parsed.notes == ("Twice 400×300 is more than mini makes; 592×440 is the largest of that shape.",)


@pytest.mark.parametrize("size", [(512, 512), (3000, 2000)])
def test_an_upscale_never_makes_a_picture_smaller(size: tuple[int, int]) -> None:
    saved("photo.png", size=size)
    with pytest.raises(Told, match=f"{size[0]}×{size[1]} is as large as mini makes"):
        asked("a red circle", image="photo.png", upscale="subtle")


def test_an_upscale_keeps_the_shape_of_a_picture_that_is_smaller_than_any_that_is_drawn() -> None:
    saved("strip.png", size=(300, 20))
    request = asked("a red circle", image="strip.png", upscale="subtle").request
    assert (request.width, request.height) == (960, 64)


@pytest.mark.parametrize("size", [(4000, 40), (40, 4000), (1000, 1)])
def test_a_picture_that_is_too_narrow_for_an_upscale_is_told(size: tuple[int, int]) -> None:
    saved("strip.png", size=size)
    with pytest.raises(Told, match=f"{size[0]}×{size[1]} is too narrow .* at most 64 times the other; crop it"):
        asked("a red circle", image="strip.png", upscale="subtle")


def test_an_upscale_goes_by_what_is_there_and_not_by_what_the_text_says() -> None:
    """Other tools write the size before their own enlarging."""
    text = "a cat\nSteps: 20, Sampler: Euler, CFG scale: 4, Seed: 7, Size: 64x64, Hires upscale: 2"
    turned = Image.Exif()
    turned[0x0112] = 6
    turned.get_ifd(metadata.EXIF_IFD)[metadata.USER_COMMENT] = b"UNICODE\0" + text.encode("utf-16-be")
    data = io.BytesIO()
    Image.new("RGB", (160, 128)).save(data, "JPEG", exif=turned.tobytes())
    Path("photo.jpg").write_bytes(data.getvalue())
    request = asked(image="photo.jpg", upscale="subtle").request
    assert (request.width, request.height, request.prompt) == (256, 320, "a cat")


# Shape


def test_two_shapes_at_once_are_told() -> None:
    with pytest.raises(Told, match="leave one of them out"):
        asked("a cat", options={"size": "128x64", "ar": "3:2"})


@pytest.mark.parametrize(
    ("size", "frame"),
    [((1200, 120), (0, 57, 128, 13)), ((120, 1200), (57, 0, 13, 128)), ((101, 67), (0, 21, 128, 85))],
)
def test_a_square_holds_the_whole_of_a_picture(size: tuple[int, int], frame: Frame) -> None:
    saved("photo.png", size=size)
    parsed = asked("a red circle", image="photo.png", square=True)
    assert parsed.request.frame == frame
    assert ((parsed.request.width, parsed.request.height), parsed.notes) == ((128, 128), ())


@pytest.mark.parametrize(
    ("size", "mend"),
    [((4000, 40), "4000×40 is too narrow .* fill 1 of 128 pixels.* crop it"), ((1000, 999), "a square already")],
)
def test_a_square_that_nothing_comes_of_is_told(size: tuple[int, int], mend: str) -> None:
    saved("photo.png", size=size)
    with pytest.raises(Told, match=mend):
        asked("a red circle", image="photo.png", square=True)


@pytest.mark.parametrize("way", [{"zoom": "2"}, {"pan": "left"}])
def test_that_only_the_middle_of_a_long_picture_is_taken_is_said(way: dict[str, Any]) -> None:
    saved("strip.png", size=(1200, 120))
    (note,) = asked("a red circle", image="strip.png", **way).notes
    assert note.startswith("1200×120 is narrower than anything that is drawn, so its middle is taken")
    saved("wide.png", size=(480, 120))
    assert asked("a red circle", image="wide.png", **way).notes == ()


# A picture again


def test_a_picture_alone_is_made_again() -> None:
    own = replace(MADE, negative="blue", tile=True, variation=0.2, variation_seed=3, guidance=0.0)
    saved("p.png", own)
    assert asked(again="p.png") == Parsed(own)


@pytest.mark.parametrize(
    ("text", "changed"),
    [
        ("--seed 8", {"seed": 8}),
        ("--n 3 --stop 0.5", {"count": 3, "stop": 0.5}),
        ("--ar 2:1", {"width": 184, "height": 88}),
        ("a blue circle --no red", {"prompt": "a blue circle", "negative": "red"}),
        ("--variation 0.2 --variation-seed 4", {"variation": 0.2, "variation_seed": 4}),
        ("--model mini", {"model": "mini", "steps": 30, "guidance": 5.0, "sampler": "Euler"}),
    ],
)
def test_what_is_said_beside_it_is_changed(text: str, changed: dict[str, Any]) -> None:
    saved("p.png", MADE)
    assert asked(text, again="p.png").request == replace(MADE, **changed)


def test_made_from_others_it_is_made_again_with_those() -> None:
    photo, mask, house = saved("photo.png"), saved("m.png", colour="white"), saved("house.png", colour="blue")
    own = replace(MADE, source=photo, mask=mask, strength=0.5, references=(Reference("canny", house, 0.7),))
    saved("p.png", own)
    assert asked(again="p.png", image="photo.png", mask="m.png", control=("canny=house.png",)).request == own
    again = asked(
        "--strength 0.8", again="p.png", image="photo.png", mask="m.png", control=("canny=house.png",)
    ).request
    assert again == replace(own, strength=0.8)
    with pytest.raises(Told, match="the same files again: --image FILE --mask FILE --control canny=FILE"):
        asked(again="p.png", image="photo.png")


@pytest.mark.parametrize(
    ("made", "given", "mend"),
    [
        (None, {}, "grow from it with --image"),
        (replace(MADE, model="gone"), {}, "“gone”, which is not here; name another one with --model"),
        (MADE, {"image": "p.png"}, "leave the other pictures out"),
        (MADE, {"image": "p.png", "vary": "subtle"}, "leave --vary out"),
        (replace(MADE, source="a" * 64), {}, "the same files again: --image FILE"),
    ],
)
def test_what_cannot_be_made_again_is_told(made: Request | None, given: dict[str, Any], mend: str) -> None:
    saved("p.png", made)
    with pytest.raises(Told, match=mend):
        asked(again="p.png", **given)


def test_a_picture_without_words_is_drawn_over_with_its_own() -> None:
    source = saved("p.png", MADE)
    request = asked(image="p.png").request
    assert (request.prompt, request.source, request.model, request.count) == (MADE.prompt, source, "guided", 1)
    saved("photo.png")
    with pytest.raises(Told, match="Say in a few words what to make of the picture"):
        asked(image="photo.png")
