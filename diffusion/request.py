"""What is asked of the engine, and what it answers: the words that every room shares.

Standard library only. Knows no Discord, no SQL, no torch: a `Request` holds no id and no path, an `Event` no tensor.
"""

from collections.abc import AsyncGenerator, Mapping
from dataclasses import asdict, dataclass, replace
from types import MappingProxyType
from typing import Any, Protocol


class Told(Exception):
    """Something that a person can mend; its text is one clear sentence that says how, and is shown as it is."""


Frame = tuple[int, int, int, int] | tuple[()]


@dataclass(frozen=True, slots=True)
class Reference:
    """A picture that guides another one, beside its prompt."""

    role: str
    """"canny", "depth" and other names of the model's ControlNets; "image" and "style" of its IP-Adapter; "blend"."""
    picture: str
    """SHA-256 (hex); the bytes travel beside the request."""
    weight: float = 1.0
    """How much it counts, above 0."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """Everything that decides a picture, complete and frozen from the moment it is parsed.

    Picture `i` of `count` is made with `seed + i`; where `variation` is above zero all of them keep `seed` and
    picture `i` takes `variation_seed + i` (the rule of Automatic1111's subseeds), so that each one can be made alone.
    """

    prompt: str
    negative: str = ""
    model: str
    """A name of the registry, never "auto"."""
    width: int
    height: int
    """Pixels, multiples of the model's own step."""
    steps: int
    """At least 1; what the person asked for, also where image-to-image walks only a part of them."""
    guidance: float
    """Classifier-free guidance scale; 1 and below is without guidance."""
    sampler: str
    """A name of `diffusion.samplers`."""
    seed: int
    """0 to 2**32 - 1."""
    count: int = 1
    source: str = ""
    """SHA-256 (hex) of the picture that this one grows from, or nothing; its bytes travel beside the request."""
    strength: float = 1.0
    """Denoising strength above 0 and up to 1; how far the picture leaves its source. Without a source it is 1."""
    variation: float = 0.0
    """0 to 1: how far the starting noise turns from `seed` towards `variation_seed` (spherical interpolation)."""
    variation_seed: int = 0
    tile: bool = False
    """Whether the picture goes on at the opposite edge, so that copies of it can be laid side by side."""
    stop: float = 1.0
    """Above 0 and up to 1: after which part of the walk the picture is taken as it is foreseen there."""
    frame: Frame = ()
    """Left, top, width and height in pixels: where the source lies on the canvas, and is kept; around it the canvas is
    painted anew. Nothing where the source fills it."""
    mask: str = ""
    """SHA-256 (hex) of a picture that is white where the source is to be painted anew and black where it is kept."""
    upscale: bool = False
    """Whether the source is enlarged to the canvas and drawn over; in overlapping windows where that is more than the
    model draws at once."""
    references: tuple[Reference, ...] = ()

    @property
    def needs(self) -> tuple[str, ...]:
        """The SHA-256 of every picture that it is made from, each once."""
        named = (self.source, self.mask, *(reference.picture for reference in self.references))
        return tuple(dict.fromkeys(filter(None, named)))

    def seeds(self, index: int) -> tuple[int, int]:
        """The seed and the variation seed of picture `index`, counted from 0."""
        if self.variation > 0:
            return self.seed, (self.variation_seed + index) % 2**32
        return (self.seed + index) % 2**32, self.variation_seed

    def alone(self, index: int) -> "Request":
        """The request that makes picture `index` of this one, and only that."""
        seed, variation_seed = self.seeds(index)
        return replace(self, seed=seed, variation_seed=variation_seed, count=1)

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> "Request":
        """Keys that this version does not know are an error: a request is never half understood."""
        frame, references = values.get("frame", ()), values.get("references", ())
        return cls(**{
            **values,
            "frame": tuple(frame),
            "references": tuple(Reference(**reference) for reference in references),
        })  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """A step was taken, or something slow is under way before the first one."""

    done: int
    total: int
    """Denoising steps over all pictures of the request; 0 of 0 while it has not begun."""
    preview: bytes = b""
    """Sometimes a small JPEG of what is developing, all pictures of the request side by side."""
    note: str = ""
    """What takes time before the first step, for the person: "loading sdxl", "downloading sdxl: 34 %"."""


@dataclass(frozen=True, slots=True)
class Developed:
    """One finished picture: a PNG with its settings in the text chunk `parameters`."""

    image: bytes
    seed: int
    """What makes it alone: the seed, or the variation seed where the request varies."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    pictures: tuple[Developed, ...]
    seconds: float
    """From the first step to the last picture."""
    device: str
    """Where it was made, as people name it: "cpu", "NVIDIA H200"."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Failed:
    """No picture. `told` says whether `reason` is a sentence for the person (else it is a bug's short summary)."""

    reason: str
    told: bool = False
    retry: bool = False
    """True where the fault was not the request's: its worker died."""


Event = Progress | Finished | Failed


Pictures = Mapping[str, bytes]
"""The files of the pictures that a request needs, by their SHA-256."""
NOTHING: Pictures = MappingProxyType({})


class Backend(Protocol):
    """A place that turns a request into pictures."""

    def generate(self, request: Request, pictures: Pictures = NOTHING) -> AsyncGenerator[Event, None]:
        """Yields any number of `Progress`, then exactly one `Finished` or `Failed`. Leaving the stream early cancels:
        close it (`aclose`, or `contextlib.aclosing`) and the pictures under way are dropped before the next step."""
        ...
