"""The samplers under the names that people know, and the scheduler that each one is in diffusers.

Importing it loads neither torch nor diffusers; `scheduler` does. Knows no model: it is given the model's own
scheduler configuration.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import wraps
from inspect import signature
from typing import Any

from diffusion.request import Told


@dataclass(frozen=True, slots=True)
class Sampler:
    """One way to walk from noise to a picture."""

    name: str
    scheduler: str
    """The class of diffusers, for models that predict noise, velocity or the sample; nothing for the model's own."""
    options: Mapping[str, Any] = field(default_factory=dict)
    flow: str = ""
    """The class for flow-matching models; nothing where diffusers has none that their pipelines take."""
    largest_sigma: float = 0.0
    """Where the walk begins on models of zero terminal SNR; 0 for their own first sigma, which is near infinity.

    Heun's corrector and Karras' spacing live in sigmas and cannot bridge the leap from there to the second step. Euler
    can, but at its 4096 one float32 rounding is 5e-4 of a latent, and a picture differs visibly in its digits with the
    rows that share its batch; from 200 on, what is left of the signal is 0.5 %, and nothing of that is seen.
    """


SAMPLERS: dict[str, Sampler] = {
    sampler.name: sampler
    for sampler in (
        Sampler("Euler", "EulerDiscreteScheduler", flow="FlowMatchEulerDiscreteScheduler", largest_sigma=200.0),
        Sampler("Euler a", "EulerAncestralDiscreteScheduler", largest_sigma=200.0),
        Sampler("DDIM", "DDIMScheduler"),
        Sampler("DPM++ 2M", "DPMSolverMultistepScheduler"),
        Sampler("DPM++ 2M Karras", "DPMSolverMultistepScheduler", {"use_karras_sigmas": True}, largest_sigma=20.0),
        Sampler(
            "DPM++ SDE",
            "DPMSolverSinglestepScheduler",
            {"algorithm_type": "sde-dpmsolver++", "lower_order_final": True},
        ),
        Sampler("UniPC", "UniPCMultistepScheduler", flow="UniPCMultistepScheduler"),
        Sampler("Heun", "HeunDiscreteScheduler", largest_sigma=20.0),
        Sampler("LCM", "LCMScheduler"),
        Sampler("Own", ""),
    )
}
"""By name, in the order in which people see them."""

_LATENT = {"clip_sample": False, "set_alpha_to_one": False}
"""What latent models need and some configurations, saved from a scheduler without these keys, leave out."""

_PLAIN = {"use_karras_sigmas": False, "use_exponential_sigmas": False, "use_beta_sigmas": False}
"""The name says which sigmas: a model's own habit must not make two names the same."""


def sampler(name: str) -> Sampler:
    """The sampler of that name in any case; an unknown one is `Told` with the nearest names."""
    names = {known.lower(): known for known in SAMPLERS}
    if name.lower() in names:
        return SAMPLERS[names[name.lower()]]
    near = get_close_matches(name.lower(), names, n=2, cutoff=0.4)
    hint = (
        f"Did you mean {' or '.join(f'“{names[key]}”' for key in near)}?"
        if near
        else f"There are: {', '.join(SAMPLERS)}."
    )
    raise Told(f"There is no sampler “{name}”. {hint}")


def scheduler(name: str, config: Mapping[str, Any], steps: int) -> Any:
    """A new diffusers scheduler for one picture of a model whose scheduler has `config`.

    `Told` where the model and the sampler do not fit; some pipelines say so only when they set the steps.
    """
    import diffusers

    chosen = sampler(name)
    own = str(config.get("_class_name"))
    if not chosen.scheduler:
        return getattr(diffusers, own).from_config({**config, **_original_steps(config, steps)})
    unset = set(config.get("_use_default_values", ()))
    trained = {key: value for key, value in config.items() if not key.startswith("_") and key not in unset}
    if matches_flows(config) and (chosen.scheduler != own or chosen.options):
        return _guarded(_flow_scheduler(chosen, config), chosen, config)
    kind = getattr(diffusers, chosen.scheduler)
    values = {**_LATENT, **trained, **_PLAIN, **_original_steps(trained, steps), **chosen.options}
    known = signature(kind.__init__).parameters
    if values.get("rescale_betas_zero_snr") and (chosen.largest_sigma or "rescale_betas_zero_snr" not in known):
        values |= {"trained_betas": _rescaled_betas(config, chosen.largest_sigma), "rescale_betas_zero_snr": False}
    return _guarded(kind.from_config({key: value for key, value in values.items() if key in known}), chosen, config)


def matches_flows(config: Mapping[str, Any]) -> bool:
    """Whether the model was trained by flow matching: it has no betas."""
    return str(config.get("_class_name", "")).startswith("FlowMatch") or bool(config.get("use_flow_sigmas"))


def _flow_scheduler(chosen: Sampler, config: Mapping[str, Any]) -> Any:
    import diffusers

    if not chosen.flow:
        raise _unfit(chosen, config)
    if chosen.flow == config.get("_class_name"):
        return getattr(diffusers, chosen.flow).from_config(config)
    kind = getattr(diffusers, chosen.flow)
    shift = config.get("shift", config.get("flow_shift", 1.0))
    flow = {"shift": shift, "flow_shift": shift, "use_flow_sigmas": True, "prediction_type": "flow_prediction"}
    kept = {key: value for key, value in config.items() if not key.startswith("_")}
    known = signature(kind.__init__).parameters
    walk = kind.from_config({key: value for key, value in {**kept, **_PLAIN, **flow}.items() if key in known})
    walk.register_to_config(**{key: value for key, value in kept.items() if key not in known})  # pipelines read them
    if not hasattr(walk, "scale_noise"):  # what pipelines for flows call the same with other arguments
        walk.scale_noise = lambda sample, timestep, noise: walk.add_noise(sample, noise, timestep)
    return walk


def _guarded(walk: Any, chosen: Sampler, config: Mapping[str, Any]) -> Any:
    """Tells where a pipeline sets its steps, or takes them, in a way that this scheduler does not know."""
    set_timesteps, step = walk.set_timesteps, walk.step

    @wraps(set_timesteps)
    def set_or_tell(*args: Any, sigmas: Any = None, **kwargs: Any) -> None:
        import numpy

        if sigmas is not None:
            kwargs["sigmas"] = numpy.asarray(sigmas)  # some give a list, some schedulers reckon with it
        try:
            with numpy.errstate(invalid="ignore"):
                set_timesteps(*args, **kwargs)
        except (TypeError, ValueError) as error:
            raise _unfit(chosen, config) from error
        if len(walk.timesteps) == 1 and not walk.timesteps.isfinite().all():
            raise Told("This model cannot make its way in one step; ask for two at least.")

    @wraps(step)
    def step_or_tell(*args: Any, **kwargs: Any) -> Any:
        if not kwargs.keys() <= takes:
            raise _unfit(chosen, config)
        return step(*args, **kwargs)

    takes = signature(step).parameters.keys()
    walk.set_timesteps, walk.step = set_or_tell, step_or_tell
    return walk


def _unfit(chosen: Sampler, config: Mapping[str, Any]) -> Told:
    own, flows = config.get("_class_name"), matches_flows(config)
    fitting = [other.name for other in SAMPLERS.values() if own in (other.scheduler, other.flow if flows else "")]
    others = [name for name in (*fitting, "Own") if name != chosen.name]
    return Told(f"This model does not work with the sampler {chosen.name}; choose {' or '.join(others)}.")


def _original_steps(trained: Mapping[str, Any], steps: int) -> dict[str, Any]:
    """LCM picks its steps from a longer walk, which must not be the shorter one."""
    return {"original_inference_steps": max(trained.get("original_inference_steps", 50), steps)}


def _rescaled_betas(config: Mapping[str, Any], largest_sigma: float) -> list[float]:
    """The betas of a zero-terminal-SNR model (arXiv 2305.08891) for schedulers that cannot rescale them themselves.

    The last one stops a hair short of 1, as in Euler's scheduler, so that the first sigma is finite. Where
    `largest_sigma` is given the sigmas above it are pressed below it, still falling.
    """
    import torch
    from diffusers.schedulers.scheduling_euler_discrete import EulerDiscreteScheduler

    euler: Any = EulerDiscreteScheduler.from_config({**config, "rescale_betas_zero_snr": True})
    kept = euler.alphas_cumprod.double()  # (training steps,)
    if largest_sigma:
        slope = 1 + 1e-4 * torch.arange(len(kept) - 1, -1, -1)
        kept = torch.maximum(kept, slope / (1 + largest_sigma**2))
    before = torch.cat([torch.ones(1, dtype=torch.double), kept[:-1]])
    return (1 - kept / before).tolist()
