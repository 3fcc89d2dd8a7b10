"""The training of the built-in model: every stage learns, stops and goes on as if it had never stopped."""

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from click.testing import CliRunner, Result
from diffusers.models.attention_processor import AttnProcessor
from diffusers.models.autoencoders.autoencoder_tiny import AutoencoderTiny
from diffusers.pipelines.stable_diffusion.pipeline_stable_diffusion import StableDiffusionPipeline
from PIL import Image
from safetensors.torch import load_file

from diffusion.mini import JUDGE, TURBO, WEIGHTS
from diffusion.mini.illustrator.captions import article
from diffusion.mini.illustrator.colours import COLOURS
from diffusion.mini.illustrator.lessons import ANSWERS as LESSONS
from diffusion.mini.illustrator.nouns import NOUNS
from diffusion.mini.judge import Judge, trained_judge
from diffusion.mini.train.__main__ import STAGES, main
from diffusion.mini.train.config import RECIPE, SHRINK, Config, read
from diffusion.mini.train.data import bucket_shift, captions_of, draw_pictures
from diffusion.mini.train.denoiser import draw_times
from diffusion.mini.train.loop import sound
from diffusion.mini.train.muon import Muon, orthogonal
from diffusion.mini.train.networks import (
    attend_plainly,
    new_autoencoder,
    new_preview,
    new_text_encoder,
    new_unet,
    text_encoder_of,
    tokenizer_of,
    unet_of,
)
from diffusion.mini.train.optimizers import pace
from diffusion.mini.train.pictures import buckets_of, choose, turn
from diffusion.mini.train.run import Run
from diffusion.mini.train.trajectories import Teacher, draw_trajectories, folder_of, trajectories_of
from diffusion.mini.train.turbo import Stairs
from diffusion.mini.words import words
from diffusion.request import Told

pytestmark = pytest.mark.usefixtures("one_thread")

STEPS = 3
TINY = f"steps = {STEPS}\nbatch = 2\nlr = 1e-3\nwarmup = 1"
RECIPE_OF_THIS_TEST = f"""
[data]
buckets = [
    {{ width = 64, height = 64, pictures = 12 }},
    {{ width = 128, height = 128, pictures = 8, since = 0.4 }},
    {{ width = 64, height = 64, pictures = 8, close = true, until = 0.6 }},
]
words = 200
wordings = 2
lessons = 6
kept_back = 2
[tokenizer]
words = 600
tokens = 24
[autoencoder]
{TINY}
muon_lr = 1e-2
widths = [8, 8, 8]
[decoder]
{TINY}
muon_lr = 1e-2
[preview]
{TINY}
width = 8
[text]
{TINY}
width = 16
layers = 1
[denoiser]
{TINY}
muon_lr = 1e-2
widths = [8, 16, 16]
[turbo]
{TINY}
trajectories = 4
trajectories_at_once = 1
teacher_steps = 4
student_steps = 2
rank = 2
[judge]
{TINY}
widths = [8, 16]
[samples]
prompts = ["a purple star", "a red tree"]
steps = 2
[recipes.tiny]
seed = 5
"""
LEARNING = tuple(name for name in STAGES if name not in ("data", "tokenizer"))


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of the whole command, without a stop; what it exports lies in `shipped`."""
    folder = tmp_path_factory.mktemp("whole")
    result = command(folder, "all", "--out", str(folder / "shipped"))
    assert result.exit_code == 0, result.output
    return folder


def command(folder: Path, *arguments: str) -> Result:
    file = recipe_file(folder, RECIPE_OF_THIS_TEST)
    return CliRunner().invoke(
        main, ["--work", str(folder), "--file", str(file), "--recipe", "tiny", "--device", "cpu", *arguments]
    )


def recipe_file(folder: Path, text: str) -> Path:
    path = folder / "own.toml"
    path.write_text(text, "utf-8")
    return path


@pytest.fixture(scope="module")
def config(trained: Path) -> Config:
    return read("tiny", trained / "own.toml")


def run_in(folder: Path, **settings: Any) -> Run:
    return Run(folder, torch.device("cpu"), seed=5, **settings)


@pytest.fixture(scope="module")
def resumed(trained: Path, config: Config, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same run, but each stage was stopped after its first step."""
    run = run_in(tmp_path_factory.mktemp("resumed"))
    for part in ("data", "tokenizer"):
        shutil.copytree(trained / part, run.folder / part)
    for name in LEARNING:
        torch.manual_seed(config.seed)
        STAGES[name][0](config, replace(run, stop_at=1))
        assert not run.is_done(name)
        STAGES[name][0](config, run)
        assert run.is_done(name)
    return run.folder


@pytest.mark.parametrize("name", LEARNING)
def test_a_stopped_run_goes_on_as_if_it_had_never_stopped(name: str, trained: Path, resumed: Path):
    whole, again = (torch.load(folder / f"{name}.checkpoint.pt")["average"] for folder in (trained, resumed))
    for key, value in whole.items():
        torch.testing.assert_close(again[key], value, msg=f"{name}: {key}")


@pytest.mark.parametrize("name", LEARNING)
def test_training_changes_what_it_trains_and_tells_how_long_it_took(name: str, trained: Path):
    state = torch.load(trained / f"{name}.checkpoint.pt")
    assert state["step"] == STEPS
    assert any((state["module"][key] != state["average"][key]).any() for key in state["module"])
    figures = json.loads((trained / f"{name}.json").read_text())
    assert figures["seconds"] >= 0
    assert figures["hardware"].endswith("CPU threads")


def test_a_run_that_has_no_time_left_stops_before_the_next_step_and_says_how_to_go_on(trained: Path, tmp_path: Path):
    for part in ("data", "tokenizer"):
        shutil.copytree(trained / part, tmp_path / part)
        shutil.copy(trained / f"{part}.json", tmp_path)
    result = command(tmp_path, "--minutes", "0", "all")
    assert result.exit_code == 0, result.output
    assert "tokenizer: done before." in result.output
    assert "autoencoder: stopped with a checkpoint; the same command goes on from it." in result.output
    assert not list(tmp_path.glob("*.pt"))


def test_a_loss_that_is_no_number_stops_the_run_and_says_the_mend():
    with pytest.raises(Told, match="lower its learning rates"):
        sound(torch.tensor(float("nan")), "denoiser", 10)


def test_the_decoder_stage_leaves_the_latent_space_alone(trained: Path):
    before = torch.load(trained / "autoencoder.checkpoint.pt")["average"]
    pipeline: Any = StableDiffusionPipeline.from_pretrained(trained / "shipped" / "weights", dtype=torch.float32)
    after = pipeline.vae.state_dict()
    kept = [key for key in before if key.startswith(("encoder", "quant_conv"))]
    assert all(torch.allclose(after[key], before[key], atol=2e-3) for key in kept)
    assert any((after[key] - before[key]).abs().max() > 2e-3 for key in before if key.startswith("decoder"))


def pipeline_of(folder: Path) -> Any:
    pipeline: Any = StableDiffusionPipeline.from_pretrained(folder, dtype=torch.float32)
    pipeline.set_progress_bar_config(disable=True)
    return pipeline


def test_what_is_exported_makes_pictures_and_holds_half_precision_safetensors(trained: Path):
    out = trained / "shipped" / "weights"
    assert not list(out.rglob("*.bin"))
    for path in out.rglob("*.safetensors"):
        assert {value.dtype for value in load_file(path).values()} <= {torch.float16, torch.int64}
    (picture,) = pipeline_of(out)("a red circle", num_inference_steps=2, height=128, width=128).images
    assert picture.size == (128, 128)


def test_the_light_decoder_makes_small_work_of_the_latents(trained: Path):
    light: Any = AutoencoderTiny.from_pretrained(trained / "shipped" / "weights" / "preview", torch_dtype=torch.float32)
    assert light.decode(torch.randn(1, 4, 8, 12)).sample.shape == (1, 3, 8 * SHRINK, 12 * SHRINK)


def test_the_few_step_form_is_loaded_by_the_stock_pipeline_and_changes_the_picture(trained: Path):
    pipeline = pipeline_of(trained / "shipped" / "weights")

    def picture() -> np.ndarray:
        asked: dict[str, Any] = {"num_inference_steps": 2, "guidance_scale": 1.0, "height": 64, "width": 96}
        return pipeline("a red circle", **asked, generator=torch.Generator().manual_seed(0), output_type="np").images

    without = picture()
    pipeline.load_lora_weights(trained / "shipped" / "weights-turbo")
    assert pipeline.get_active_adapters() == ["default_0"]
    assert np.abs(picture() - without).max() > 1e-4
    pipeline.unload_lora_weights()
    assert np.abs(picture() - without).max() < 1e-6


def test_a_perfect_student_lands_on_the_teachers_stops(trained: Path, config: Config):
    """A teacher that takes the student's own few steps shows that the leaps are DDIM's."""
    teacher = replace(Teacher.of(config, run_in(trained)), steps=2, student_steps=2, guidance=1.0)
    shelf = trajectories_of(config, run_in(trained))[0]
    stairs, ids = Stairs.of(2, torch.device("cpu")), shelf.ids.long()
    stops = teacher.walk(shelf.stops[:, 0].float(), ids)
    with torch.no_grad():
        states = teacher.text(ids).last_hidden_state
        for at in range(2):
            leap = torch.full((len(ids),), at)
            landed = stairs.leap(lambda *asked: teacher.unet(*asked).sample, stops[:, at], leap, states)
            torch.testing.assert_close(landed, stops[:, at + 1], atol=1e-4, rtol=1e-4)


def test_an_exported_judge_is_read_again(trained: Path):
    average = torch.load(trained / "judge.checkpoint.pt")["average"]
    for name, value in trained_judge(LESSONS, trained / "shipped" / "judge.safetensors").state_dict().items():
        torch.testing.assert_close(value, average[name], atol=1e-3, rtol=1e-3)


def test_pictures_kept_back_are_not_trained_on(trained: Path, config: Config):
    shelf = buckets_of(config.data, run_in(trained))[0]
    assert int(choose(shelf.for_training, 1000, torch.Generator().manual_seed(0)).max()) == 9
    assert len(shelf.held_out(100)) == 2


def test_a_batch_is_of_one_bucket_and_costs_the_same_in_each(trained: Path, config: Config):
    run, shelves = run_in(trained), buckets_of(config.data, run_in(trained))
    seen = {turn(shelves, run.lot(step)).bucket.name for step in range(30)}
    assert seen == {"64x64", "128x128"}
    small, usual = config.data.whole
    assert (small.at_once(8), usual.at_once(8)) == (32, 8)
    assert shelves[0][torch.tensor([0])].shape == (1, 3, 64, 64)


def test_the_denoiser_sees_each_bucket_in_its_time(config: Config):
    open_at = {
        share: [bucket.name for bucket in config.data.buckets if bucket.is_open(share)] for share in (0, 0.5, 0.9)
    }
    assert open_at == {
        0: ["64x64", "64x64-close"],
        0.5: ["64x64", "128x128", "64x64-close"],
        0.9: ["64x64", "128x128"],
    }


def test_a_recipe_that_leaves_the_denoiser_nothing_to_see_is_refused(tmp_path: Path):
    early = "width = 64, height = 64, pictures = 12, until = 0.5"
    file = recipe_file(tmp_path, RECIPE_OF_THIS_TEST.replace("width = 64, height = 64, pictures = 12", early))
    file.write_text(file.read_text("utf-8").replace("since = 0.4", "since = 0.7"), "utf-8")
    with pytest.raises(Told, match="since and until must leave the denoiser some bucket at every step"):
        read("tiny", file)


def test_a_recipe_of_cut_outs_alone_is_refused(tmp_path: Path):
    close = RECIPE_OF_THIS_TEST.replace("pictures = 12", "pictures = 12, close = true").replace(
        "since = 0.4", "close = true"
    )
    with pytest.raises(Told, match="one bucket at least must show whole pictures"):
        read(
            "tiny",
            recipe_file(
                tmp_path, close.replace("height = 64, pictures = 8, close", "height = 96, pictures = 8, close")
            ),
        )


def test_two_buckets_of_one_size_are_refused(tmp_path: Path):
    twice = RECIPE_OF_THIS_TEST.replace("width = 128, height = 128", "width = 64, height = 64")
    with pytest.raises(Told, match="each size may have one bucket of whole pictures and one of cut-outs"):
        read("tiny", recipe_file(tmp_path, twice))


def test_buckets_show_different_scenes(trained: Path, config: Config):
    small, usual = config.data.whole
    assert bucket_shift(config.data, small) == 0
    assert bucket_shift(config.data, usual) == small.pictures
    first, second = (captions_of(trained / "data" / bucket.name) for bucket in (small, usual))
    assert [len(wordings) for wordings in first] == [2] * 12
    assert first[:8] != second


def test_some_captions_name_one_part_alone_as_a_negative_prompt_does(config: Config):
    data = config.data.model_copy(update={"fragments": 0.3, "wordings": 12})
    captions, _ = draw_pictures(data, data.buckets[0], range(40))
    said = {text for wordings in captions for text in wordings}
    assert any(text.endswith((" sun", " moon", "clouds")) and len(text.split()) < 4 for text in said)
    assert said & set(COLOURS)
    assert said & {name for noun in NOUNS for name in (noun, article(noun), words().nouns[noun][0])}
    assert any(len(text.split()) > 8 for text in said)
    assert not any({"no", "not", "without"} & set(text.split()) for text in said)


def test_sheets_lie_beside_the_checkpoints(trained: Path):
    for name in ("autoencoder", "denoiser", "turbo"):
        with Image.open(trained / f"{name}.{STEPS:06}.png") as page:
            assert page.width >= 128


def test_time_steps_are_drawn_from_the_bands_of_the_recipe(config: Config):
    recipe = config.denoiser.model_copy(update={"times": ((0.5, 100, 200), (0.5, 900, 1000))})
    times = draw_times(recipe, 4000, torch.Generator().manual_seed(0))
    low, high = (times >= 100) & (times < 200), times >= 900
    assert (low | high).all()
    assert 0.45 < low.float().mean() < 0.55


def test_plain_attention_changes_nothing_but_the_time(trained: Path, config: Config):
    run, seed = run_in(trained), torch.Generator().manual_seed(0)
    unet, text = unet_of(trained).eval(), text_encoder_of(trained).eval()
    ids = torch.randint(0, 500, (2, config.tokenizer.tokens), generator=seed)
    latents, times = torch.randn(2, 4, 16, 16, generator=seed), torch.tensor([3, 700])

    @torch.no_grad()
    def velocity() -> torch.Tensor:
        return unet(latents, times, text(ids).last_hidden_state).sample

    fused = velocity()
    attend_plainly(unet, run)
    attend_plainly(text, run)
    assert text.config._attn_implementation == "eager"
    assert {type(processor) for processor in unet.attn_processors.values()} == {AttnProcessor}
    torch.testing.assert_close(velocity(), fused, atol=1e-5, rtol=1e-4)


def test_muon_makes_matrices_orthogonal():
    values = torch.linalg.svdvals(orthogonal(torch.randn(3, 24, 60)))
    assert (values > 0.6).all()
    assert (values < 1.3).all()


def test_muon_moves_matrices_of_one_shape_as_if_they_were_alone():
    torch.manual_seed(0)
    first, second = (torch.nn.Parameter(torch.randn(6, 2, 3, 3)) for _ in range(2))
    alone = torch.nn.Parameter(first.detach().clone())
    first.grad, second.grad = torch.randn(2, 6, 2, 3, 3).unbind()
    alone.grad = first.grad.clone()
    Muon([first, second], 0.1).step()
    Muon([alone], 0.1).step()
    torch.testing.assert_close(first, alone, atol=1e-2, rtol=1e-2)


def test_the_learning_rate_rises_stays_and_falls(config: Config):
    stage = config.judge.model_copy(update={"steps": 100, "warmup": 10, "decay_from": 0.5})
    assert [round(pace(step, stage), 2) for step in (0, 9, 50, 75, 99)] == [0.1, 1.0, 1.0, 0.5, 0.02]


def test_the_weights_have_forty_megabytes_at_most():
    assert sum(path.stat().st_size for path in WEIGHTS.rglob("*.safetensors")) <= 40e6
    assert TURBO.stat().st_size <= 5e6


@pytest.mark.parametrize("recipe", ["cpu", "further", "cuda"])
def test_the_recipes_make_the_shapes_of_the_shipped_weights(recipe: str):
    config = read(recipe)
    with torch.device("meta"):
        fresh: dict[str, Any] = {"unet": new_unet(config, config.text.width), "vae": new_autoencoder(config)}
        fresh |= {"text_encoder": new_text_encoder(config, tokenizer_of(WEIGHTS)), "preview": new_preview(config)}
    for name, network in fresh.items():
        (path,) = (WEIGHTS / name).glob("*.safetensors")
        shapes = {key: value.shape for key, value in load_file(path).items() if not key.endswith("position_ids")}
        assert shapes == {key: value.shape for key, value in network.state_dict().items() if key in shapes}
        assert len(shapes) == len(list(network.parameters()))


def test_the_recipe_makes_the_shapes_of_the_shipped_judge():
    judge = Judge(LESSONS, read("cpu").judge.widths)
    assert {key: value.shape for key, value in load_file(JUDGE).items()} == {
        key: value.shape for key, value in judge.state_dict().items()
    }


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("seed = 1", "has no recipe “cpu”; there are: "),
        ("sed = 1\n[recipes.cpu]", "data: Field required"),
        ("[recipes.cpu]\nseed =", "own.toml cannot be read"),
        ("recipes = 3", "every recipe is a table, [recipes.NAME]."),
        ("[recipes]\ncpu = 3", "every recipe is a table, [recipes.NAME]."),
    ],
)
def test_a_recipe_that_does_not_fit_is_told(text: str, told: str, tmp_path: Path):
    result = CliRunner().invoke(main, ["--recipe", "cpu", "--file", str(recipe_file(tmp_path, text)), "data"])
    assert result.exit_code == 2
    assert told in result.output


def test_an_unknown_key_of_a_recipe_is_told_with_its_place(tmp_path: Path):
    path = recipe_file(tmp_path, RECIPE.read_text("utf-8").replace("batch = 16\n", "batch = 16\nbatchs = 3\n", 1))
    with pytest.raises(Told, match=r"recipe “cpu”, autoencoder\.batchs: Extra inputs"):
        read("cpu", path)


@pytest.mark.parametrize(
    ("stage", "missing"), [("text", "data"), ("turbo", "data"), ("export", "tokenizer"), ("decoder", "data")]
)
def test_a_stage_that_finds_nothing_to_go_on_from_says_which_one_comes_before(stage: str, missing: str, tmp_path: Path):
    result = command(tmp_path, stage)
    assert result.exit_code != 0
    assert f"“{stage}” needs what “{missing}” makes: run that first, or “all”." in result.output


def test_trajectories_of_an_earlier_teacher_are_not_learned_from(trained: Path, config: Config, tmp_path: Path):
    shutil.copytree(trained, tmp_path, dirs_exist_ok=True)
    before = trajectories_of(config, run_in(tmp_path))
    shutil.copy(WEIGHTS / "vae" / "diffusion_pytorch_model.safetensors", tmp_path / "unet" / "other.safetensors")
    assert folder_of(run_in(tmp_path)) != folder_of(run_in(trained))
    (tmp_path / "unet" / "other.safetensors").unlink()
    unet = unet_of(tmp_path)
    unet.conv_in.weight.data += 0.1
    unet.save_pretrained(tmp_path / "unet")
    assert draw_trajectories(config, run_in(tmp_path))
    after = trajectories_of(config, run_in(tmp_path))
    assert not torch.equal(before[0].stops, after[0].stops)
    assert len(list((tmp_path / "trajectories").iterdir())) == 1


def test_a_checkpoint_of_other_networks_is_told(trained: Path, tmp_path: Path):
    shutil.copytree(trained, tmp_path, dirs_exist_ok=True)
    (tmp_path / "judge.json").unlink()
    text = RECIPE_OF_THIS_TEST.replace("widths = [8, 16]\n[samples]", "widths = [16, 16]\n[samples]")
    file = recipe_file(tmp_path, text)
    result = CliRunner().invoke(
        main, ["--work", str(tmp_path), "--file", str(file), "--recipe", "tiny", "--device", "cpu", "judge"]
    )
    assert result.exit_code == 1
    assert "judge.checkpoint.pt is of other networks than this recipe's; remove it" in result.output


def test_steps_on_the_command_line_take_the_place_of_each_stages(trained: Path, tmp_path: Path):
    shutil.copytree(trained / "data", tmp_path / "data")
    shutil.copy(trained / "data.json", tmp_path)
    assert command(tmp_path, "--steps", "1", "judge").exit_code == 0
    assert torch.load(tmp_path / "judge.checkpoint.pt", weights_only=True)["step"] == 1


@pytest.mark.parametrize("device", ["nonsense", "cuda:99"])
def test_a_device_that_is_not_there_is_told(device: str, tmp_path: Path):
    result = CliRunner().invoke(main, ["--work", str(tmp_path), "--device", device, "data"])
    assert result.exit_code == 2
    assert f"Nothing can be computed on “{device}” here; take --device cpu." in result.output
