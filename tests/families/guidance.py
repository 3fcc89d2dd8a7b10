"""How a call by hand says guidance and the negative prompt to one family or another."""

from typing import Any

from diffusion.request import Request


def classifier_free(pipe: Any, request: Request) -> dict[str, Any]:
    return {"guidance_scale": request.guidance, **({"negative_prompt": request.negative} if request.negative else {})}


def embedded(pipe: Any, request: Request) -> dict[str, Any]:
    """An input of the denoiser, and no negative prompt at all."""
    return {"guidance_scale": request.guidance}


def embedded_or_true(pipe: Any, request: Request) -> dict[str, Any]:
    """Embedded; with a negative prompt by two forwards a step instead."""
    if not request.negative:
        return {"guidance_scale": request.guidance}
    return {"guidance_scale": 1.0, "true_cfg_scale": request.guidance, "negative_prompt": request.negative}


def true(pipe: Any, request: Request) -> dict[str, Any]:
    return {"true_cfg_scale": request.guidance, "negative_prompt": request.negative or " "}


def by_embeddings(pipe: Any, request: Request) -> dict[str, Any]:
    """The negative prompt as its embeddings only."""
    if not request.negative:
        return {"guidance_scale": request.guidance}
    embeddings, _ = pipe.encode_prompt(prompt=request.negative)
    return {"guidance_scale": request.guidance, "negative_prompt_embeds": embeddings}


def none(pipe: Any, request: Request) -> dict[str, Any]:
    """Few-step models, whose guidance was distilled away."""
    return {"guidance_scale": 1.0}
