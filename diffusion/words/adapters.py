"""LoRAs in one model's parts (Hu et al. 2021, https://arxiv.org/abs/2106.09685): checked on any thread, injected once
on the thread of the forwards, and switched by name and weight right before a forward.

What a file says is `lora_files`' to know; what stands in a prompt, `loras`'. Names here are peft's: one for each state
of a file.
"""

import warnings
from collections import OrderedDict
from collections.abc import Collection, Iterator
from contextlib import ExitStack, contextmanager
from copy import copy
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

import torch
from diffusers.utils.peft_utils import delete_adapter_layers
from peft import PeftConfig, inject_adapter_in_model, set_peft_model_state_dict
from peft.tuners.tuners_utils import BaseTunerLayer
from safetensors import SafetensorError
from transformers import PreTrainedModel

from diffusion.request import Told
from diffusion.words.lora_files import Contents, contents, fits, is_lora, parts, whole

KEPT = 8
"""LoRAs that stay injected in a model while nobody asks for them."""

Active = tuple[tuple[str, float], ...]
"""The adapters of a forward by name and weight; nothing for the model as it was loaded."""


@dataclass(frozen=True, slots=True, eq=False)
class Lora:
    """A file that suits the model."""

    path: Path
    changed: int
    """When it was written, in ns."""
    contents: Contents
    """`None` where it is injected already."""


class Adapters:
    """The LoRAs of one model."""

    def __init__(self, pipeline: Any, model: str, *, compiled: bool = False) -> None:
        """`model` is its name for the person. Of a `compiled` one the forwards with LoRAs run as they are written: each
        LoRA and each weight would be compiled anew."""
        self.generation = 0
        """How often the parts have grown or shrunk by layers."""
        self._pipeline = pipeline
        self._model = model
        self._compiled = compiled
        self._names: OrderedDict[tuple[Path, int], str] = OrderedDict()
        self._numbers = count()
        self._layers: dict[torch.nn.Module, list[Any]] = {}
        self._active: dict[torch.nn.Module, Active] = {}

    def read(self, path: Path) -> Lora:
        """Reads and checks a file, on any thread. `Told` where it is no LoRA, damaged, or one for other models."""
        self._check_able()
        try:
            changed = path.stat().st_mtime_ns
            if (path, changed) in self._names:
                return Lora(path, changed, None)
            if not is_lora(path):
                raise Told(f"“{path.stem}” is no LoRA, though its file lies among them; choose another one.")
            found = contents(self._pipeline, path)
        except (SafetensorError, OSError, ValueError, KeyError, AttributeError) as error:
            raise self._unread(path) from error
        if not fits(self._pipeline, found):
            raise Told(
                f"The LoRA “{path.stem}” was made for another family of models than {self._model}; choose another one, "
                "or another model with `--model`."
            )
        if not whole(found):
            raise Told(f"The LoRA “{path.stem}” is damaged: some of its weights are no numbers; choose another one.")
        return Lora(path, changed, found)

    def attach(self, lora: Lora, used: Collection[str] = ()) -> str:
        """The name under which it can be switched on; injected now where it was not. Of those that nobody uses the
        oldest leave."""
        key = lora.path, lora.changed
        if key not in self._names:
            whole = self.read(lora.path) if lora.contents is None else lora  # it has left since it was looked for
            self._inject(whole, name := f"lora{next(self._numbers)}")
            self._names[key] = name
        self._names.move_to_end(key)
        self._leave({*used, self._names[key]})
        return self._names[key]

    def switch(self, part: torch.nn.Module, wanted: Active) -> None:
        """Brings one part into the state of `wanted`; without a look at it where it is in it."""
        if self._compiled:
            torch.compiler.set_stance("force_eager" if wanted else "default")
        was = self._active.get(part, ())
        if wanted == was or part not in self._layers:
            return
        names, layers = [name for name, _ in wanted], self._layers[part]
        if names != [name for name, _ in was]:
            for layer in layers:
                _set_active(layer, names)
        for name, weight in set(wanted) - set(was):
            for layer in layers:
                layer.set_scale(name, weight)
        self._active[part] = wanted

    def _check_able(self) -> None:
        if not hasattr(self._pipeline, "load_lora_weights"):
            raise Told(f"The model {self._model} takes no LoRA; leave it out, or choose another model with `--model`.")
        modules = (module for part in parts(self._pipeline).values() for module in part.modules())
        if any(getattr(module, "fused_projections", False) for module in modules):
            raise Told("LoRAs find no layers while projections are fused; leave them out, or ask the owner to undo it.")

    def _inject(self, lora: Lora, name: str) -> None:
        loader = copy(self._pipeline)
        loader.lora_state_dict = lambda *_, **__: lora.contents
        with warnings.catch_warnings(), ExitStack() as stack:
            warnings.filterwarnings("ignore", "Already found a `peft_config`", UserWarning)  # it is the second LoRA
            for part in parts(self._pipeline).values():
                if isinstance(part, PreTrainedModel):
                    stack.enter_context(_injecting(part))
            try:
                loader.load_lora_weights({}, adapter_name=name)
            except Exception as error:  # half of it may be injected
                self._remove(name)
                if isinstance(error, torch.OutOfMemoryError):
                    raise
                raise self._unread(lora.path) from error
        self._look()

    def _leave(self, used: Collection[str]) -> None:
        for key, name in list(self._names.items()):
            if len(self._names) <= KEPT:
                break
            if name not in used:
                del self._names[key]
                self._remove(name)

    def _remove(self, name: str) -> None:
        self._look()  # or peft would switch on another in its place
        for part in parts(self._pipeline).values():
            delete_adapter_layers(part, name)
        self._look()

    def _look(self) -> None:
        """Finds the adapters' layers anew, all of them switched off."""
        self.generation += 1
        for part in parts(self._pipeline).values():
            layers: list[Any] = [module for module in part.modules() if isinstance(module, BaseTunerLayer)]
            for layer in layers:
                layer.requires_grad_(False)
                layer.eval()  # or a dropout of its training would go on
                _set_active(layer, [])
            self._layers[part], self._active[part] = layers, ()

    def _unread(self, path: Path) -> Told:
        return Told(f"The LoRA “{path.stem}” cannot be read for the model {self._model}; choose another.")


def _set_active(layer: Any, names: list[str]) -> None:
    """By what peft's own methods set at last: those look through all gradients first, which takes 13 ms of SDXL.

    A layer that is switched off reads nothing of its adapters, so a compiled one stays valid when others come.
    """
    vars(layer).update(_active_adapter=names, _disable_adapters=not names)


@contextmanager
def _injecting(part: Any) -> Iterator[None]:
    """A part of transformers takes an adapter through peft alone meanwhile: its own `load_adapter` counts the weights
    of every other adapter as missing, and initialises them anew."""

    def load_adapter(
        adapter_name: str, adapter_state_dict: dict[str, torch.Tensor], peft_config: PeftConfig, **_: Any
    ) -> None:
        inject_adapter_in_model(peft_config, part, adapter_name, state_dict=adapter_state_dict)
        set_peft_model_state_dict(part, adapter_state_dict, adapter_name)
        part._hf_peft_config_loaded = True

    part.load_adapter = load_adapter
    try:
        yield
    finally:
        del part.load_adapter
