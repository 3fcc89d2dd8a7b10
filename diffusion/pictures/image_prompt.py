"""Pictures as prompts: the IP-Adapter (Ye et al. 2023, https://arxiv.org/abs/2308.06721) of one model.

It adds an attention to pictures beside each of the UNet's to words. The UNet has them only during a forward that leans
on a picture; all others find it as it was loaded.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from copy import copy
from functools import wraps
from pathlib import PurePosixPath
from typing import Any

import torch
from diffusers.models.attention_processor import Attention
from transformers import CLIPVisionModelWithProjection

from diffusion.hub.sharing import Hub
from diffusion.models.fetching import fetch
from diffusion.models.reading import reading
from diffusion.pictures.sources import Sources
from diffusion.registry import ModelSpec
from diffusion.request import Request, Told

REMEMBERED = 2**26
"""Bytes of pictures' encodings that are kept: all pictures of a request ask for the same."""
ROLES = "image", "style", "blend"
BLOCK = re.compile(r"up_blocks\.\d+\.attentions\.\d+\.")
Leaning = tuple[str, float] | None
"""What a forward takes of its pictures, "image" or "style", and how much; nothing without a picture."""


class ImagePrompts:
    """The adapter of one model."""

    def __init__(self, unet: Any, encoder: Any, model: str) -> None:
        """The UNet has the adapter in it, and keeps it until `fit` is called; `model` is its name for the person."""
        self._model = model
        self._unet = unet
        self._encoder = encoder
        self._attentions = _attentions(unet)
        self._adapted = _Dress(unet, self._attentions)
        self._bare = self._adapted
        self._leaning: Leaning = ("image", 1.0)
        self._processors: dict[str, Any] = {
            name: each for name, each in self._adapted.processors.items() if hasattr(each, "scale")
        }
        self._style = style_block(list(self._processors))

    @classmethod
    def load(cls, pipeline: Any, spec: ModelSpec, note: Callable[[str], None]) -> "ImagePrompts | None":
        """None where the registry names none. `Told` where it is not there, or the family takes none."""
        adapter = spec.ip_adapter
        if not adapter.source:
            return None
        if not hasattr(pipeline, "load_ip_adapter") or not hasattr(pipeline, "unet"):
            raise Told(f"{spec.name} takes no IP-Adapter; take `ip_adapter` out of its table in the configuration.")
        encoder, weights = PurePosixPath(adapter.image_encoder), PurePosixPath(adapter.weights)
        files = str(weights), f"{encoder}/config.json", f"{encoder}/model*.safetensors"
        folder = fetch(adapter.source, files, spec.name, note)
        note(f"loading the IP-Adapter of {spec.name}")
        unet = pipeline.unet
        with reading(f"The image encoder of {spec.name}", folder):
            seeing: Any = CLIPVisionModelWithProjection.from_pretrained(
                str(folder / encoder), dtype=unet.dtype, local_files_only=True
            )
        pipeline.register_modules(image_encoder=seeing.to(unet.device).eval())
        bare = _Dress(unet, _attentions(unet))
        where = {"subfolder": str(weights.parent), "weight_name": weights.name, "image_encoder_folder": None}
        with reading(f"The IP-Adapter of {spec.name}", folder):
            pipeline.load_ip_adapter(str(folder), **where, local_files_only=True)
        found = cls(unet, seeing, spec.name)
        bare.put_on(unet)
        found._leaning = None
        return found

    def share(self, hub: Hub) -> None:
        hub.share(self._encoder, remember=REMEMBERED, weight=0.0)

    def leaning(self, request: Request) -> Leaning:
        """What the request's forwards take of its pictures. `Told` where they are to count unequally."""
        guides = [each for each in request.references if each.role in ROLES]
        if len({each.weight for each in guides}) > 1:
            raise Told(f"{self._model} takes several pictures alike; give all of them the same weight.")
        role = "style" if any(each.role == "style" for each in guides) else "image"
        return (role, guides[0].weight) if guides else None

    def fit(self, wanted: Leaning) -> None:
        """Brings the UNet into the state for such a forward."""
        if wanted == self._leaning:
            return
        if wanted is None:
            self._bare.put_on(self._unet)
        elif self._leaning is None:
            self._bare = _Dress(self._unet, self._attentions)  # what it has on now, fused projections or not
            self._adapted.put_on(self._unet)
        if wanted:
            role, weight = wanted
            for name, processor in self._processors.items():
                processor.scale = [weight if role == "image" or name.startswith(self._style) else 0.0]
        self._leaning = wanted

    def ready(self, pipeline: Any) -> None:
        """Gives the pipeline of one picture the projection that it looks for, which the UNet has only in forwards."""
        unet: Any = self._unet
        twin: Any = copy(unet)
        twin._modules = dict(unet._modules)
        twin.encoder_hid_proj = self._adapted.projection

        @wraps(unet.forward)
        def forward(*args: Any, **kwargs: Any) -> Any:
            return unet(*args, **kwargs)

        twin.forward = forward
        pipeline.unet = twin

    def arguments(self, sources: Sources) -> dict[str, Any]:
        images = [guide.image for guide in sources.of(*ROLES)]
        return {"ip_adapter_image": [images]} if images else {}


class _Dress:
    """What of a UNet an adapter changes, as it is now."""

    def __init__(self, unet: Any, attentions: Mapping[str, Attention]) -> None:
        self._attentions = attentions
        self.processors: dict[str, Any] = {name: part.processor for name, part in self._attentions.items()}
        self.projection = unet.encoder_hid_proj
        self._kind = unet.config.encoder_hid_dim_type

    def put_on(self, unet: Any) -> None:
        for name, part in self._attentions.items():
            if part.processor is not self.processors[name]:
                part.set_processor(self.processors[name])
        unet.encoder_hid_proj, unet.config.encoder_hid_dim_type = self.projection, self._kind


def _attentions(unet: torch.nn.Module) -> dict[str, Attention]:
    return {name: part for name, part in unet.named_modules() if isinstance(part, Attention)}


def style_block(names: Sequence[str]) -> str:
    """The part of a UNet that minds style (InstantStyle, https://arxiv.org/abs/2404.02733): of the first block on the
    way up that attends to words, the second of its transformers, or the only one."""
    blocks = sorted({match[0] for name in names if (match := BLOCK.match(name))})
    first = [block for block in blocks if block.startswith(blocks[0].rpartition(".attentions")[0])]
    return first[min(1, len(first) - 1)]
