"""Where a model's small companions are, a ControlNet or an IP-Adapter: in a folder, or fetched from the hub.

Knows files, not what they hold; a whole model's files are for `loading`.
"""

from collections.abc import Callable, Sequence
from pathlib import Path

from diffusion.request import Told


def fetch(source: str, files: Sequence[str], owner: str, note: Callable[[str], None]) -> Path:
    """The folder that holds these files (patterns, all of them settings or safetensors) of a folder or a hub id.

    `owner` is the model that they are for. `Told` where one of them is missing.
    """
    folder = Path(source).expanduser()
    if not folder.is_dir():
        note(f"downloading {source}")
        folder = _downloaded(source, files, owner)
    for file in files:
        if not any(folder.glob(file)):
            raise Told(f"{source} has no {file}, which {owner} needs; mend its table in the configuration.")
    return folder


def _downloaded(source: str, files: Sequence[str], owner: str) -> Path:
    from httpx2 import HTTPError
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HfHubHTTPError, HFValidationError, LocalEntryNotFoundError

    try:
        return Path(snapshot_download(source, allow_patterns=list(files)))
    except HFValidationError as error:
        raise Told(f"There is no folder {source}, which {owner} needs; mend its table in the configuration.") from error
    except (HTTPError, HfHubHTTPError, LocalEntryNotFoundError, OSError) as error:
        raise Told(
            f"{source}, which {owner} needs, cannot be fetched from the hub; check its name and the connection."
        ) from error
