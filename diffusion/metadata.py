"""A request and the text that a picture carries: `parameters`, in the form that Automatic1111 writes and others read.

    a red circle, watercolour
    Negative prompt: blue
    Steps: 20, Sampler: Euler a, Schedule type: Uniform, CFG scale: 5, Seed: 7, Size: 128x128, Model: mini, Version: ...

PNG keeps it in a text chunk, JPEG and WebP in EXIF's UserComment. Pictures of this house give back the exact request
of one picture; other tools' give what can be inherited. Knows no torch; the formats of ComfyUI and others are foreign.
"""

import io
import json
import math
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from typing import TypeVar

from PIL import Image, PngImagePlugin, UnidentifiedImageError

from diffusion.request import Frame, Reference, Request
from diffusion.samplers import SAMPLERS

KEY = "parameters"
EXIF_IFD, USER_COMMENT = 0x8769, 0x9286
NEGATIVE = "Negative prompt:"
FORMATS = ("PNG", "JPEG", "WEBP")
SETTING = re.compile(r'\s*(\w[\w \-/]*):\s*("(?:\\.|[^"\\])*"|[^,]*)\s*(?:,|$)')
REFERENCE = re.compile(r"([a-z][\w-]{0,31}) ([0-9a-f]{64}) ([\d.e-]{1,24})", re.ASCII)
TELLING = {"Steps", "Sampler", "CFG scale", "Seed", "Size"}
"""A line with three of these keys is the line of settings."""
NEEDED = ("model", "width", "height", "steps", "guidance", "sampler", "seed")
"""What a text must say for its picture to be made again."""

Number = TypeVar("Number", int, float)


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameters:
    """What a picture's text says, as far as it says it: `None` where it is silent or holds nothing sensible.

    Anybody can write such a text: whoever makes a picture from it holds the values to the limits first.
    """

    prompt: str = ""
    negative: str = ""
    steps: int | None = None
    guidance: float | None = None
    seed: int | None = None
    sampler: str | None = None
    """A name of `diffusion.samplers`; `None` also for one that is not among them (see `settings`)."""
    width: int | None = None
    height: int | None = None
    strength: float | None = None
    model: str | None = None
    settings: Mapping[str, str]
    """Every key of the line of settings with its value, unquoted."""

    def request(self) -> Request | None:
        """The request that makes this very picture, if the text is Darkroom's own and whole."""
        said = self.settings
        values = {name: getattr(self, name) for name in NEEDED} | {
            "strength": _number(float, said.get("Denoising strength", "1"), 0, 1) or None,
            "variation": _number(float, said.get("Variation seed strength", "0"), 0, 1),
            "variation_seed": _number(int, said.get("Variation seed", "0"), 0, 2**32 - 1),
            "source": _hash(said.get("Source hash", "")),
            "mask": _hash(said.get("Mask hash", "")),
            "tile": _flag(said.get("Tiling", "False")),
            "upscale": _flag(said.get("Upscale", "False")),
            "stop": _number(float, said.get("Stop", "1"), 0, 1) or None,
            "frame": _frame(said.get("Frame", "")),
            "references": _references(said.get("References", "")),
        }
        ours = said.get("Version", "").startswith("Darkroom ")
        if not ours or None in values.values():
            return None
        return Request(prompt=self.prompt, negative=self.negative, **values)


def parameters(request: Request, *, index: int = 0, model_hash: str = "") -> str:
    """The text of picture `index`, from which that picture alone can be made again.

    A prompt that the plain form cannot hold (it has a line "Negative prompt:", or spaces at its ends) stands a second
    time, quoted, in the line of settings.
    """
    alone = request.alone(index)
    settings = _settings(alone, model_hash)
    plain = _text(alone, settings)
    said = parse(plain)
    if (said.prompt, said.negative) == (alone.prompt, alone.negative):
        return plain
    return _text(alone, settings | {"Prompt": alone.prompt, "Negative prompt": alone.negative})


def parse(text: str) -> Parameters:
    """Reads such a text, of whatever tool; unknown keys stay in `settings`, a text without settings is all prompt."""
    lines = text.split("\n")
    found = ((at, dict(_scan(lines[at]))) for at in reversed(range(len(lines))))
    end, settings = next(((at, line) for at, line in found if len(TELLING & line.keys()) >= 3), (len(lines), {}))
    prompt, negative = _prompts(lines[:end])
    size = re.fullmatch(r"(\d{1,5})x(\d{1,5})", settings.get("Size", ""), re.ASCII)
    return Parameters(
        prompt=settings.get("Prompt", prompt),
        negative=settings.get("Negative prompt", negative),
        steps=_number(int, settings.get("Steps", ""), 1, 10_000),
        guidance=_number(float, settings.get("CFG scale", ""), 0, 1000),
        seed=_number(int, settings.get("Seed", ""), 0, 2**32 - 1),
        sampler=_sampler(settings.get("Sampler", ""), settings.get("Schedule type", "")),
        width=_number(int, size[1], 1, 65_535) if size else None,
        height=_number(int, size[2], 1, 65_535) if size else None,
        strength=_number(float, settings.get("Denoising strength", ""), 0, 1) or None,
        model=settings.get("Model") or None,
        settings=settings,
    )


def write(picture: bytes | Image.Image, request: Request, *, index: int = 0, model_hash: str = "") -> bytes:
    """The picture as a PNG that carries the settings of picture `index` of the request."""
    image = Image.open(io.BytesIO(picture)) if isinstance(picture, bytes) else picture
    info = PngImagePlugin.PngInfo()
    info.add_text(KEY, parameters(request, index=index, model_hash=model_hash))  # Latin-1 as tEXt, all else as iTXt
    buffer = io.BytesIO()
    image.save(buffer, "PNG", pnginfo=info)
    return buffer.getvalue()


def exif(text: str) -> bytes:
    """An EXIF block with the text as its UserComment, for `Image.save(..., exif=...)` of a JPEG or WebP."""
    block = Image.Exif()
    block.get_ifd(EXIF_IFD)[USER_COMMENT] = b"UNICODE\0" + text.encode("utf-16-be")
    return block.tobytes()


def text(data: bytes) -> str:
    """The text that a PNG, JPEG or WebP carries; nothing where there is none, or where the bytes are no such picture.

    Looks at the header alone: no pixel is decoded.
    """
    try:
        with Image.open(io.BytesIO(data), formats=FORMATS) as image:
            carried = image.info.get(KEY) if image.format == "PNG" else _comment(image.getexif())
    except (UnidentifiedImageError, Image.DecompressionBombError, OSError, ValueError, SyntaxError):
        return ""
    return carried if isinstance(carried, str) else ""


def read(data: bytes) -> Request | None:
    """The request that makes this picture again, exactly; `None` where it does not carry one."""
    return parse(text(data)).request()


def _settings(alone: Request, model_hash: str) -> dict[str, str]:
    """The line of settings in Automatic1111's order. A key with nothing to say is left out."""
    varied = alone.variation or alone.variation_seed
    changed = alone.source or alone.strength != 1
    karras = alone.sampler.endswith(" Karras")
    values = {
        "Steps": str(alone.steps),
        "Sampler": alone.sampler.removesuffix(" Karras"),
        "Schedule type": "Karras" if karras else "Uniform",
        "CFG scale": _plain(alone.guidance),
        "Seed": str(alone.seed),
        "Size": f"{alone.width}x{alone.height}",
        "Model hash": model_hash,
        "Model": alone.model,
        "Variation seed": str(alone.variation_seed) if varied else "",
        "Variation seed strength": _plain(alone.variation) if varied else "",
        "Denoising strength": _plain(alone.strength) if changed else "",
        "Source hash": alone.source,
        "Mask hash": alone.mask,
        "Frame": " ".join(map(str, alone.frame)),
        "Upscale": "True" if alone.upscale else "",
        "Tiling": "True" if alone.tile else "",
        "Stop": _plain(alone.stop) if alone.stop != 1 else "",
        "References": "; ".join(f"{each.role} {each.picture} {_plain(each.weight)}" for each in alone.references),
        "Version": _version(),
    }
    return {key: value for key, value in values.items() if value}


def _text(alone: Request, settings: Mapping[str, str]) -> str:
    last = ", ".join(f"{key}: {_quoted(value)}" for key, value in settings.items())
    negative = [f"{NEGATIVE} {alone.negative}"] if alone.negative else []
    return "\n".join([alone.prompt, *negative, last])


def _prompts(lines: list[str]) -> tuple[str, str]:
    start = next((at for at, line in enumerate(lines) if line.startswith(NEGATIVE)), len(lines))
    return "\n".join(lines[:start]).strip(), "\n".join(lines[start:]).removeprefix(NEGATIVE).strip()


def _scan(line: str) -> Iterator[tuple[str, str]]:
    """The keys and values of one line; each piece is looked at once, however odd the line."""
    at = 0
    while at < len(line):
        if setting := SETTING.match(line, at):
            yield setting[1].strip(), _unquoted(setting[2].strip())
        at = setting.end() if setting else line.find(",", at) + 1 or len(line)


def _quoted(value: str) -> str:
    """As JSON where commas, colons and the like need it; those two escaped, for readers that split at every one."""
    if value == value.strip() and value and not re.search(r'[,:"\\\x00-\x1f]', value):
        return value
    return json.dumps(value, ensure_ascii=False).replace(",", r"\u002c").replace(":", r"\u003a")


def _unquoted(value: str) -> str:
    if not value.startswith('"'):
        return value
    try:
        said = str(json.loads(value))
    except ValueError:
        return value
    return said.encode("utf-16", "surrogatepass").decode("utf-16", "replace")  # JSON can hold half a letter


def _sampler(name: str, schedule: str) -> str | None:
    """Ours for Automatic1111's pair; its "Automatic" means Karras for the samplers of the DPM++ family."""
    names = {known.casefold(): known for known in SAMPLERS}
    plain, karras = names.get(name.casefold()), names.get(f"{name} karras".casefold())
    match schedule:
        case "Karras":
            return karras
        case "Automatic":
            return karras or plain
    return plain


def _number(kind: Callable[[str], Number], value: str, least: Number, most: Number) -> Number | None:
    try:
        number = kind(value)
    except ValueError:
        return None
    return number if math.isfinite(number) and least <= number <= most else None


def _hash(value: str) -> str | None:
    return value if re.fullmatch("([0-9a-f]{64})?", value) else None


def _flag(value: str) -> bool | None:
    return {"True": True, "False": False}.get(value)


def _frame(value: str) -> Frame | None:
    match = re.fullmatch(r"(-?\d{1,5}) (-?\d{1,5}) (\d{1,5}) (\d{1,5})", value, re.ASCII)
    return (int(match[1]), int(match[2]), int(match[3]), int(match[4])) if match else None if value else ()


def _references(value: str) -> tuple[Reference, ...] | None:
    """From "canny 0f… 0.7; image 3c… 1"; `None` where one of them is not so."""
    matches = [REFERENCE.fullmatch(each) for each in value.split("; ")] if value else []
    weights = [match and _number(float, match[3], 0, 10) for match in matches]
    if None in weights:
        return None
    named = zip(matches, weights, strict=True)
    return tuple(Reference(match[1], match[2], weight) for match, weight in named if match and weight is not None)


def _plain(number: float) -> str:
    """The shortest text that reads back as the same number, whole ones without a point."""
    return str(int(number)) if number == int(number) else repr(float(number))


def _comment(block: Image.Exif) -> str:
    raw = block.get_ifd(EXIF_IFD).get(USER_COMMENT)
    if not isinstance(raw, bytes):  # a stranger's file may give it any type
        return ""
    code, body = raw[:8], raw[8:]
    if code != b"UNICODE\0":
        return body.decode("utf-8", "replace")
    big, little = body.decode("utf-16-be", "replace"), body.decode("utf-16-le", "replace")
    return little if "Steps:" in little and "Steps:" not in big else big


@cache
def _version() -> str:
    return f"Darkroom {version('darkroom')}"
