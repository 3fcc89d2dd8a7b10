"""What a person typed, as a complete `Request`: flags read, defaults filled in, seed drawn.

Pure but for the drawing of seeds, which is passed in. Knows no Discord; slash options come in as plain values under
the names of flags.
"""

import math
import re
import secrets
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from bot import sizes
from bot.config import Limits
from bot.face import quoted
from bot.flags import FLAGS, Flag, named, resembles
from bot.values import Rules
from bot.values import Words as Text
from diffusion.mini.vocabulary import explain_unknown, known_words_sentence
from diffusion.models.loading import reads_weights
from diffusion.registry import ModelSpec, Registry
from diffusion.request import Request, Told
from diffusion.samplers import SAMPLERS
from diffusion.words.emphasis import weighs
from diffusion.words.language import words

__all__ = ["FLAGS", "Parsed", "Source", "Words", "complete", "inherited", "parse", "read", "write"]

COUNT = 4
"""Pictures of a request that does not say how many, where config.toml allows as many."""

ROOMY = 1.6
"""Times the trained area: a larger picture tends to show its things more than once."""

FLAG = re.compile(r"(?:^|(?<=\s))(?P<dash>--|[—–])(?P<name>[A-Za-z][A-Za-z_-]*)(?P<glue>[=:]?)")
"""Phones make a long dash of two short ones."""
QUOTED = re.compile(r"(?<![^\s=:])[\"“][^\"“”]*[\"”](?!\w)")

VALUE = 100
"""Characters that the value of a flag can have, unless it is made of words."""

Draw = Callable[[], int]


@dataclass(frozen=True, slots=True)
class Words:
    """A text taken apart: the prompt without its flags, and what the flags and options set."""

    prompt: str
    values: Mapping[str, Any] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    @property
    def pick(self) -> int:
        """Which picture of the message replied to, counted from 1."""
        return self.values.get("pick", 1)


@dataclass(frozen=True, slots=True)
class Source:
    """The picture that a new one grows from."""

    sha256: str
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Parsed:
    request: Request
    notes: tuple[str, ...] = ()
    """Sentences for the person: what was understood otherwise than it was said."""
    asides: tuple[str, ...] = ()
    """More on it, for this person alone."""


def draw() -> int:
    return secrets.randbelow(2**32)


def parse(
    text: str,
    *,
    registry: Registry,
    limits: Limits,
    options: Mapping[str, Any] | None = None,
    defaults: Mapping[str, Any] | None = None,
    source: Source | None = None,
    seed: Draw = draw,
) -> Parsed:
    """The request that a text with flags asks for. `options` win over flags and `None` among them counts as not given;
    `defaults` (see `inherited`) are what a parent hands down. `Told` with the mend where something is wrong."""
    words = read(text, options, registry=registry, limits=limits)
    if "pick" in words.values:
        raise Told("`--pick` chooses a picture of the message that you reply to; there is none here.")
    return complete(words, registry=registry, limits=limits, defaults=defaults, source=source, seed=seed)


def inherited(request: Request) -> dict[str, Any]:
    """What the child of a picture takes over where nothing else is said; its seed and noise are its own.

    Of an upscale not the size: in one piece, the model draws that shape smaller.
    """
    size = () if request.upscale else ("width", "height")
    kept = ("prompt", "negative", "model", *size, "steps", "guidance", "sampler", "count")
    return {name: value for name, value in asdict(request).items() if name in kept}


def read(text: str, options: Mapping[str, Any] | None = None, *, registry: Registry, limits: Limits) -> Words:
    """Takes a text and the slash options apart."""
    rules = Rules(registry, limits, _known((options or {}).get("model"), registry))
    matches = list(_flags(text))
    stops = [*(match.start() for match in matches), len(text)]
    prompt = text[: stops[0]]
    values: dict[str, Any] = {}
    said: dict[str, str] = {}
    notes: list[str] = []
    for match, end in zip(matches, stops[1:], strict=True):
        flag = named(match["name"], rules.spec)
        value = _value(flag, f"--{flag.name}", text[match.end() : end], rules)
        before, said[flag.sets] = said.get(flag.sets), f"“{quoted(text[match.start() : end], 80)}”"
        if before and value != values[flag.sets] and not isinstance(flag.kind, Text):
            notes.append(f"{before} and {said[flag.sets]} say different things; the last one counts.")
        values[flag.sets] = _joined(flag, values.get(flag.sets), value)
        rules = replace(rules, model=values.get("model") or rules.model)
    return _with_options(Words(" ".join(prompt.split()), values, tuple(notes)), options or {}, rules)


def complete(
    words: Words,
    *,
    registry: Registry,
    limits: Limits,
    defaults: Mapping[str, Any] | None = None,
    source: Source | None = None,
    seed: Draw = draw,
) -> Parsed:
    """Fills in what the words leave open: from the parent, then from the model."""
    given, parent = words.values, dict(defaults or {})
    spec = registry[given.get("model") or _known(parent.get("model"), registry)]
    notes = [*words.notes, *_remarks(given, parent, spec, registry)]
    if parent.get("model") != spec.name:
        parent = {name: value for name, value in parent.items() if name in ("prompt", "negative", "count")}
    width, height = _shape(given.get("shape"), parent, source, spec, notes)
    variation = given.get("variation", 0.0)
    request = Request(
        prompt=_prompt(words.prompt or parent.get("prompt", ""), limits, source),
        negative=_negative(given.get("negative"), parent.get("negative", ""), limits, notes),
        model=spec.name,
        width=width,
        height=height,
        steps=given.get("steps") or min(parent.get("steps") or spec.steps, limits.steps),
        guidance=_guidance(given, parent, spec),
        sampler=given.get("sampler") or _sampler(parent.get("sampler"), spec),
        seed=_seed(given.get("seed"), seed),
        count=given.get("count") or min(parent.get("count") or COUNT, limits.count),
        source=source.sha256 if source else "",
        strength=_strength(given, spec, source),
        variation=variation,
        variation_seed=_seed(given.get("variation_seed"), seed) if variation else 0,
        tile=given.get("tile", False),
        stop=given.get("stop", 1.0),
    )
    _check_walk(request)
    unknown = _unknown(request, spec)
    lessons = (known_words_sentence(),) if unknown else ()
    return Parsed(request, (*notes, *unknown, *_unread(request, spec), *_large(request, spec)), lessons)


def write(request: Request, registry: Registry) -> str:
    """The text that asks for this request again (its source picture aside): the prompt and every flag that is not the
    model's default. A model that is gone is left out."""
    spec = registry[_known(request.model, registry)]
    size = (request.width, request.height)
    flags = {
        "no": _quote(request.negative),
        "size": "" if size == sizes.of_ratio(1, spec) or not sizes.fits(*size, spec) else "x".join(map(str, size)),
        "n": f"{request.count}",
        "steps": "" if request.steps == spec.steps else f"{request.steps}",
        "cfg": "" if request.guidance == spec.guidance else _plain(request.guidance),
        "sampler": "" if request.sampler == spec.sampler else _quote(request.sampler),
        "model": "" if spec.name == registry.default else spec.name,
        "strength": _plain(request.strength) if request.source else "",
        "seed": f"{request.seed}",
        "variation": _plain(request.variation) if request.variation else "",
        "variation-seed": f"{request.variation_seed}" if request.variation else "",
        "stop": _plain(request.stop) if request.stop != 1 else "",
        "tile": "yes" if request.tile else "",
    }  # fmt: skip
    return " ".join((request.prompt, *(f"--{name} {value}" for name, value in flags.items() if value)))


def walks(request: Request) -> bool:
    """Image-to-image walks `steps * strength` of the steps, and there must be one."""
    return int(request.steps * request.strength) >= 1


def least_strength(steps: int) -> float:
    """In hundredths, the least with which image-to-image walks a step."""
    return math.ceil(100 / steps) / 100


def _flags(text: str) -> Iterator[re.Match[str]]:
    """Where flags begin; dashes inside quotes, and long dashes before an ordinary word, begin none."""
    hidden = QUOTED.sub(lambda match: "_" * len(match[0]), text)
    for match in FLAG.finditer(hidden):
        if match["dash"] == "--" or resembles(match["name"]):
            yield match


def _value(flag: Flag, shown: str, text: str, rules: Rules) -> Any:
    """One value; a wrong one is `Told` with what is wanted and an example."""
    text = " ".join(text.split())
    if len(text) > 1 and text[0] in '"“' and text[-1] in '"”':
        text = text[1:-1].strip()
    try:
        if len(text) > VALUE and not isinstance(flag.kind, Text):
            raise ValueError
        return flag.kind.read(text, rules)
    except ValueError:
        wrote = f"“{quoted(text, 80)}” is not that" if text else "nothing came after it"
        order = (
            " The words of the prompt go before the flags." if " " in text and not isinstance(flag.kind, Text) else ""
        )
        raise Told(
            f"`{shown}` wants {flag.kind.wants(rules)}, for example `{flag.usage(rules.spec)}`; {wrote}.{order}"
        ) from None


def _joined(flag: Flag, before: Any, value: Any) -> Any:
    """Negative words add up; of anything else the last one counts."""
    return f"{before}, {value}" if before and isinstance(flag.kind, Text) and before != value else value


def _with_options(words: Words, options: Mapping[str, Any], rules: Rules) -> Words:
    """Options win over flags, and where they differ the person is told so."""
    values, notes = dict(words.values), list(words.notes)
    for name, option in options.items():
        if option is None:
            continue
        flag = named(name, rules.spec)
        value = _joined(flag, values.get(flag.sets), _value(flag, name, f"{option}", rules))
        if flag.sets in words.values and value != words.values[flag.sets] and not isinstance(flag.kind, Text):
            notes.append(f"Both the option `{name}` and a flag say what it shall be; the option counts: {option}.")
        values[flag.sets] = value
    return Words(words.prompt, values, tuple(notes))


def _known(model: str | None, registry: Registry) -> str:
    return model if model and model in registry.models else ""


def _remarks(given: Mapping[str, Any], parent: Mapping[str, Any], spec: ModelSpec, registry: Registry) -> Iterator[str]:
    gone = parent.get("model")
    if gone and "model" not in given and gone not in registry.models:
        yield f"That picture was made with “{quoted(gone, 80)}”, which is not here; {spec.name} draws instead."
    ignored = [
        words for name, words in (("negative", "the negative prompt"), ("guidance", "guidance")) if name in given
    ]
    if ignored and not spec.guided:
        yield f"{spec.name} draws in a few steps and ignores {' and '.join(ignored)}; say what you want in the prompt."


def _unread(request: Request, spec: ModelSpec) -> Iterator[str]:
    """What of the prompt's language does not reach the model."""
    if any(map(weighs, (request.prompt, request.negative))) and reads_weights(spec) is False:
        yield f"{spec.name} reads no weights of words: they are taken out, `(word:1.2)` is read as `word`."


def _unknown(request: Request, spec: ModelSpec) -> tuple[str, ...]:
    """What is said of words that the built-in model has not learned."""
    if spec.source != "builtin":
        return ()
    told = explain_unknown(words(request.prompt), words(request.negative), hears_negatives=spec.guided)
    return (told,) if told else ()


def _large(request: Request, spec: ModelSpec) -> Iterator[str]:
    """What a size far above the trained one does to a picture that begins with words."""
    if not request.source and request.width * request.height > ROOMY * spec.size**2:
        best = "×".join(map(str, sizes.of_ratio(request.width / request.height, spec)))
        yield (
            f"{spec.name} draws best at {best} and may repeat things at {request.width}×{request.height}; draw it at "
            f"{best}, and Upscale makes it larger."
        )


def _shape(
    wish: Any, parent: Mapping[str, Any], source: Source | None, spec: ModelSpec, notes: list[str]
) -> sizes.Size:
    """From the wish (a ratio or a size), else like the parent, else like the source picture, else the square."""
    match wish:
        case float():
            return sizes.of_ratio(wish, spec)
        case (width, height):
            size = sizes.of_wish(width, height, spec)
            if size != wish:
                was, became = f"{width}×{height}", f"{size[0]}×{size[1]}"
                notes.append(f"{was} became {became}: with {spec.name}, sides are multiples of {spec.multiple}.")
            return size
    width, height = parent.get("width") or 0, parent.get("height") or 0
    if width and height:
        sensible = max(width, height) <= sizes.WIDEST * min(width, height) and sizes.fits(width, height, spec)
        return (width, height) if sensible else sizes.of_ratio(width / height, spec)
    return sizes.of_ratio(source.width / source.height if source else 1, spec)


def _prompt(text: str, limits: Limits, source: Source | None) -> str:
    if not text and source:
        raise Told("Say in a few words what to make of the picture, for example `a red boat at night`.")
    if not text:
        raise Told("The prompt is empty: say what you want to see, for example `a red boat on the sea at sunset`.")
    return _length("prompt", text, limits)


def _negative(given: str | None, inherited: str, limits: Limits, notes: list[str]) -> str:
    if given is None and len(inherited) > limits.prompt:
        notes.append(
            f"That picture's negative prompt has {len(inherited)} characters and was left out; {limits.prompt} fit."
        )
        return ""
    return _length("negative prompt", inherited if given is None else given, limits)


def _length(name: str, text: str, limits: Limits) -> str:
    if len(text) > limits.prompt:
        raise Told(f"The {name} has {len(text)} characters and at most {limits.prompt} fit; please shorten it.")
    return text


def _guidance(given: Mapping[str, Any], parent: Mapping[str, Any], spec: ModelSpec) -> float:
    if not spec.guided:
        return spec.guidance
    inherited = parent.get("guidance")
    return given.get("guidance", spec.guidance if inherited is None else min(inherited, 30.0))


def _sampler(name: str | None, spec: ModelSpec) -> str:
    return name if name in SAMPLERS else spec.sampler


def _seed(given: int | None, seed: Draw) -> int:
    return seed() if given is None else given


def _strength(given: Mapping[str, Any], spec: ModelSpec, source: Source | None) -> float:
    if source:
        return given.get("strength", spec.strength)
    if "strength" in given:
        raise Told("`strength` says how far to leave a picture: attach one, or reply to one.")
    return 1.0


def _check_walk(request: Request) -> None:
    if request.source and not walks(request):
        raise Told(
            f"With {request.steps} steps, strength {_plain(request.strength)} changes nothing; "
            f"use at least {math.ceil(1 / request.strength)} steps or strength {_plain(least_strength(request.steps))}."
        )


def _quote(text: str) -> str:
    """As one value of a flag. Double quotes in it would end it early: they become single ones."""
    text = re.sub('["“”]', "'", text)
    return f'"{text}"' if text and (" " in text or "--" in text) else text


def _plain(number: float) -> str:
    return repr(round(number, 4)).removesuffix(".0")
