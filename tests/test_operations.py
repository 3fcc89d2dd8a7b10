"""What can be done with a picture, each on the built-in model: that it does something, and nothing else."""

from dataclasses import replace
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageFilter, ImageOps

from bot import growth
from diffusion.engine import Engine
from diffusion.metadata import read
from diffusion.pictures.enlarging import calmed
from diffusion.pictures.sources import open_sources
from diffusion.registry import ModelSpec
from diffusion.request import Failed, Finished, Progress, Reference, Request, Told
from diffusion.settings import EngineSettings
from tests.tiny_models import FAMILIES, spec

pytestmark = [
    pytest.mark.usefixtures("one_thread"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning:diffusers", "ignore::FutureWarning:diffusers"),
]

BOAT = Request(
    prompt="a red boat on the sea at sunset", model="mini", width=128, height=128, steps=20, guidance=4.0,
    sampler="DDIM", seed=7,
)  # fmt: skip

NARROW = ModelSpec(name="narrow", source="builtin", size=128, max_pixels=128 * 128)
"""The built-in model as one that draws no more at once than it was trained for."""


@pytest.fixture(scope="module")
def mini() -> ModelSpec:
    return ModelSpec(name="mini", source="builtin", size=128, max_pixels=65536)


@pytest.fixture(scope="module")
def engine(folder: Path, mini: ModelSpec) -> Engine:
    specs = {"mini": mini, NARROW.name: NARROW}
    specs |= {family: spec(family, folder) for family in ("sd", "flux", "pixart")}
    return Engine(specs, EngineSettings(device="cpu"))


@pytest.fixture(scope="module")
def parent(engine: Engine) -> bytes:
    return make(engine, BOAT)


def events(engine: Engine, request: Request, *files: bytes) -> list[Any]:
    engine.admit("one", request, {sha(data): data for data in files})
    told = []
    while engine.busy:
        told += [event for _, event in engine.tick()]
    return told


def make(engine: Engine, request: Request, *files: bytes) -> bytes:
    last = events(engine, request, *files)[-1]
    assert isinstance(last, Finished), last
    return last.pictures[0].image


def refusal(engine: Engine, request: Request, *files: bytes) -> str:
    last = events(engine, request, *files)[-1]
    assert isinstance(last, Failed), last
    assert last.told, last
    return last.reason


def sha(data: bytes) -> str:
    return sha256(data).hexdigest()


def pixels(data: bytes) -> np.ndarray:
    with Image.open(BytesIO(data)) as image:
        return np.asarray(image.convert("RGB")).astype(float)


def png(image: Image.Image) -> bytes:
    data = BytesIO()
    image.save(data, "PNG")
    return data.getvalue()


def apart(one: bytes, other: bytes) -> float:
    """In levels of 255, on average."""
    return float(np.abs(pixels(one) - pixels(other)).mean())


def blurred(values: np.ndarray, radius: float) -> np.ndarray:
    image = Image.fromarray(values.round().astype(np.uint8))
    return np.asarray(image.filter(ImageFilter.GaussianBlur(radius))).astype(float)


def seed() -> int:
    return 3


# Variation


def test_a_variation_of_nothing_is_the_picture_and_a_strong_one_is_further_than_a_subtle_one(
    engine: Engine, parent: bytes
) -> None:
    none = make(engine, replace(growth.variation(BOAT, "", "subtle", 1, seed), variation=1e-9))
    subtle, strong = (make(engine, growth.variation(BOAT, "", how, 1, seed)) for how in ("subtle", "strong"))
    assert np.abs(pixels(none) - pixels(parent)).max() <= 1
    assert 2 < apart(subtle, parent) < apart(strong, parent)


def test_variations_over_a_picture_are_each_the_same_alone(engine: Engine, parent: bytes) -> None:
    """Each parks in the autoencoder while its noise is turned, and leaves in another order than it came."""
    request = replace(BOAT, source=sha(parent), strength=0.8, steps=6, variation=0.5, variation_seed=100, count=3)
    together = events(engine, request, parent)[-1]
    assert isinstance(together, Finished)
    for index, picture in enumerate(together.pictures):
        alone = make(engine, request.alone(index), parent)
        assert np.abs(pixels(picture.image) - pixels(alone)).max() <= 1


def test_a_picture_of_unknown_making_is_drawn_over(engine: Engine, parent: bytes) -> None:
    subtle, strong = (
        make(engine, growth.drawn_over(BOAT, sha(parent), growth.STRENGTH[how], 1, seed), parent)
        for how in ("subtle", "strong")
    )
    assert 1 < apart(subtle, parent) < apart(strong, parent)


# Upscale


@pytest.mark.parametrize("how", ["subtle", "creative"])
def test_windows_add_detail_without_seams_and_keep_the_picture(engine: Engine, parent: bytes, how: str) -> None:
    request = growth.upscaled(replace(BOAT, model="narrow"), sha(parent), how, NARROW, seed)
    large = pixels(make(engine, request, parent))
    with Image.open(BytesIO(parent)) as image:
        enlarged = np.asarray(image.convert("RGB").resize((256, 256), Image.Resampling.LANCZOS)).astype(float)
    assert large.shape == (256, 256, 3)
    assert np.abs(blurred(large, 24) - blurred(enlarged, 24)).mean() < 12
    assert detail(large) > 1.1 * detail(enlarged)
    for axis in (0, 1):  # windows begin and end at 0, 64, 128, 192 and 256; a seam would run through the whole picture
        steps = np.median(np.abs(np.diff(large - enlarged, axis=axis)), axis=(1 - axis, 2))
        assert max(steps[[63, 127, 191]]) <= 1.5 * np.median(steps) + 1  # a level is a rounding


@pytest.mark.parametrize("how", ["subtle", "creative"])
def test_what_a_model_draws_at_once_is_upscaled_whole_so_that_nothing_is_drawn_twice(
    engine: Engine, mini: ModelSpec, parent: bytes, how: str
) -> None:
    """In windows, which see the sky alone, small boats came into it."""
    large = pixels(make(engine, growth.upscaled(BOAT, sha(parent), how, mini, seed), parent))
    with Image.open(BytesIO(parent)) as image:
        enlarged = np.asarray(image.convert("RGB").resize((256, 256), Image.Resampling.LANCZOS)).astype(float)
    assert detail(large) > 1.1 * detail(enlarged)
    sky = large[16:80, 16:240]
    assert np.abs(sky - blurred(sky, 8)).max() < 15  # windows: 27 and 66


def detail(values: np.ndarray) -> float:
    """What a blur of one pixel takes away."""
    return float(np.abs(values - blurred(values, 1)).mean())


def test_an_upscale_shares_its_windows_with_strangers_and_is_the_same(engine: Engine, parent: bytes) -> None:
    request = growth.upscaled(replace(BOAT, steps=8, model="narrow"), sha(parent), "creative", NARROW, seed)
    alone = make(engine, request, parent)
    engine.admit("large", request, {sha(parent): parent})
    engine.admit("small", replace(BOAT, steps=6, seed=9, model="narrow"))
    before, last = engine.hub.forwards, {}
    while engine.busy:
        last |= dict(engine.tick())
    assert np.abs(pixels(last["large"].pictures[0].image) - pixels(alone)).max() <= 1
    assert engine.hub.forwards - before < 40


def test_windows_hear_less_of_the_words_while_the_picture_keeps_what_was_asked_for(
    engine: Engine, mini: ModelSpec, parent: bytes
) -> None:
    asked = replace(BOAT, steps=8, model="narrow")
    request = growth.upscaled(asked, sha(parent), "creative", NARROW, seed)
    assert calmed(request, NARROW).guidance == 2
    assert calmed(replace(request, width=512, height=512), NARROW).guidance == 1.33
    for alike in (replace(request, upscale=False), replace(request, guidance=1.0)):
        assert calmed(alike, NARROW) is alike
    assert calmed(request, replace(NARROW, guided=False)) is request
    assert calmed(request, mini) is request, "this one is drawn whole"
    made = make(engine, request, parent)
    assert read(made) == request
    assert apart(made, make(engine, replace(request, guidance=10.0), parent)) > 0.5  # 4 and 10 are 2 and 4


def test_the_largest_upscale_is_decoded_in_windows(engine: Engine, mini: ModelSpec, parent: bytes) -> None:
    first = growth.upscaled(replace(BOAT, steps=5), sha(parent), "subtle", mini, seed)
    large = make(engine, first, parent)
    second = growth.upscaled(first, sha(large), "subtle", mini, seed)
    huge = pixels(make(engine, second, large))
    assert huge.shape == (512, 512, 3)
    assert np.abs(blurred(huge, 48)[::2, ::2] - blurred(pixels(large), 24)).mean() < 16
    with pytest.raises(Told, match="is as large as mini makes"):
        growth.upscaled(second, "", "subtle", mini)


def test_a_model_that_packs_its_picture_upscales_it_whole_or_says_so(engine: Engine, folder: Path) -> None:
    flux = spec("flux", folder)
    source = png(Image.new("RGB", (32, 32), "red"))
    request = replace(
        BOAT,
        model="flux",
        sampler="Euler",
        steps=4,
        source=sha(source),
        strength=0.5,
        upscale=True,
        width=64,
        height=64,
    )
    assert pixels(make(engine, request, source)).shape == (64, 64, 3)
    assert "cannot upscale to 128×128" in refusal(engine, replace(request, width=128, height=128), source)
    assert flux.pixels == 64 * 64


# Frames


FRAMES = {
    "zoom": (lambda spec: growth.zoomed(BOAT, "{}", 2.0, spec, seed), np.s_[40:88, 40:88]),
    "left": (lambda spec: growth.panned(BOAT, "{}", "left", spec, seed), np.s_[:, 72:]),
    "right": (lambda spec: growth.panned(BOAT, "{}", "right", spec, seed), np.s_[:, :56]),
    "up": (lambda spec: growth.panned(BOAT, "{}", "up", spec, seed), np.s_[72:]),
    "down": (lambda spec: growth.panned(BOAT, "{}", "down", spec, seed), np.s_[:56]),
}
SHIFTS = {"left": np.s_[:, 8:64], "right": np.s_[:, 64:120], "up": np.s_[8:64], "down": np.s_[64:120]}

NEW = {"zoom": np.s_[:24], "left": np.s_[:, :56], "right": np.s_[:, 72:], "up": np.s_[:56], "down": np.s_[72:]}


@pytest.mark.parametrize("name", FRAMES)
def test_what_is_on_the_canvas_stays_and_around_it_something_is_drawn(
    engine: Engine, mini: ModelSpec, parent: bytes, name: str
) -> None:
    grown, kept = FRAMES[name]
    request = replace(grown(mini), source=sha(parent))
    made = pixels(make(engine, request, parent))
    with Image.open(BytesIO(parent)) as image:
        small = np.asarray(image.convert("RGB").resize((64, 64), Image.Resampling.LANCZOS)).astype(float)
    source = small[8:56, 8:56] if name == "zoom" else pixels(parent)[SHIFTS[name]]
    assert np.abs(made[kept] - source).max() <= 1
    other = pixels(make(engine, replace(request, seed=4), parent))
    ground = open_sources(request, {sha(parent): parent}).image
    assert ground is not None
    new = NEW[name]
    assert np.abs(made[new] - other[new]).mean() > 1, "the seed counts there"
    assert np.abs(made[new] - np.asarray(ground).astype(float)[new]).mean() > 4, "it is not the edge drawn on"
    assert np.abs(made[kept] - other[kept]).max() == 0


def test_a_wide_picture_becomes_a_square(engine: Engine, mini: ModelSpec) -> None:
    wide = replace(BOAT, width=160, height=96)
    source = make(engine, wide)
    request = growth.squared(wide, sha(source), mini, seed)
    assert (request.width, request.height, request.frame) == (128, 128, (0, 25, 128, 77))
    made = pixels(make(engine, request, source))
    with Image.open(BytesIO(source)) as image:
        fitted = ImageOps.fit(image.convert("RGB"), (128, 77), Image.Resampling.LANCZOS)
    small = np.asarray(fitted).astype(float)
    assert np.abs(made[35:92] - small[10:67]).max() <= 2
    with pytest.raises(Told, match="a square already"):
        growth.squared(BOAT, "", mini)


# Masks


def test_outside_its_mask_a_picture_stays_and_inside_it_changes(engine: Engine, parent: bytes) -> None:
    mask = Image.new("L", (256, 256))
    mask.paste(255, (0, 0, 128, 256))
    request = growth.masked(replace(BOAT, prompt="a green tree", source=sha(parent)), sha(png(mask)))
    made = pixels(make(engine, request, parent, png(mask)))
    assert np.abs(made[:, 70:] - pixels(parent)[:, 70:]).max() == 0
    assert np.abs(made[:, :60] - pixels(parent)[:, :60]).mean() > 4


def test_a_mask_that_is_black_or_not_there_is_told(engine: Engine, parent: bytes) -> None:
    request = growth.masked(replace(BOAT, source=sha(parent)), sha(black := png(Image.new("L", (128, 128)))))
    assert "black all over" in refusal(engine, request, parent, black)
    assert "send it again" in refusal(engine, request, parent)
    pixart = growth.masked(replace(request, model="pixart", width=32, height=32), sha(parent := png(clear())))
    assert "cannot paint parts" in refusal(engine, replace(pixart, source=sha(parent)), parent)


def clear() -> Image.Image:
    """A picture that is its own mask."""
    return Image.new("RGBA", (32, 32), (255, 0, 0, 0))


# Tile and stop


def test_a_transformer_cannot_tile(engine: Engine) -> None:
    request = replace(BOAT, model="flux", sampler="Euler", steps=2, width=32, height=32, tile=True)
    assert "cannot tile; leave `tile` out" in refusal(engine, request)


@pytest.mark.parametrize("sampler", ["DDIM", "Euler a", "DPM++ 2M", "UniPC", "Heun", "LCM"])
def test_stopped_early_it_is_clean_near_the_end_and_cheaper(engine: Engine, sampler: str) -> None:
    request = replace(BOAT, sampler=sampler, steps=12)
    whole, forwards = make(engine, request), engine.hub.forwards
    told = events(engine, replace(request, stop=0.5))
    half = told[-1].pictures[0].image
    spent = engine.hub.forwards - forwards
    assert spent <= (14 if sampler == "Heun" else 8)
    if sampler != "LCM":  # which draws new noise at each step
        assert apart(half, whole) < 40
    assert detail(pixels(half)) < 2 * detail(pixels(whole)), "no noise is left"
    steps = [event for event in told if isinstance(event, Progress) and event.total]
    assert (steps[-1].done, steps[-1].total) == (6, 6)


def test_stopped_at_the_end_it_is_the_same(engine: Engine, parent: bytes) -> None:
    assert make(engine, replace(BOAT, stop=1.0)) == parent


def test_stopped_early_inpainting_keeps_what_it_keeps_clean(engine: Engine, parent: bytes, mini: ModelSpec) -> None:
    request = replace(growth.panned(BOAT, sha(parent), "left", mini, seed), stop=0.5)
    made = pixels(make(engine, request, parent))
    assert detail(made[:, 56:72]) < 2 * detail(pixels(parent))


@pytest.mark.parametrize("name", [name for name in FAMILIES if name != "mini"])
def test_every_family_stops_early_and_does_the_rest_or_says_that_it_cannot(
    name: str, folder: Path, parent: bytes
) -> None:
    family = FAMILIES[name]
    engine = Engine({name: replace(spec(name, folder), multiple=1)}, EngineSettings(device="cpu"))
    side, source = family.side, sha(parent)
    plain = replace(BOAT, model=name, sampler=family.usual, steps=6, width=side, height=side)
    steps = [
        event for event in events(engine, replace(plain, stop=0.34)) if isinstance(event, Progress) and event.total
    ]
    assert (steps[-1].done, steps[-1].total) == (2, 2)
    grown = replace(plain, source=source, strength=0.7, steps=4)
    for request, shape in (
        (replace(grown, upscale=True, width=2 * side, height=2 * side), (2 * side, 2 * side, 3)),
        (replace(grown, frame=(side // 2, 0, side, side)), (side, side, 3)),
        (replace(grown, source="", references=(Reference("blend", source), Reference("blend", source, 0.5))), None),
        (replace(plain, tile=True, steps=2), (side, side, 3)),
    ):
        last = events(engine, request, parent)[-1]
        assert last.told if isinstance(last, Failed) else shape in (None, pixels(last.pictures[0].image).shape)


# Blends


def test_a_blend_lies_between_its_pictures_in_whatever_order(engine: Engine) -> None:
    red, blue = (png(Image.new("RGB", (128, 128), colour)) for colour in ("red", "blue"))
    references = Reference("blend", sha(red)), Reference("blend", sha(blue))
    request = replace(BOAT, strength=0.1, references=references)
    made, turned = (make(engine, each, red, blue) for each in (request, replace(request, references=references[::-1])))
    assert np.array_equal(pixels(made), pixels(turned))
    heavy = make(engine, replace(request, references=(Reference("blend", sha(red), 2.0), references[1])), red, blue)
    middle, reddish = pixels(made).mean(axis=(0, 1)), pixels(heavy).mean(axis=(0, 1))
    assert (middle[[0, 2]] > 60).all()
    assert reddish[0] > middle[0] + 10


def test_one_picture_or_six_are_no_blend(engine: Engine) -> None:
    files = [png(Image.new("RGB", (8, 8), (level, 0, 0))) for level in range(6)]
    for some in (files[:1], files):
        request = replace(BOAT, references=tuple(Reference("blend", sha(data)) for data in some))
        assert f"2 to 5 pictures, not {len(some)}" in refusal(engine, request, *some)
