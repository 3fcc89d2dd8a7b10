"""The pictures that another one is made from, as their bytes came in. Knows Pillow, not torch."""

from dataclasses import dataclass

from PIL import Image, ImageOps

from diffusion.pictures.canvas import Canvas, framed, painted
from diffusion.pictures.files import opened
from diffusion.request import Pictures, Reference, Request, Told


@dataclass(frozen=True, slots=True)
class Guide:
    """A picture that guides another one."""

    reference: Reference
    image: Image.Image
    """RGB, of the request's size."""


@dataclass(frozen=True, slots=True)
class Sources:
    """What a pipeline is given beside the words, each of the request's size."""

    image: Image.Image | None = None
    """RGB: what the picture grows from."""
    canvas: Canvas | None = None
    """Where only a part of it is painted anew."""
    guides: tuple[Guide, ...] = ()
    """In an order that is the same for the same pictures."""

    def of(self, *roles: str) -> list[Guide]:
        return [guide for guide in self.guides if guide.reference.role in roles]


def open_sources(request: Request, pictures: Pictures) -> Sources:
    """Opens what the request needs. `Told` where something is no picture."""
    size = request.width, request.height
    canvas = _canvas(request, pictures)
    image = open_source(pictures[request.source], *size) if request.source and not canvas else None
    ordered = sorted(request.references, key=lambda each: (each.role, each.picture, each.weight))
    guides = tuple(Guide(each, open_source(pictures[each.picture], *size)) for each in ordered)
    return Sources(canvas.image if canvas else image, canvas, guides)


def open_source(data: bytes, width: int, height: int) -> Image.Image:
    """An RGB picture of exactly that size: upright, without transparency (on white), cropped around its middle."""
    return _fitted(_flat(opened(data, size=(width, height))), (width, height))


def _canvas(request: Request, pictures: Pictures) -> Canvas | None:
    size = request.width, request.height
    if request.frame:
        return framed(open_source(pictures[request.source], *request.frame[2:]), request.frame, size)
    if not request.mask:
        return None
    source = opened(pictures[request.source], size=size)
    mask = _transparent(source) if request.mask == request.source else _white(opened(pictures[request.mask], size=size))
    return painted(_fitted(_flat(source), size), _fitted(mask.resize(source.size), size))


def _transparent(image: Image.Image) -> Image.Image:
    """White where an RGBA picture is transparent: the mask of a picture that is its own."""
    if image.getchannel("A").getextrema() == (255, 255):
        raise Told("This picture has no transparent part; erase what is to be drawn anew, or send a mask.")
    return ImageOps.invert(image.getchannel("A"))


def _white(image: Image.Image) -> Image.Image:
    """How light it is; what is transparent is black."""
    paper = Image.new("RGBA", image.size, "black")
    return Image.alpha_composite(paper, image).convert("L")


def _flat(image: Image.Image) -> Image.Image:
    return Image.alpha_composite(Image.new("RGBA", image.size, "white"), image).convert("RGB")


def _fitted(image: Image.Image, size: tuple[int, int]) -> Image.Image:
    return ImageOps.fit(image, size, Image.Resampling.LANCZOS)
