"""A picture carries its settings: other tools read them, and Darkroom makes the picture again from nothing else."""

import io
import struct
from dataclasses import replace
from importlib.metadata import version

import pytest
from PIL import Image
from sd_parsers import Eagerness, ParserManager

from diffusion import metadata
from diffusion.request import Reference, Request

SOURCE = "5d" * 32
PLAIN = Request(
    prompt="a red circle", model="mini", width=128, height=96, steps=20, guidance=5.5, sampler="Euler a", seed=7
)
PROMPTS = {
    "commas and quotes": 'a "red" circle, left, say: \\"cheese\\"',
    "emoji": "ein schöner 🐈, 猫",
    "several lines": "a red circle\n\nwatercolour,\nSteps: up",
    "spaces at its ends": "  a red circle \n",
    "a negative prompt of its own": "a cat\nNegative prompt: a dog",
    "a line of settings of its own": "a cat\nSteps: 3, Sampler: Heun, CFG scale: 1, Seed: 9, Size: 8x8",
    "starting with the marker": "Negative prompt: a dog",
    "nothing": "",
}
FOREIGN = """masterpiece, <lora:thing:0.8> a cat (on a mat:1.2),
second line
Negative prompt: blurry, (worst quality:1.4)
Steps: 25, Sampler: DPM++ 2M, Schedule type: Karras, CFG scale: 6.5, Seed: 1234567890, Size: 512x768, \
Model hash: cc6cb27103, Model: v1-5-pruned, VAE hash: c6a580b13a, Denoising strength: 0.35, Clip skip: 2, \
Lora hashes: "thing: 0123abcd, other: 99", Wildcard: "say \\"hi\\", you", Version: v1.10.1"""


def png(request: Request, **options) -> bytes:
    return metadata.write(Image.new("RGB", (request.width, request.height), "red"), request, **options)


def reencoded(data: bytes, kind: str) -> bytes:
    buffer = io.BytesIO()
    Image.open(io.BytesIO(data)).save(buffer, kind, exif=metadata.exif(metadata.text(data)))
    return buffer.getvalue()


@pytest.mark.parametrize("prompt", PROMPTS.values(), ids=PROMPTS.keys())
@pytest.mark.parametrize("negative", ["", "dogs, cats", "x\nNegative prompt: y", " odd "])
def test_the_request_comes_back_exactly(prompt, negative):
    request = replace(PLAIN, prompt=prompt, negative=negative)
    assert metadata.read(png(request)) == request


@pytest.mark.parametrize(
    "changes",
    [
        {"sampler": "DPM++ 2M Karras"},
        {"sampler": "DPM++ 2M"},
        {"guidance": 4.0, "seed": 2**32 - 1},
        {"guidance": 0.1 + 0.2},
        {"source": SOURCE, "strength": 0.6},
        {"variation": 0.15, "variation_seed": 99},
        {"variation_seed": 3},
        {"tile": True, "stop": 0.65},
        {"source": SOURCE, "mask": "6e" * 32, "strength": 0.9},
        {"source": SOURCE, "mask": SOURCE},
        {"source": SOURCE, "frame": (-64, 0, 128, 96)},
        {"source": SOURCE, "upscale": True, "strength": 0.18},
        {
            "references": (
                Reference("canny", SOURCE, 0.7),
                Reference("depth-2", "6e" * 32),
                Reference("style", SOURCE, 0),
            )
        },
        {"references": (Reference("blend", SOURCE, 2.0), Reference("blend", "6e" * 32)), "strength": 0.6},
        {"references": (Reference("canny", SOURCE, 1e-05), Reference("depth", SOURCE, 1.2345678901234567e-08))},
        {"model": 'my "model", 2: final'},
    ],
    ids=str,
)
def test_every_setting_comes_back_exactly(changes):
    request = replace(PLAIN, **changes)
    assert metadata.read(png(request)) == request


def test_a_picture_of_several_carries_the_request_that_makes_it_alone():
    grid = replace(PLAIN, count=4)
    assert metadata.read(png(grid, index=2)) == replace(PLAIN, seed=9)
    varied = replace(grid, variation=0.5, variation_seed=40)
    assert metadata.read(png(varied, index=3)) == replace(varied, count=1, variation_seed=43)


@pytest.mark.parametrize("kind", ["JPEG", "WEBP"])
def test_a_picture_made_smaller_for_posting_keeps_it(kind):
    request = replace(PLAIN, prompt=PROMPTS["emoji"], source=SOURCE, strength=0.25)
    assert metadata.read(reencoded(png(request), kind)) == request


def test_bytes_of_a_picture_are_as_good_as_the_picture():
    data = metadata.write(png(replace(PLAIN, seed=1)), PLAIN)
    assert metadata.read(data) == PLAIN
    assert Image.open(io.BytesIO(data)).getpixel((5, 5)) == (255, 0, 0)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_an_independent_reader_understands_it(kind):
    request = replace(
        PLAIN,
        prompt="a red circle, say 🐈\nsecond line",
        negative="blue, green",
        sampler="DPM++ 2M Karras",
        source=SOURCE,
        strength=0.6,
        variation=0.15,
        variation_seed=8,
        tile=True,
        stop=0.5,
        mask="6e" * 32,
        frame=(16, 0, 64, 64),
        upscale=True,
        references=(Reference("canny", SOURCE, 0.7), Reference("image", "6e" * 32)),
    )
    data = png(request, model_hash="0123456789")
    read = ParserManager(eagerness=Eagerness.EAGER).parse(io.BytesIO(data if kind == "PNG" else reencoded(data, kind)))
    assert read is not None
    (sampler,) = read.samplers
    assert sampler.name == "DPM++ 2M"
    assert sampler.parameters == {"scheduler": "Karras", "cfg_scale": "5.5", "seed": "7", "steps": "20"}
    assert [prompt.value for prompt in sampler.prompts] == ["a red circle, say 🐈\nsecond line"]
    assert [prompt.value for prompt in sampler.negative_prompts] == ["blue, green"]
    assert sampler.model is not None
    assert (sampler.model.name, sampler.model.hash) == ("mini", "0123456789")
    assert read.metadata == {
        "Size": "128x96",
        "Denoising strength": "0.6",
        "Variation seed": "8",
        "Variation seed strength": "0.15",
        "Source hash": SOURCE,
        "Mask hash": "6e" * 32,
        "Frame": "16 0 64 64",
        "Upscale": "True",
        "Tiling": "True",
        "Stop": "0.5",
        "References": f"canny {SOURCE} 0.7; image {'6e' * 32} 1",
        "Version": f"Darkroom {version('darkroom')}",
    }


def test_a_prompt_that_looks_like_settings_does_not_mislead_an_independent_reader():
    read = ParserManager().parse(io.BytesIO(png(replace(PLAIN, prompt=" Steps: 3, Seed: 1, Sampler: Heun "))))
    assert read is not None
    assert read.samplers[0].name == "Euler a"
    assert read.samplers[0].parameters["steps"] == "20"


def test_the_text_reads_as_automatic1111_writes_it():
    request = replace(PLAIN, negative="blue", source=SOURCE, strength=0.6)
    assert metadata.parameters(request) == (
        "a red circle\nNegative prompt: blue\nSteps: 20, Sampler: Euler a, Schedule type: Uniform, CFG scale: 5.5, "
        f"Seed: 7, Size: 128x96, Model: mini, Denoising strength: 0.6, Source hash: {SOURCE}, "
        f"Version: Darkroom {version('darkroom')}"
    )


def test_a_text_of_automatic1111_can_be_inherited_but_not_made_again():
    said = metadata.parse(FOREIGN)
    assert said.prompt == "masterpiece, <lora:thing:0.8> a cat (on a mat:1.2),\nsecond line"
    assert said.negative == "blurry, (worst quality:1.4)"
    assert (said.steps, said.guidance, said.seed, said.sampler) == (25, 6.5, 1234567890, "DPM++ 2M Karras")
    assert (said.width, said.height, said.strength, said.model) == (512, 768, 0.35, "v1-5-pruned")
    assert said.settings["Lora hashes"] == "thing: 0123abcd, other: 99"
    assert said.settings["Wildcard"] == 'say "hi", you'
    assert said.settings["Clip skip"] == "2"
    assert said.request() is None


@pytest.mark.parametrize(
    ("line", "sampler"),
    [
        ("Sampler: Euler a, Schedule type: Automatic", "Euler a"),
        ("Sampler: DPM++ 2M, Schedule type: Automatic", "DPM++ 2M Karras"),
        ("Sampler: DPM++ 2M Karras", "DPM++ 2M Karras"),
        ("Sampler: DPM++ 2M", "DPM++ 2M"),
        ("Sampler: UniPC, Schedule type: Karras", None),
        ("Sampler: DPM adaptive", None),
    ],
)
def test_samplers_under_the_names_of_automatic1111(line, sampler):
    assert metadata.parse(f"a cat\nSteps: 20, {line}, Seed: 1").sampler == sampler


def test_a_text_that_says_little_is_read_as_far_as_it_goes():
    assert metadata.parse("just words").prompt == "just words"
    odd = metadata.parse("cat\nSteps: many, CFG scale: nan, Seed: -1, Size: 0x9, Sampler: ")
    assert (odd.steps, odd.guidance, odd.seed, odd.width, odd.sampler) == (None, None, None, None, None)


@pytest.mark.parametrize(
    ("known", "forged"),
    [
        ("Steps: 20", "Steps: 0"),
        ("Seed: 7", "Seed: 4294967296"),
        ("Source hash: 5d", "Source hash: ../5d"),
        ("Mask hash: 6e", "Mask hash: ../6e"),
        ("Frame: 8 8", "Frame: 8"),
        ("Tiling: True", "Tiling: perhaps"),
        ("Stop: 0.5", "Stop: 1.5"),
        ("References: canny 5d", "References: canny 5D"),
        ("References: canny", "References: ../canny"),
        ("Denoising strength: 0.6", "Denoising strength: 7"),
        ("Sampler: Euler a", "Sampler: Magic"),
        ("Version: Darkroom", "Version: v1.10.1 Darkroom"),
        ("Size: 128x96", "Size: wide"),
    ],
)
def test_a_text_that_was_tampered_with_is_no_request(known, forged):
    operated = {"mask": "6e" * 32, "frame": (8, 8, 64, 64), "tile": True, "stop": 0.5}
    guided = {"references": (Reference("canny", SOURCE, 0.7),)}
    text = metadata.parameters(replace(PLAIN, source=SOURCE, strength=0.6, **operated, **guided))
    assert known in text
    assert metadata.parse(text).request() is not None
    assert metadata.parse(text.replace(known, forged)).request() is None


@pytest.mark.parametrize("data", [b"", b"words", b"\x89PNG\r\n\x1a\n" + b"\0" * 40, b"\xff\xd8\xff\xe1\0\x08Exif\0\0"])
def test_bytes_that_are_no_picture_carry_nothing(data):
    assert metadata.text(data) == ""
    assert metadata.read(data) is None


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_a_picture_without_settings_carries_nothing(kind):
    buffer = io.BytesIO()
    Image.new("RGB", (8, 8)).save(buffer, kind)
    assert metadata.read(buffer.getvalue()) is None


def test_a_comment_in_the_other_byte_order_is_read():
    text = metadata.parameters(PLAIN)
    block = Image.Exif()
    block.get_ifd(metadata.EXIF_IFD)[metadata.USER_COMMENT] = b"UNICODE\0" + text.encode("utf-16-le")
    buffer = io.BytesIO()
    Image.new("RGB", (8, 8)).save(buffer, "JPEG", exif=block.tobytes())
    assert metadata.read(buffer.getvalue()) == PLAIN


def test_a_long_hostile_line_is_read_in_one_pass():
    hostile = "x" * 200_000 + 'a:"' * 50_000 + ":" * 50_000 + ',a:"\\' * 20_000
    assert metadata.parse(hostile).request() is None


@pytest.mark.parametrize(
    ("kind", "count"), [(2, 4), (3, 1), (3, 2), (5, 1)], ids=["text", "number", "numbers", "ratio"]
)
def test_a_comment_of_another_type_says_nothing(kind, count):
    """EXIF gives each value a type, of whatever a stranger chose; a comment's is 7."""
    pointer = struct.pack("<HHHII", 1, metadata.EXIF_IFD, 4, 1, 26)
    comment = struct.pack("<HHHI4s", 1, metadata.USER_COMMENT, kind, count, b"\x08\0\0\0")
    exif = b"Exif\0\0II*\0" + struct.pack("<I", 8) + pointer + bytes(4) + comment + bytes(4)
    buffer = io.BytesIO()
    Image.new("RGB", (8, 8)).save(buffer, "JPEG", exif=exif)
    assert metadata.text(buffer.getvalue()) == ""


def test_halves_of_letters_in_a_text_are_replaced():
    """JSON can hold them; no database, message or tokenizer takes them."""
    said = metadata.parse('x\nNegative prompt: y\nSteps: 9, Seed: 1, Size: 8x8, Negative prompt: "\\ud800 z"')
    assert said.negative == "\N{REPLACEMENT CHARACTER} z"
