"""LoRAs change the pictures that ask for them as plain diffusers would, and nobody else's, not even afterwards."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from diffusers.pipelines.auto_pipeline import AutoPipelineForText2Image
from safetensors.torch import load_file, save_file

from diffusion import samplers
from diffusion.development import Development
from diffusion.hub.sharing import Hub
from diffusion.models.pipelines import Model, Task, load
from diffusion.pictures.sources import Sources
from diffusion.request import Request, Told
from diffusion.words.adapters import KEPT, Adapters
from diffusion.words.language import Wording
from tests.loras import as_kohya, save_lora
from tests.tiny_models import spec

pytestmark = [
    pytest.mark.usefixtures("one_thread"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning:diffusers", "ignore::FutureWarning:diffusers"),
]

FAMILIES = "mini", "sd", "sdxl", "flux"


def opened(name: str, folder: Path) -> Model:
    return load(spec(name, folder), torch.device("cpu"), torch.float32, lambda note: None)


@pytest.fixture(scope="module", params=FAMILIES)
def model(request: pytest.FixtureRequest, folder: Path) -> Model:
    return opened(request.param, folder)


@pytest.fixture(scope="module")
def ink(model: Model, folder: Path) -> Path:
    return save_lora(model.spec, folder / f"{model.spec.name}-ink.safetensors", seed=1)


@pytest.fixture(scope="module")
def chalk(model: Model, folder: Path) -> Path:
    return save_lora(model.spec, folder / f"{model.spec.name}-chalk.safetensors", seed=2)


def ask(model: Model, seed: int = 7, **values: Any) -> Request:
    side = 64 if model.spec.name == "mini" else 32
    usual = {"prompt": "a red circle", "width": side, "height": side, "steps": 3, "guidance": 4.0, "sampler": "Euler"}
    return Request(**{**usual, "model": model.spec.name, "seed": seed, **values})


Wish = tuple[Request, tuple[tuple[Path, float], ...]]


def develop(model: Model, wishes: Sequence[Wish]) -> list[np.ndarray]:
    """Makes them all in one hub, each joining a tick after the one before."""
    hub = Hub(rows=64)
    model.share(hub)
    under_way: list[Development] = []
    with torch.inference_mode():
        for request, loras in wishes:
            wording = Wording(drawn=request, prompt=request.prompt, negative=request.negative, loras=loras)
            used = {name for one in under_way for script in one.scripts for name, _ in script.adapters}
            scripts = model.extras.scripts([wording], model.extras.read([wording]), used)
            owner = len(under_way)
            under_way.append(Development(request, model, Sources(), hub, owner, lambda: 0.0, 1.0, scripts))
            hub.tick()
        while hub.busy:
            hub.tick()
    for one in under_way:
        assert one.error is None, one.error
    return [one.strands[0].result for one in under_way]


def make(model: Model, request: Request, *loras: tuple[Path, float]) -> np.ndarray:
    return develop(model, [(request, loras)])[0]


def by_hand(model: Model, request: Request, path: Path, weight: float) -> np.ndarray:
    """Plain diffusers: its own loading, its own injection, its own switching."""
    pipe: Any = AutoPipelineForText2Image.from_pretrained(
        model.templates[Task.TEXT].name_or_path, dtype=torch.float32, use_safetensors=True
    )
    pipe.scheduler = samplers.scheduler(request.sampler, pipe.scheduler.config, request.steps)
    pipe.load_lora_weights(str(path.parent), weight_name=path.name, adapter_name="hand")
    pipe.set_adapters(["hand"], [weight])
    return pipe(
        prompt=request.prompt, num_inference_steps=request.steps, guidance_scale=request.guidance,
        width=request.width, height=request.height, generator=torch.Generator("cpu").manual_seed(request.seed),
        output_type="np",
    ).images[0]  # fmt: skip


def far(one: np.ndarray, other: np.ndarray) -> float:
    return float(np.abs(one - other).max())


def test_a_lora_does_what_plain_diffusers_would_do(model: Model, ink: Path) -> None:
    request = ask(model)
    plain = make(model, request)
    half, whole, turned = (make(model, request, (ink, weight)) for weight in (0.5, 1.0, -1.0))
    np.testing.assert_allclose(half, by_hand(model, request, ink, 0.5), atol=1e-4)
    np.testing.assert_allclose(turned, by_hand(model, request, ink, -1.0), atol=1e-4)
    assert far(plain, whole) > 0.01
    assert far(half, whole) > 0.001
    assert far(turned, whole) > 0.01


def test_several_work_together(model: Model, ink: Path, chalk: Path, tmp_path: Path) -> None:
    request = ask(model)
    both = make(model, request, (ink, 0.7), (chalk, 1.2))
    np.testing.assert_allclose(both, make(model, request, (chalk, 1.2), (ink, 0.7)), atol=1e-4)
    assert far(both, make(model, request, (ink, 0.7))) > 0.001
    np.testing.assert_allclose(
        both, by_hand(model, request, summed(tmp_path, (ink, 0.7), (chalk, 1.2)), 1.0), atol=1e-4
    )


def summed(folder: Path, *loras: tuple[Path, float]) -> Path:
    """One LoRA that is the sum of several, written out: their matrices side by side."""
    files = [(load_file(path), weight) for path, weight in loras]
    joined = {}
    for name in files[0][0]:
        down = "lora_A" in name
        joined[name] = torch.cat([file[name] * (1 if down else weight) for file, weight in files], dim=0 if down else 1)
    save_file(joined, folder / "sum.safetensors")
    return folder / "sum.safetensors"


def test_a_plain_picture_is_the_same_to_the_bit_before_and_after(folder: Path, tmp_path: Path) -> None:
    for name in FAMILIES:
        fresh = opened(name, folder)
        request = ask(fresh)
        before = make(fresh, request)
        lora = save_lora(fresh.spec, tmp_path / f"{name}.safetensors", seed=3)
        assert far(make(fresh, request, (lora, 1.0)), before) > 0.01
        assert np.array_equal(make(fresh, request), before)


def test_strangers_neither_give_nor_take(model: Model, ink: Path, chalk: Path) -> None:
    wishes: list[Wish] = [
        (ask(model, seed=1, steps=5), ()),
        (ask(model, seed=2, steps=6), ((ink, 0.8),)),
        (ask(model, seed=3, steps=4), ()),
        (ask(model, seed=4, steps=4), ((ink, -0.5),)),
        (ask(model, seed=5, steps=5), ((chalk, 1.0), (ink, 0.8))),
        (ask(model, seed=6, steps=3), ((ink, 0.8),)),
    ]
    among = develop(model, wishes)
    for picture, (request, loras) in zip(among, wishes, strict=True):
        np.testing.assert_allclose(picture, make(model, request, *loras), atol=1e-4)


def test_those_with_the_same_loras_share_their_forwards(model: Model, ink: Path) -> None:
    alone, together = [], Hub(rows=64)
    for hub, seeds in ((Hub(rows=64), (1,)), (together, (1, 2, 3))):
        model.share(hub)
        with torch.inference_mode():
            for seed in seeds:
                request = ask(model, seed=seed)
                wording = Wording(drawn=request, prompt=request.prompt, negative="", loras=((ink, 0.8),))
                scripts = model.extras.scripts([wording], model.extras.read([wording]), ())
                Development(request, model, Sources(), hub, seed, lambda: 0.0, 1.0, scripts)
            while hub.busy:
                hub.tick()
        alone.append(hub.forwards)
    assert together.forwards <= alone[0] + 4  # the same words are encoded once; the last steps may fall apart


def test_files_of_kohya_are_read_with_their_scale(folder: Path, tmp_path: Path) -> None:
    model = opened("sd", folder)
    lora = save_lora(model.spec, tmp_path / "plain.safetensors", seed=4)
    kohya = as_kohya(lora, tmp_path / "kohya.safetensors", alpha=2.0)  # half of the rank
    request = ask(model)
    np.testing.assert_allclose(make(model, request, (kohya, 1.0)), make(model, request, (lora, 0.5)), atol=1e-4)


def test_one_that_fails_half_way_leaves_nothing_behind(folder: Path, tmp_path: Path) -> None:
    """The words of this one's text encoder are of no form that diffusers knows, and are met after the UNet's."""
    model = opened("sd", folder)
    before = make(model, ask(model))
    good = save_lora(model.spec, tmp_path / "good.safetensors")
    odd = {name.replace("lora_A", "lora_down").replace("lora_B", "lora_up") if name.startswith("text") else name: value
           for name, value in load_file(good).items()}  # fmt: skip
    save_file(odd, tmp_path / "odd.safetensors")
    with pytest.raises(Told, match="“odd” cannot be read"):
        make(model, ask(model), (tmp_path / "odd.safetensors", 1.0))
    assert np.array_equal(make(model, ask(model)), before)
    assert far(make(model, ask(model), (good, 1.0)), before) > 0.01


def test_the_least_used_leave_and_come_again(folder: Path, tmp_path: Path) -> None:
    model = opened("sd", folder)
    request = ask(model)
    plain = make(model, request)
    files = [save_lora(model.spec, tmp_path / f"{number}.safetensors", seed=number) for number in range(KEPT + 2)]
    first = make(model, request, (files[0], 1.0))
    for file in files[1:]:
        make(model, request, (file, 1.0))
    pipeline: Any = model.templates[Task.TEXT]
    assert len(pipeline.unet.peft_config) == KEPT
    assert np.array_equal(make(model, request, (files[0], 1.0)), first)
    assert np.array_equal(make(model, request), plain)


def test_those_in_use_stay(folder: Path, tmp_path: Path) -> None:
    model = opened("sd", folder)
    files = [save_lora(model.spec, tmp_path / f"{number}.safetensors", seed=number) for number in range(KEPT + 2)]
    wishes: list[Wish] = [(ask(model, steps=30), ((file, 1.0),)) for file in files]
    for picture, (request, loras) in zip(develop(model, wishes), wishes, strict=True):
        np.testing.assert_allclose(picture, make(model, request, *loras), atol=1e-4)


def test_a_compiled_model_is_compiled_once_however_many_loras_come(folder: Path, tmp_path: Path) -> None:
    """The compiler only counts here, and runs what it is given."""
    compilations = []

    def counting(graph: Any, _: Any) -> Any:
        compilations.append(graph)
        return graph.forward

    model = opened("sd", folder)
    pipeline: Any = model.templates[Task.TEXT]
    adapters = Adapters(pipeline, "sd", compiled=True)
    compiled = torch.compile(pipeline.unet.forward, backend=counting, dynamic=False)
    given = torch.ones(1, 4, 16, 16), torch.tensor([5]), torch.ones(1, 32, 32)
    files = [save_lora(model.spec, tmp_path / f"{number}.safetensors", seed=number) for number in range(3)]
    with torch.inference_mode():
        adapters.attach(adapters.read(files[0]))
        adapters.switch(pipeline.unet, ())
        plain = compiled(*given).sample
        once = len(compilations)
        for file in files[1:]:
            name = adapters.attach(adapters.read(file))
            adapters.switch(pipeline.unet, ((name, 0.5),))
            assert (compiled(*given).sample - plain).abs().max() > 1e-4
            adapters.switch(pipeline.unet, ())
            assert torch.equal(compiled(*given).sample, plain)
    assert len(compilations) == once > 0


def test_fused_projections_take_no_lora(folder: Path, tmp_path: Path) -> None:
    model = opened("sd", folder)
    lora = save_lora(model.spec, tmp_path / "ink.safetensors")
    pipeline: Any = model.templates[Task.TEXT]
    pipeline.unet.fuse_qkv_projections()
    with pytest.raises(Told, match="fused"):
        model.extras.adapters.read(lora)


def test_a_file_that_is_injected_is_not_read_again_unless_it_has_left(folder: Path, tmp_path: Path) -> None:
    adapters = opened("sd", folder).extras.adapters
    path = save_lora(spec("sd", folder), tmp_path / "ink.safetensors")
    with torch.inference_mode():
        name = adapters.attach(adapters.read(path))
        again = adapters.read(path)
        assert again.contents is None
        assert adapters.attach(again) == name
        others = [save_lora(spec("sd", folder), tmp_path / f"{n}.safetensors", seed=n) for n in range(KEPT)]
        for other in others:
            adapters.attach(adapters.read(other))
        assert adapters.attach(again) != name


def test_a_changed_file_is_another_lora(folder: Path, tmp_path: Path) -> None:
    model = opened("sd", folder)
    path = save_lora(model.spec, tmp_path / "ink.safetensors", seed=1)
    first = make(model, ask(model), (path, 1.0))
    save_lora(model.spec, path, seed=2)
    assert far(make(model, ask(model), (path, 1.0)), first) > 0.001


@pytest.mark.parametrize(
    ("of", "given_to"),
    [("sd", "sdxl"), ("sdxl", "sd"), ("flux", "sd"), ("sd", "flux"), ("mini", "sd"), ("sd", "pixart")],
)
def test_a_lora_of_another_family_is_refused_with_words(of: str, given_to: str, folder: Path, tmp_path: Path) -> None:
    lora = save_lora(spec(of, folder), tmp_path / "ink.safetensors")
    model = opened(given_to, folder)
    request = ask(model)
    plain = make(model, request)
    with pytest.raises(Told, match="(of models than|cannot be read for the model|The model) " + given_to):
        model.extras.adapters.read(lora)
    assert np.array_equal(make(model, request), plain)


def test_what_is_no_lora_is_told(folder: Path, tmp_path: Path) -> None:
    adapters: Adapters = opened("sd", folder).extras.adapters
    broken = tmp_path / "broken.safetensors"
    broken.write_bytes(b"no tensors at all")
    with pytest.raises(Told, match="“broken” cannot be read for the model sd"):
        adapters.read(broken)
    embedding = tmp_path / "ink.safetensors"
    save_file({"emb_params": torch.zeros(2, 32)}, embedding)
    for path in (embedding, next((folder / "sd" / "vae").glob("*.safetensors"))):
        with pytest.raises(Told, match=f"“{path.stem}” is no LoRA"):
            adapters.read(path)


@pytest.mark.parametrize("name", ["sd", "flux"])
def test_a_lora_whose_weights_are_no_numbers_is_told(name: str, folder: Path, tmp_path: Path) -> None:
    path = save_lora(spec(name, folder), tmp_path / "ink.safetensors")
    weights = load_file(path)
    next(iter(weights.values())).fill_(float("nan"))
    save_file(weights, path)
    with pytest.raises(Told, match="The LoRA “ink” is damaged: some of its weights are no numbers"):
        opened(name, folder).extras.adapters.read(path)
