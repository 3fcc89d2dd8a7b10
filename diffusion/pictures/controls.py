"""The ControlNets (Zhang et al. 2023, https://arxiv.org/abs/2302.05543) of one model, beside its own parts.

Knows which pipelines take them and what those want; the maps that they follow are drawn by `maps`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from inspect import signature
from typing import Any

import diffusers
import torch
from diffusers.pipelines.auto_pipeline import (
    AutoPipelineForImage2Image,
    AutoPipelineForInpainting,
    AutoPipelineForText2Image,
)
from diffusers.pipelines.pipeline_utils import DiffusionPipeline
from PIL import Image

from diffusion.hub.sharing import Hub
from diffusion.models.families import Task
from diffusion.models.fetching import fetch
from diffusion.models.fitting import fitter
from diffusion.models.reading import check_whole, reading
from diffusion.models.soundness import described
from diffusion.pictures.maps import DepthEstimator, edges, tiled
from diffusion.pictures.sources import Guide, Sources
from diffusion.registry import ModelSpec
from diffusion.request import Request, Told
from diffusion.words.adapters import Adapters

WEIGHTS = "diffusion_pytorch_model.safetensors"
REMEMBERED = 2**26
"""Bytes of depths that are kept: all pictures of a request ask for the same."""
_KINDS: Mapping[Task, Any] = {
    Task.TEXT: AutoPipelineForText2Image,
    Task.IMAGE: AutoPipelineForImage2Image,
    Task.INPAINT: AutoPipelineForInpainting,
}


@dataclass(frozen=True, slots=True)
class Controls:
    """Those of one loaded model, by the roles that they play."""

    nets: Mapping[str, Any] = field(default_factory=dict)
    estimators: Mapping[str, DepthEstimator] = field(default_factory=dict)

    @classmethod
    def load(cls, spec: ModelSpec, device: torch.device, dtype: torch.dtype, note: Callable[[str], None]) -> "Controls":
        """`Told` where one of them is not there or cannot be read."""
        nets, estimators = {}, {}
        for role, control in spec.controls.items():
            folder = fetch(control.source, ("config.json", WEIGHTS), spec.name, note)
            note(f"loading {role}")
            what = f"The ControlNet {role} of {spec.name}"
            kind = getattr(diffusers, str(described(folder / "config.json", what).get("_class_name")), None)
            if kind is None or "ControlNet" not in kind.__name__:
                raise Told(f"{control.source} is no ControlNet; mend `controls` of {spec.name} in the configuration.")
            with reading(what, folder):
                net = kind.from_pretrained(str(folder), torch_dtype=dtype, use_safetensors=True, local_files_only=True)
                check_whole(net, role)
            nets[role] = net.to(device).eval()
            if control.estimator:
                folder = fetch(control.estimator, ("config.json", "*.json", "*.safetensors"), spec.name, note)
                with reading(f"The estimator of {role} of {spec.name}", folder):
                    estimators[role] = DepthEstimator.load(folder, device, dtype)
        return cls(nets, estimators)

    def share(self, hub: Hub, adapters: Adapters) -> None:
        """`adapters` are those of its model."""
        for net in self.nets.values():
            hub.share(net, float_timestep=True, prepare=fitter(net, adapters))
        for estimator in self.estimators.values():
            hub.share(estimator.model, remember=REMEMBERED)

    def template(self, plain: DiffusionPipeline, task: Task, request: Request, model: str) -> DiffusionPipeline:
        """The pipeline that follows what the request's references say; the plain one where there are none. `Told` where
        the family has none for this task."""
        nets = [self.nets[role] for role in sorted(each.role for each in request.references if each.role in self.nets)]
        if not nets:
            return plain
        try:
            return _KINDS[task].from_pipe(plain, controlnet=nets[0] if len(nets) == 1 else nets)
        except ValueError as error:
            raise Told(f"{model} follows no ControlNet where it does this; leave it out.") from error

    def arguments(self, pipeline: DiffusionPipeline, sources: Sources, *, tile: bool) -> dict[str, Any]:
        """What such a pipeline is given besides; called within a strand, for depths are estimated. The maps of a `tile`
        go on at their opposite edges too."""
        guides = sources.of(*self.nets)
        if not guides:
            return {}
        maps, weights = [self._map(guide, tile=tile) for guide in guides], [guide.reference.weight for guide in guides]
        name = "control_image" if "control_image" in signature(type(pipeline).__call__).parameters else "image"
        one = len(guides) == 1
        return {name: maps[0] if one else maps, "controlnet_conditioning_scale": weights[0] if one else weights}

    def _map(self, guide: Guide, *, tile: bool) -> Image.Image:
        """Without an estimator, a picture is the map itself; only edges are drawn here."""
        draw = self.estimators.get(guide.reference.role) or (edges if guide.reference.role == "canny" else None)
        if draw is None:
            return guide.image
        return tiled(draw, guide.image) if tile else draw(guide.image)
