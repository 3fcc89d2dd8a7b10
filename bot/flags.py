"""The flags at the end of a prompt: one table for their names, what they take and what they say of themselves."""

from collections.abc import Iterator
from dataclasses import dataclass
from difflib import get_close_matches

from bot import sizes
from bot.face import shorten
from bot.values import Decimal, Kind, ModelName, Pixels, Ratio, SamplerName, Seed, Switch, Whole, Words
from diffusion.registry import ModelSpec
from diffusion.request import Told


@dataclass(frozen=True, slots=True)
class Flag:
    name: str
    sets: str
    """A field of `Request`, or "shape" (of the picture) or "pick" (a picture of the message replied to)."""
    kind: Kind
    example: str
    """"{size}" in it stands for one that the model can draw; nothing where the flag stands alone."""
    help: str
    aliases: tuple[str, ...] = ()
    """Other names that people know from Midjourney, Automatic1111 and ComfyUI; those of slash options too."""

    def usage(self, spec: ModelSpec) -> str:
        """The flag with an example for this model."""
        return f"--{self.name} {self.example.format(size=sizes.example(spec))}".rstrip()


FLAGS: tuple[Flag, ...] = (
    Flag("ar", "shape", Ratio(), "3:2", "shape, width to height", ("aspect", "aspect-ratio", "ratio")),
    Flag("size", "shape", Pixels(), "{size}", "exact size in pixels", ("resolution", "res", "dimensions")),
    Flag("no", "negative", Words(), "dogs, text", "what must not be in it",
         ("negative", "negative-prompt", "neg", "without")),
    Flag("n", "count", Whole(1, "count"), "4", "how many pictures",
         ("count", "number", "num", "images", "batch", "batch-size")),
    Flag("seed", "seed", Seed(), "7", "same seed and settings, same picture", ("sd",)),
    Flag("steps", "steps", Whole(1, "steps"), "30", "more steps, more detail, more time", ("step", "sampling-steps")),
    Flag("cfg", "guidance", Decimal(0, 30), "5", "how closely it follows the prompt",
         ("guidance", "guidance-scale", "cfg-scale", "scale")),
    Flag("sampler", "sampler", SamplerName(), '"Euler a"', "the way from noise to picture",
         ("sampling-method", "method")),
    Flag("model", "model", ModelName(), "mini", "which model draws", ("m", "checkpoint", "ckpt")),
    Flag("strength", "strength", Decimal(0.01, 1), "0.6", "with a picture: how far to leave it",
         ("denoise", "denoising", "denoising-strength")),
    Flag("pick", "pick", Whole(1, 10), "2", "in a reply: which of several pictures", ("image", "picture")),
    Flag("variation", "variation", Decimal(0, 1), "0.15", "how far the noise turns to another seed's",
         ("variation-strength", "subseed-strength")),
    Flag("variation-seed", "variation_seed", Seed(), "8", "that other seed", ("subseed",)),
    Flag("tile", "tile", Switch(), "", "goes on at its opposite edge", ("tiling", "seamless")),
    Flag("stop", "stop", Decimal(0.05, 1), "0.6", "takes it as foreseen after that part", ("stop-at",)),
)  # fmt: skip

ELSEWHERE = {
    **dict.fromkeys(("width", "height", "w", "h"), "Width and height go together: `--size {size}`."),
    **dict.fromkeys(("v", "version", "niji"), "The model is chosen by its name: `--model`."),
    **dict.fromkeys(("q", "quality"), "Detail against time is set by the number of steps: `--steps 30`."),
    **dict.fromkeys(("iw", "image-weight"), "How far a picture is left behind is `--strength 0.6`."),
    **dict.fromkeys(("s", "stylize"), "How closely the prompt is followed is `--cfg 5`."),
    **dict.fromkeys(("c", "chaos", "weird"), "Each picture has a seed of its own already; ask for more with `--n 4`."),
}
"""Flags of other programs that have no equal here, and what comes nearest."""

NAMES: dict[str, Flag] = {name: flag for flag in FLAGS for name in (flag.name, *flag.aliases)}


def named(name: str, spec: ModelSpec) -> Flag:
    """The flag of that name or alias, in any case, with "_" for "-"; an unknown one is `Told` with the nearest and an
    example for this model."""
    plain = shorten(name.lower().replace("_", "-"), 40)
    if plain in NAMES:
        return NAMES[plain]
    if plain in ELSEWHERE:
        raise Told(f"There is no flag `--{plain}` here. {ELSEWHERE[plain].format(size=sizes.example(spec))}")
    near = next(_near(plain), None)
    hint = (
        f"Did you mean `{near.usage(spec)}`?"
        if near
        else f"There are: {', '.join(f'`--{flag.name}`' for flag in FLAGS)}."
    )
    raise Told(f"There is no flag `--{plain}`. {hint}")


def resembles(name: str) -> bool:
    """Whether a word after a dash that a phone made can be meant as a flag."""
    plain = name.lower().replace("_", "-")
    return plain in NAMES or plain in ELSEWHERE or any(_near(plain))


def _near(name: str) -> Iterator[Flag]:
    cutoff = 0.7
    return (NAMES[match] for match in get_close_matches(name, NAMES, n=1, cutoff=cutoff))
