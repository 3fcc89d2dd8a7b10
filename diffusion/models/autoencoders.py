"""What an autoencoder needs to be shared by many pictures: a dtype that stays, and windows where memory is short.

Knows AutoencoderKL by what it holds; which pictures use it, others know.
"""

from copy import copy
from functools import wraps
from inspect import signature
from typing import Any

import torch
from diffusers.models.autoencoders.autoencoder_kl import AutoencoderKL

from diffusion.pictures.windows import windowed

SMALLEST = 32
"""The side of a window, in rows of latents, below which nothing is gained: the weights take more then."""


def settle_autoencoder(pipeline: Any) -> None:
    """Its dtype stays what it is now, whatever a pipeline does: pipelines of SDXL would cast the weights, which all
    pictures share, to float32 and back around each picture. One that would overflow in float16 (`force_upcast`) is in
    float32 from now on; bfloat16 holds its numbers."""
    vae: Any = getattr(pipeline, "vae", None)
    if not isinstance(vae, AutoencoderKL) or not vae.config.get("force_upcast"):
        return
    vae.register_to_config(force_upcast=False)
    if vae.dtype == torch.float16:
        torch.nn.Module.to(vae, torch.float32)
        for part in (vae.encoder, vae.decoder, vae.post_quant_conv):
            if part is not None:
                part.register_forward_pre_hook(_in_single_precision)


def _in_single_precision(_: torch.nn.Module, inputs: tuple[Any, ...]) -> tuple[Any, ...]:
    return inputs[0].float(), *inputs[1:]


def yield_autoencoder(pipeline: Any) -> None:
    """Gives the pipeline of one picture an autoencoder over the same parts that goes on in windows, smaller and
    smaller ones, when the memory does not hold the whole picture."""
    vae = getattr(pipeline, "vae", None)
    if not isinstance(vae, AutoencoderKL):
        return
    twin: Any = copy(vae)
    twin._modules = dict(vae._modules)
    factor = 2 ** (len(vae.config["block_out_channels"]) - 1)
    twin.encoder = _yielding(twin.encoder, factor)
    twin.decoder = _yielding(twin.decoder, 1)
    pipeline.vae = twin


def steady_autoencoder(pipeline: Any) -> None:
    """Gives the pipeline of one picture an autoencoder whose latents are always the same: what is to be drawn of them
    without a generator, as diffusers' ControlNets of Stable Diffusion 3 do with their maps, is their mean."""
    vae = getattr(pipeline, "vae", None)
    if not isinstance(vae, AutoencoderKL):
        return
    twin: Any = copy(vae)
    encode = twin.encode

    @wraps(encode)
    def encode_steadily(*args: Any, **kwargs: Any) -> Any:
        encoded = encode(*args, **kwargs)
        latents = getattr(encoded, "latent_dist", encoded[0])
        sample = latents.sample
        latents.sample = lambda generator=None: latents.mode() if generator is None else sample(generator)
        return encoded

    twin.encode = encode_steadily
    pipeline.vae = twin


def _yielding(half: torch.nn.Module, factor: int) -> torch.nn.Module:
    """`factor` is how many of its input's pixels make one of the latents'."""
    twin: Any = copy(half)
    form = signature(half.forward)

    def forward(*args: Any, **kwargs: Any) -> Any:
        arguments = form.bind(*args, **kwargs).arguments
        side = max(next(iter(arguments.values())).shape[2:]) // factor
        try:
            return half(**arguments)
        except torch.OutOfMemoryError as error:
            if side <= SMALLEST:
                raise
            error.with_traceback(None)  # its frames hold what is to be freed
        while True:
            side = max(SMALLEST, side // 2)
            try:
                return windowed(half, side * factor, step=factor, together=1)(**arguments)
            except torch.OutOfMemoryError as error:
                if side == SMALLEST:
                    raise
                error.with_traceback(None)

    twin.forward = forward
    return twin
