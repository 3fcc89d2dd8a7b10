"""How the tests make pictures: through the hub, among others or alone, and with plain diffusers called by hand."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache, wraps
from inspect import signature
from typing import Any

import diffusers
import numpy as np
import torch
from diffusers.pipelines.auto_pipeline import AutoPipelineForText2Image
from diffusers.pipelines.pipeline_utils import DiffusionPipeline
from PIL import Image

from diffusion import samplers
from diffusion.development import Development
from diffusion.hub.pace import HostPace
from diffusion.hub.sharing import Hub
from diffusion.models.families import heavy
from diffusion.models.pipelines import Model, Task
from diffusion.pictures.canvas import painted, put_back
from diffusion.pictures.sources import Sources
from diffusion.request import Request
from tests.tiny_models import FAMILIES, Family


def ask(model: Model, **values: Any) -> Request:
    family = FAMILIES[model.spec.name]
    usual = {
        "prompt": "a red circle on a blue background", "width": family.side, "height": family.side, "steps": 3,
        "guidance": 4.0, "model": model.spec.name, "sampler": family.usual, "seed": 7,
    }  # fmt: skip
    return Request(**{**usual, **values})


def source(request: Request) -> Image.Image:
    across = np.tile(np.linspace(0, 255, request.width), (request.height, 1))  # (height, width)
    return Image.fromarray(np.stack([across, across / 2, 255 - across], axis=-1).astype(np.uint8))


def sources(request: Request) -> Sources:
    """What the request grows from: a slope of colours, of which the mask is the left half."""
    if not request.mask:
        return Sources(image=source(request)) if request.source else Sources()
    mask = Image.new("L", (request.width, request.height))
    mask.paste(255, (0, 0, request.width // 2, request.height))
    return Sources(image=source(request), canvas=painted(source(request), mask))


def begin(request: Request, model: Model, hub: Hub) -> Development:
    return Development(request, model, sources(request), hub, request, lambda: 0.0, 1.0)


@contextmanager
def shared(model: Model, hub: Hub) -> Iterator[None]:
    """Within it the model's parts belong to that hub."""
    before = {part: part.forward for _, part in heavy(model.holder)}
    model.share(hub)
    yield
    for part, forward in before.items():
        part.forward = forward


@contextmanager
def counted(model: Model) -> Iterator[Counter[str]]:
    """How often each heavy part computes within it; a forward that is shared counts once."""
    forwards: Counter[str] = Counter()
    parts = dict(heavy(model.holder))
    before = {name: part.forward for name, part in parts.items()}

    def counting(name: str) -> Callable[..., Any]:
        @wraps(before[name])
        def forward(*args: Any, **kwargs: Any) -> Any:
            forwards[name] += 1
            return before[name](*args, **kwargs)

        return forward

    for name, part in parts.items():
        part.forward = counting(name)
    yield forwards
    for name, part in parts.items():
        part.forward = before[name]


def develop(model: Model, arrivals: Mapping[Request, int], hub: Hub | None = None) -> dict[Request, list[np.ndarray]]:
    """Makes all requests in one hub, each one joining at its tick."""
    hub = hub or Hub(rows=64, pace=HostPace(lambda: 0.0))
    under_way: dict[Request, Development] = {}
    tick = 0
    with torch.inference_mode(), shared(model, hub):
        while len(under_way) < len(arrivals) or hub.busy:
            for request in (request for request, arrival in arrivals.items() if arrival == tick):
                under_way[request] = begin(request, model, hub)
            hub.tick()
            tick += 1
    for development in under_way.values():
        if development.error:
            raise development.error
    return {request: [strand.result for strand in one.strands] for request, one in under_way.items()}


def by_hand(model: Model, request: Request) -> np.ndarray:
    """Plain diffusers: its own loading, its own call."""
    family = FAMILIES[model.spec.name]
    pipe, trained = plain(model.holder.name_or_path, family, Task.of(request))
    # Kandinsky's decoder is a pipeline in a pipeline
    pipe.scheduler = getattr(pipe, "decoder_pipe", pipe).scheduler = samplers.scheduler(
        request.sampler, trained, request.steps
    )
    values: dict[str, Any] = {
        "prompt": request.prompt, "num_inference_steps": request.steps, "output_type": "np",
        "generator": torch.Generator("cpu").manual_seed(request.seed), **family.guidance(pipe, request), **family.more,
    }  # fmt: skip
    if request.source:
        values |= {"image": source(request)}
    if canvas := sources(request).canvas:
        values |= {"mask_image": canvas.mask}
    own = {"width": request.width, "height": request.height, "strength": request.strength}
    values |= {name: value for name, value in own.items() if name in signature(type(pipe).__call__).parameters}
    made = pipe(**values).images[0]
    return put_back(made, canvas) if canvas else made


@cache
def plain(folder: str, family: Family, task: Task) -> Any:
    """The pipeline, and the configuration of the scheduler that it was saved with."""
    kind: Any = getattr(diffusers, family.classes[task]) if family.classes.get(task) else AutoPipelineForText2Image
    pipe = kind.from_pretrained(folder, dtype=torch.float32, use_safetensors=True)
    for each in (pipe, *(inner for inner in vars(pipe).values() if isinstance(inner, DiffusionPipeline))):
        each.set_progress_bar_config(disable=True)
    if family.inpaint == "ChromaInpaintPipeline":  # diffusers 0.42 asks for it, and Chroma has none
        pipe.transformer.register_to_config(guidance_embeds=False)
    return pipe, pipe.scheduler.config
