"""Weights are found where config.toml says, and only safetensors are ever fetched."""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save

from diffusion.models.loading import find_checkpoint, find_weights, needed_files, parts
from diffusion.registry import ModelSpec, is_local
from diffusion.request import Told
from tests import tiny_models

COMMIT = "c" * 40
INDEX = {"_class_name": "X", "unet": ["diffusers", "Y"], "safety_checker": ["s", "Z"], "image_encoder": [None, None]}
FILES = {
    "model_index.json": json.dumps(INDEX).encode(),
    "unet/config.json": b"{}",
    "unet/diffusion_pytorch_model.safetensors": save({"w": np.zeros(300_000, np.uint8)}),
    "unet/diffusion_pytorch_model.fp16.safetensors": save({"w": np.zeros(200_000, np.uint8)}),
    "unet/diffusion_pytorch_model.bin": b"pickle",
    "safety_checker/model.safetensors": b"unwanted",
    "all-in-one.safetensors": b"unwanted",
}


class Hub(BaseHTTPRequestHandler):
    """As much of the hub as a download needs: owner/safe has all files, owner/pickled only the pickle."""

    def __init__(self, asked: list[str], *args: object) -> None:
        self.asked = asked
        super().__init__(*args)  # pyright: ignore[reportArgumentType]

    def files(self) -> dict[str, bytes] | None:
        if "owner/pickled" in self.path:
            return {name: data for name, data in FILES.items() if not name.startswith("unet/") or name.endswith("bin")}
        return FILES if "owner/safe" in self.path else None

    def answer(self, data: bytes, **headers: str) -> None:
        self.send_response(200)
        for name, value in {"Content-Length": str(len(data)), "X-Repo-Commit": COMMIT, **headers}.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(data)

    def do_GET(self) -> None:
        files, path = self.files(), self.path.partition("?")[0]
        if files is None:
            self.send_response(404)
            self.send_header("X-Error-Code", "RepoNotFound")
            self.send_header("Content-Length", "0")
            self.end_headers()
        elif path.startswith("/api/") and "/tree/" in path:
            listed = [{"type": "file", "path": name, "size": len(files[name]), "oid": "0" * 40} for name in files]
            self.answer(json.dumps(listed).encode(), Content_Type="application/json")
        elif path.startswith("/api/"):
            listed = {"id": "owner/safe", "sha": COMMIT, "siblings": [{"rfilename": name} for name in files]}
            self.answer(json.dumps(listed).encode(), Content_Type="application/json")
        else:
            name = path.split("/resolve/")[1].partition("/")[2]
            if self.command == "GET":
                self.asked.append(name)
            self.answer(files[name], ETag=f'"{abs(hash(name)):040x}"')

    do_HEAD = do_GET

    def log_message(self, format: str, *args: object) -> None: ...


@pytest.fixture
def asked() -> list[str]:
    """The files that were fetched."""
    return []


@pytest.fixture
def hub(asked: list[str]) -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Hub, asked)) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


PROGRAM = """
import sys
from diffusion.models.loading import find_weights
from diffusion.registry import ModelSpec
from diffusion.request import Told
from tests import tiny_models
try:
    print(find_weights(ModelSpec(name="it", source=sys.argv[1], variant=sys.argv[2]), print))
except Told as told:
    print("told:", told)
"""


def fetch(hub: str, cache: Path, source: str, variant: str = "", **environment: str) -> list[str]:
    """What is said, and at last the folder; in a process of its own, as the hub's client reads its settings once."""
    env = os.environ | {"HF_ENDPOINT": hub, "HF_HOME": str(cache), "HF_HUB_DISABLE_XET": "1"} | environment
    program = [sys.executable, "-c", PROGRAM, source, variant]
    return subprocess.run(program, env=env, check=True, capture_output=True, text=True).stdout.splitlines()


def test_only_what_is_needed_is_fetched_and_its_progress_told(hub: str, asked: list[str], tmp_path: Path) -> None:
    *notes, folder = fetch(hub, tmp_path, "owner/safe")
    wanted = {"model_index.json", "unet/config.json", "unet/diffusion_pytorch_model.safetensors"}
    assert set(asked) == wanted
    assert {str(path.relative_to(folder)) for path in Path(folder).rglob("*") if path.is_file()} == wanted
    assert notes[-1] == "downloading it: 100 %"


def test_the_variant_is_preferred(hub: str, asked: list[str], tmp_path: Path) -> None:
    fetch(hub, tmp_path, "owner/safe", "fp16")
    assert "unet/diffusion_pytorch_model.fp16.safetensors" in asked
    assert "unet/diffusion_pytorch_model.safetensors" not in asked


def test_what_was_fetched_serves_without_the_hub(hub: str, asked: list[str], tmp_path: Path) -> None:
    folder = fetch(hub, tmp_path, "owner/safe")[-1]
    assert fetch(hub, tmp_path, "owner/safe", HF_HUB_OFFLINE="1") == [folder]


def test_pickles_are_refused_before_anything_is_fetched(hub: str, asked: list[str], tmp_path: Path) -> None:
    (told,) = fetch(hub, tmp_path, "owner/pickled")
    assert told.startswith("told: The weights of owner/pickled (unet/diffusion_pytorch_model.bin) are pickled")
    assert asked == ["model_index.json"]


def test_a_repository_or_hub_that_is_not_there_is_told(hub: str, tmp_path: Path) -> None:
    assert fetch(hub, tmp_path, "owner/none")[0].startswith("told: There is no model owner/none on the hub")
    assert fetch(hub, tmp_path, "owner/safe", HF_HUB_OFFLINE="1")[0].startswith("told: The hub cannot be reached")


def test_shards_and_variants_are_told_apart() -> None:
    names = ["m-00001-of-00002", "m-00002-of-00002", "m.fp16-00001-of-00002", "m.fp16-00002-of-00002"]
    files = [f"t/{name}.safetensors" for name in names]
    assert needed_files(files, ["t"], "") == ["model_index.json", *files[:2]]
    assert needed_files(files, ["t"], "fp16") == ["model_index.json", *files[2:]]


def test_all_that_a_tokenizer_needs_is_fetched(tmp_path: Path) -> None:
    """Of each family, as its own classes save it."""
    for family in ("klein", "flux", "lumina", "kandinsky"):
        folder = Path(tiny_models.spec(family, tmp_path).source)
        files = [str(file.relative_to(folder)) for file in folder.rglob("*") if file.is_file()]
        named = parts(json.loads((folder / "model_index.json").read_text()))
        assert set(needed_files(files, named, "")) == set(files)


@pytest.mark.parametrize("source", ["/nowhere/at/all", "./models/sdxl", "nothing"])
def test_a_missing_folder_is_told(source: str) -> None:
    with pytest.raises(Told, match="folder of the model it is missing"):
        find_weights(ModelSpec(name="it", source=source), lambda note: None)


def test_a_folder_of_something_else_is_told(tmp_path: Path) -> None:
    with pytest.raises(Told, match="model_index"):
        find_weights(ModelSpec(name="it", source=str(tmp_path)), lambda note: None)


def test_a_single_file_is_found_beside_its_settings(tmp_path: Path) -> None:
    file, settings = tmp_path / "dream.safetensors", tmp_path / "settings"
    spec = ModelSpec(name="it", source=str(file), config=str(settings))
    assert is_local(spec)
    with pytest.raises(Told, match="The file of the model it is missing"):
        find_weights(spec, lambda note: None)
    file.touch()
    (settings / "unet").mkdir(parents=True)
    (settings / "model_index.json").write_text(json.dumps(INDEX))
    assert find_weights(spec, lambda note: None) == settings
    assert find_checkpoint(spec) == file


def test_pickles_beside_a_single_file_are_refused(tmp_path: Path) -> None:
    (tmp_path / "dream.safetensors").touch()
    (tmp_path / "unet").mkdir()
    (tmp_path / "unet" / "diffusion_pytorch_model.bin").touch()
    (tmp_path / "model_index.json").write_text(json.dumps(INDEX))
    spec = ModelSpec(name="it", source=str(tmp_path / "dream.safetensors"), config=str(tmp_path))
    with pytest.raises(Told, match="pickled"):
        find_weights(spec, lambda note: None)


def test_a_folder_is_no_single_file(tmp_path: Path) -> None:
    folder = tmp_path / "odd.safetensors"
    folder.mkdir()
    assert find_checkpoint(ModelSpec(name="it", source=str(folder))) is None
