"""Where a model's weights are: built in, in a folder or a file, or fetched from the hub. Only safetensors, no pickle.

Knows files, not tensors.
"""

import re
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any

from diffusion.mini import WEIGHTS
from diffusion.models.soundness import INDEX, check, is_kind, read_index
from diffusion.registry import ModelSpec
from diffusion.request import Told

PICKLES = {".bin", ".ckpt", ".pt", ".pth", ".pkl"}
SMALL = {".json", ".txt", ".model", ".jinja"}
"""Configurations, tokenizers and their chat templates, beside the weights."""
UNWANTED = {"safety_checker"}
CLIP = {"CLIPTextModel", "CLIPTextModelWithProjection"}
"""Text encoders whose words can be given a weight."""
_HUB = re.compile(r"[A-Za-z0-9][\w.-]*/[\w.-]+")
_WEIGHTS = re.compile(r"[^.]+?(-\d+-of-\d+)?(\.(?P<variant>[^.-]+))?(-\d+-of-\d+)?\.safetensors")


def find_weights(spec: ModelSpec, note: Callable[[str], None]) -> Path:
    """The folder in the diffusers layout that holds the model; fetched first where it is the hub's.

    Beside a checkpoint it is the folder of its settings. `note` hears how far the hub is. `Told` where there is no
    such folder, no such repository, or only pickles.
    """
    if spec.source == "builtin":
        return WEIGHTS
    if find_checkpoint(spec):
        return _settings(spec)
    folder = Path(spec.source).expanduser()
    if not folder.is_dir() and not _HUB.fullmatch(spec.source):
        raise Told(f"The folder of the model {spec.name} is missing: put the model into {folder}, or mend its table.")
    return _checked(spec, folder if folder.is_dir() else _fetch(spec, note))


def reads_weights(spec: ModelSpec) -> bool | None:
    """Whether the model gives words a weight: CLIP models do. `None` where its files are not here yet."""
    with suppress(Told):  # a broken one is told when it is loaded
        if index := _index(spec):
            return _reads_weights(index)
    return None


def _reads_weights(index: dict[str, Any]) -> bool:
    encoders = [index[part][1] for part in parts(index) if part.startswith("text_encoder")]
    return "unet" in index and bool(encoders) and {*encoders} <= CLIP


def _index(spec: ModelSpec) -> dict[str, Any] | None:
    """What its model_index.json says, if it lies on this machine."""
    folder = WEIGHTS if spec.source == "builtin" else Path(spec.config or spec.source).expanduser()
    found: Any = folder / INDEX
    if not found.is_file() and _HUB.fullmatch(spec.source):
        from huggingface_hub import try_to_load_from_cache

        found = try_to_load_from_cache(spec.source, INDEX, revision=spec.revision or None)
    there = isinstance(found, str | Path) and Path(found).is_file()
    return _read(spec, Path(found)) if there else None


def _read(spec: ModelSpec, file: Path) -> dict[str, Any]:
    return read_index(file, spec.name, classless=bool(spec.pipeline))


def find_checkpoint(spec: ModelSpec) -> Path | None:
    """The single file that holds the model, if it is one. `Told` where that is missing or a pickle."""
    file = Path(spec.source).expanduser()
    if file.suffix in PICKLES and not file.is_dir():
        raise _pickled(str(file))
    if file.suffix != ".safetensors" or file.is_dir():
        return None
    if not file.is_file():
        raise Told(f"The file of the model {spec.name} is missing: put it at {file}, or mend its table.")
    return file


def _settings(spec: ModelSpec) -> Path:
    if not spec.config:
        raise Told(
            f"The model {spec.name} is a single file: set `config` in [models.{spec.name}] to a folder in the "
            "diffusers layout with the settings and tokenizers of such a model."
        )
    folder = Path(spec.config).expanduser()
    if not folder.is_dir():
        raise Told(f"The folder {folder}, the config of the model {spec.name}, is missing; mend the configuration.")
    return _checked(spec, folder, settings=True)


def _checked(spec: ModelSpec, folder: Path, *, settings: bool = False) -> Path:
    """Of a folder of `settings` the weights do not count."""
    if not (folder / INDEX).is_file():
        raise Told(f"{folder} is no model in the diffusers layout: it has no {INDEX}.")
    wanted = parts(_read(spec, folder / INDEX))
    for part in wanted:
        suffixes = {file.suffix for file in (folder / part).glob("*")}
        if suffixes & PICKLES and ".safetensors" not in suffixes:
            raise _pickled(f"{spec.name} ({part})")
    files = needed_files((file.relative_to(folder).as_posix() for file in folder.glob("*/*")), wanted, spec.variant)
    check(folder, wanted, () if settings else (file for file in files if file.endswith(".safetensors")), spec.name)
    return folder


def parts(index: dict[str, Any]) -> list[str]:
    """The sub-folders that a model_index.json names and that are needed to make pictures."""
    named = [name for name, kind in index.items() if is_kind(kind) and kind[0]]
    return [name for name in named if name not in UNWANTED]


def needed_files(files: Iterable[str], wanted: Iterable[str], variant: str) -> list[str]:
    """Of a repository's files those of the wanted parts: settings, and weights, in the variant where a part has it."""
    files = list(files)
    chosen = [INDEX]
    for part in wanted:
        own = [file for file in files if file.startswith(f"{part}/") and file.count("/") == 1]
        variants = {file: match["variant"] or "" for file in own if (match := _WEIGHTS.fullmatch(file.split("/")[1]))}
        picked = variant if variant in variants.values() else ""
        chosen += [file for file in own if variants.get(file) == picked or Path(file).suffix in SMALL]
    return chosen


def _fetch(spec: ModelSpec, note: Callable[[str], None]) -> Path:
    from httpx2 import HTTPError
    from huggingface_hub import HfApi, hf_hub_download, snapshot_download
    from huggingface_hub.errors import HfHubHTTPError, LocalEntryNotFoundError, RepositoryNotFoundError

    revision = spec.revision or None
    try:
        files = HfApi().list_repo_files(spec.source, revision=revision)
        if INDEX not in files:
            raise Told(f"{spec.source} is no model in the diffusers layout: it has no {INDEX}.")
        index = _read(spec, Path(hf_hub_download(spec.source, INDEX, revision=revision)))
        chosen = needed_files(files, parts(index), spec.variant)
        _refuse_pickles(spec, files, chosen, parts(index))
        return Path(
            snapshot_download(spec.source, revision=revision, allow_patterns=chosen, tqdm_class=_bar(spec, note))
        )
    except RepositoryNotFoundError as error:
        raise Told(f"There is no model {spec.source} on the hub, or it asks for a login (`hf auth login`).") from error
    except (HTTPError, HfHubHTTPError, LocalEntryNotFoundError, OSError) as error:
        return _kept(spec, error)


def _kept(spec: ModelSpec, error: Exception) -> Path:
    """What was fetched before, when the hub cannot be reached."""
    from huggingface_hub import hf_hub_download
    from huggingface_hub.errors import LocalEntryNotFoundError

    revision = spec.revision or None
    try:
        return Path(hf_hub_download(spec.source, INDEX, revision=revision, local_files_only=True)).parent
    except LocalEntryNotFoundError:
        raise Told(
            f"The hub cannot be reached to fetch {spec.source}; check the connection, or name a folder as its source."
        ) from error


def _refuse_pickles(spec: ModelSpec, files: Iterable[str], chosen: Iterable[str], wanted: Iterable[str]) -> None:
    safe = {Path(file).parts[0] for file in chosen if file.endswith(".safetensors")}
    for file in map(Path, files):
        if file.parts[0] in set(wanted) - safe and file.suffix in PICKLES:
            raise _pickled(f"{spec.source} ({file})")


def _pickled(where: str) -> Told:
    return Told(f"The weights of {where} are pickled, which can run any code; choose a model with safetensors.")


def _bar(spec: ModelSpec, note: Callable[[str], None]) -> type:
    """The progress bar that the hub's client fills; this one shows nothing and says the percentage."""
    from tqdm import tqdm

    class Bar(tqdm):
        def __init__(self, *args: Any, **kwargs: Any) -> None:
            self._bytes = kwargs.get("unit") == "B"
            super().__init__(*args, **{**kwargs, "disable": False, "file": _Nowhere()})

        def update(self, n: float | None = 1) -> bool | None:
            shown = super().update(n)
            if self._bytes and self.total:
                note(f"downloading {spec.name}: {min(100, round(100 * self.n / self.total))} %")
            return shown

    return Bar


class _Nowhere:
    def write(self, text: str) -> int:
        return len(text)

    def flush(self) -> None: ...
