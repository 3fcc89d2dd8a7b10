"""The command line as a person meets it: what it makes, what it prints, and what it says to a wrong word."""

import hashlib
import io
import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from bot.__main__ import main
from bot.cli.meter import Meter
from bot.cli.outputs import Output
from diffusion import metadata
from diffusion.registry import ModelSpec
from diffusion.request import Developed, Progress, Request, Told
from tests.loras import save_lora

CONFIG = """
[models.mini]
source = "builtin"
size = 128
steps = 20
max_pixels = 65536
"""
RED = Request(
    prompt="A red circle, left!", model="mini", width=64, height=64, steps=2, guidance=1, sampler="DDIM", seed=7
)

PROGRESS = re.compile(r"^(step \d+ of \d+|[^\n]+ …)\n", re.MULTILINE)


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch) -> Path:
    (tmp_path / "config.toml").write_text(CONFIG)
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("DARKROOM_CONFIG", raising=False)
    monkeypatch.delenv("DISCORD_TOKEN", raising=False)
    return tmp_path


@pytest.fixture
def picture() -> Developed:
    return Developed(metadata.write(Image.new("RGB", (64, 64), "red"), RED), seed=7)


def darkroom(*arguments: str, **options) -> subprocess.CompletedProcess:
    command = [sys.executable, "-m", "bot", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False, **options)


def beside_progress(done: subprocess.CompletedProcess) -> str:
    """What it said on standard error beside how far it is, which a slow machine has to say."""
    return PROGRESS.sub("", done.stderr)


# What it makes


def test_a_picture_with_its_answer_as_json():
    done = darkroom(
        "imagine", "a red circle --steps 2 --ar 3:2", "--seed", "7", "-n", "2", "-o", "new/out.png", "--json"
    )
    assert (done.returncode, beside_progress(done)) == (0, "")
    answer = json.loads(done.stdout)
    assert [(image["path"], image["seed"]) for image in answer["images"]] == [
        ("new/out-1.png", 7),
        ("new/out-2.png", 8),
    ]
    assert (answer["request"]["prompt"], answer["request"]["steps"]) == ("a red circle", 2)
    assert (answer["seconds"] > 0, bool(answer["device"])) == (True, True)
    for index, image in enumerate(answer["images"]):
        data = Path(image["path"]).read_bytes()
        assert hashlib.sha256(data).hexdigest() == image["sha256"]
        assert metadata.read(data) == Request.from_json(answer["request"]).alone(index)


def test_a_picture_from_a_picture_under_a_name_of_its_own(picture):
    Path("in.png").write_bytes(picture.image)
    done = darkroom(
        "imagine", "a blue", "zebra", "--image", "in.png", "--strength", "0.5", "--steps", "4", "--seed", "3"
    )
    assert done.returncode == 0
    assert done.stdout == "a-blue-zebra-3.png  seed 3\n"
    assert "does not know “zebra”" in done.stderr
    request = metadata.read(Path("a-blue-zebra-3.png").read_bytes())
    assert request is not None
    assert (request.source, request.strength) == (hashlib.sha256(picture.image).hexdigest(), 0.5)


def test_something_new_of_a_picture_by_its_own_words(picture):
    Path("in.png").write_bytes(picture.image)
    done = darkroom("imagine", "--image", "in.png", "--pan", "left", "--seed", "3", "--json", "-o", "out.png")
    assert (done.returncode, beside_progress(done)) == (0, "")
    request = metadata.read(Path("out.png").read_bytes())
    assert request is not None
    assert request == Request.from_json(json.loads(done.stdout)["request"])
    assert (request.prompt, request.frame, request.seed) == (RED.prompt, (32, 0, 64, 64), 3)
    kept = np.asarray(Image.open("out.png"))[:, 40:]
    assert np.abs(kept.astype(int) - (255, 0, 0)).max() <= 1


def test_the_very_same_picture_again():
    darkroom("imagine", "a red circle --steps 2 --size 64x64", "--no", "blue", "--cfg", "2", "-o", "out.png")
    done = darkroom("imagine", "--again", "out.png", "-o", "out.png")
    assert done.returncode == 0
    assert done.stdout.startswith("out-2.png  seed ")
    assert Path("out-2.png").read_bytes() == Path("out.png").read_bytes()
    carried = metadata.read(Path("out-2.png").read_bytes())
    assert carried is not None
    assert (carried.negative, carried.guidance) == ("blue", 2.0)


def test_words_of_the_prompt_language(folder):
    save_lora(ModelSpec(name="mini", source="builtin", size=128), folder / "loras" / "ink.safetensors")
    (folder / "wildcards").mkdir()
    (folder / "wildcards" / "thing.txt").write_text("circle\n")
    words = ["imagine", "a (red:1.2) __thing__ --seed 7 --steps 2"]
    done = darkroom(*words, "--lora", "ink:0.5", "--lora", "INK", "-o", "out.png", "--json")
    assert (done.returncode, beside_progress(done)) == (0, "")
    assert json.loads(done.stdout)["request"]["prompt"] == "a (red:1.2) __thing__ <lora:ink:0.5> <lora:INK>"
    drawn = metadata.read(Path("out.png").read_bytes())
    assert drawn is not None
    assert drawn.prompt == "a (red:1.2) circle <lora:ink:0.5> <lora:INK>"


# What it says to a wrong word


@pytest.mark.parametrize(
    ("arguments", "mend"),
    [
        (["imagine", "a cat", "--stepz", "3"], "'--steps'"),
        (["imagine", "a cat --stepz 3"], "Did you mean `--steps 30`?"),
        (["imagine"], "Missing argument 'PROMPT...'"),
        (["imagine", " "], "The prompt is empty"),
        (["imagine", "a {red|blue circle"], "never closed"),
        (["imagine", "a __thing__"], "There is no wildcard `__thing__` here"),
        (["imagine", "a circle", "--lora", "ink"], "There is no LoRA “ink” here"),
        (["imagine", "a circle", "--lora", "ink:7"], "from -2 to 2"),
        (["imagine", "a circle", "--lora", "ink>b"], "--lora takes a name"),
        (["imagine", "a \udce4 cat"], "not valid UTF-8"),
        (["imagine", "a cat", "--steps", "0"], "a whole number from 1 to 150"),
        (["imagine", "a cat --steps many"], "a whole number from 1 to 150"),
        (["imagine", "a cat", "-n", "9"], "a whole number from 1 to 4"),
        (["imagine", "a cat", "--size", "4096x4096"], "the largest of that shape is 256×256"),
        (["imagine", "a cat", "--size", "8x8"], "each side has at least 64 pixels"),
        (["imagine", "a cat", "--size", "wide"], "width and height in pixels"),
        (["imagine", "a cat", "--sampler", "Oiler"], "Did you mean “Euler”"),
        (["imagine", "a cat", "--model", "minni"], "Did you mean “mini”?"),
        (["imagine", "a cat", "--strength", "0.5"], "name one with --image"),
        (["imagine", "a cat", "--image", "missing.png"], "name another picture with --image"),
        (["imagine", "a cat", "--image", "config.toml"], "give --image a PNG, JPEG, WebP or GIF"),
        (["imagine", "a cat", "-o", "out.bmp"], ".bmp is no format"),
        (["imagine", "--again", "missing.png"], "name another picture with --again"),
        (["imagine", "a cat", "--size", "128x128", "--ar", "3:2"], "leave one of them out"),
        (["imagine", "a cat", "--n", "9"], "a whole number from 1 to 4"),
        (["imagine", "a cat", "--cfg", "much"], "a number from 0 to 30"),
        (["imagine", "a cat", "--stop", "2"], "a number from 0.05 to 1"),
        (["imagine", "--vary", "subtle"], "name it with --image"),
        (["imagine", "a cat", "--mask", "in.png"], "name it with --image"),
        (["imagine", "--image", "in.png", "--zoom", "2", "--pan", "up"], "do one after the other"),
        (["imagine", "--image", "in.png", "--square"], "a square already"),
        (["imagine", "--image", "in.png", "--upscale", "subtle", "--mask", "in.png"], "One of mask and upscale"),
        (["imagine", "--image", "in.png", "--upscale", "subtle", "--tile"], "cannot be upscaled"),
        (["imagine", "a cat", "--image", "in.png", "--mask", "missing.png"], "name another picture with --mask"),
        (["imagine", "a cat", "--control", "in.png"], "--control canny=house.png"),
        (["imagine", "a cat", "--control", "canny=in.png"], "no ControlNet “canny”"),
        (["imagine", "a cat", "--style", "in.png:0.5"], "no IP-Adapter"),
        (["imagine", "a cat", "--blend", "in.png"], "2 to 5 pictures, not 1"),
        (["imagine", "a cat", *["--blend", "in.png"] * 6], "2 to 5 pictures, not 6"),
        (["imagine", "a cat", "-o", "config.toml/out.png"], "name another place with -o"),
        (["imagine", "a cat", "--config", "nowhere.toml"], "name one that exists"),
        (["run", "--port", "70000"], "is not in the range"),
        (["dance"], "No such command 'dance'"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_bad_input_is_one_line_that_says_the_mend(arguments, mend, picture, capsys):
    Path("in.png").write_bytes(picture.image)
    with pytest.raises(SystemExit) as left:
        main(arguments)
    said = capsys.readouterr()
    assert left.value.code == 2
    assert mend in said.err
    assert said.err.count("\n") == 1
    assert said.out == ""


@pytest.mark.parametrize("option", ["--image", "--blend", "--again"])
def test_a_picture_that_is_too_large_is_told_with_its_size(option, capsys):
    Image.new("1", (12000, 12000)).save("large.png")
    with pytest.raises(SystemExit, match="2"):
        main(["imagine", "a cat", option, "large.png"])
    said = capsys.readouterr().err
    assert f"large.png is too large (12000×12000); give {option} one of at most 64 megapixels." in said
    assert said.count("\n") == 1


def test_a_setting_that_is_wrong_is_told_with_its_line(capsys):
    Path("config.toml").write_text("modle = 1\n")
    with pytest.raises(SystemExit, match="2"):
        main(["imagine", "a cat"])
    assert "line 1: there is no setting “modle”" in capsys.readouterr().err


def test_a_default_model_that_is_not_there_is_told_before_anything_is_started(capsys):
    Path("config.toml").write_text(f'model = "minni"\n{CONFIG}')
    with pytest.raises(SystemExit, match="2"):
        main(["imagine", "a red circle"])
    assert "set `model` to one of: auto, mini." in capsys.readouterr().err


def test_the_configuration_can_be_named_in_the_environment(monkeypatch, capsys):
    monkeypatch.setenv("DARKROOM_CONFIG", "elsewhere.toml")
    with pytest.raises(SystemExit, match="2"):
        main(["imagine", "a cat"])
    assert "elsewhere.toml" in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [[], ["--help"], ["imagine", "--help"]], ids=" ".join)
def test_help_is_an_answer_and_no_error(arguments, capsys):
    with pytest.raises(SystemExit, match="0"):
        main(arguments)
    assert "Usage: darkroom" in capsys.readouterr().out


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="looks into /proc for the model's process")
def test_ctrl_c_ends_it_quietly():
    command = [sys.executable, "-m", "bot", "imagine", "a red circle --steps 150 --n 4"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, start_new_session=True) as running:
        while not Path(f"/proc/{running.pid}/task/{running.pid}/children").read_text():
            time.sleep(0.05)
        os.killpg(running.pid, signal.SIGINT)
        _, said = running.communicate(timeout=60)
    assert (running.returncode, PROGRESS.sub("", said).strip()) == (130, "")


# Where pictures go


def test_nothing_is_overwritten(picture):
    Path("out.png").write_bytes(b"old")
    Path("out-3.png").write_bytes(b"old")
    assert Output(Path("out.png")).save(RED, (picture,)) == [(Path("out-2.png"), picture.image)]
    assert Output(Path("new.png")).save(RED, (picture,)) == [(Path("new.png"), picture.image)]
    several = Output(Path("out.png")).save(RED, (picture, picture, picture))
    assert [path.name for path, _ in several] == ["out-1.png", "out-4.png", "out-5.png"]
    assert Path("out.png").read_bytes() == Path("out-3.png").read_bytes() == b"old"
    own = [Output(None).save(RED, (picture,))[0][0].name for _ in range(3)]
    assert own == ["a-red-circle-left-7.png", "a-red-circle-left-7-2.png", "a-red-circle-left-7-3.png"]


def test_a_folder_takes_names_of_their_own_and_a_name_without_suffix_is_a_png(picture, folder):
    (folder / "pictures").mkdir()
    assert Output(Path("pictures")).save(RED, (picture,))[0][0] == Path("pictures/a-red-circle-left-7.png")
    assert Output(Path("pictures/v1")).save(RED, (picture,))[0][0] == Path("pictures/v1.png")


@pytest.mark.parametrize(("name", "kind"), [("out.jpg", "JPEG"), ("out.WEBP", "WEBP")])
def test_another_format_keeps_the_settings(picture, name, kind):
    ((path, data),) = Output(Path(name)).save(RED, (picture,))
    assert path.read_bytes() == data
    assert Image.open(io.BytesIO(data)).format == kind
    assert metadata.read(data) == RED


def test_a_prompt_without_letters_has_a_name_too(picture):
    prompt = Request.from_json(RED.to_json() | {"prompt": "!?"})
    assert Output(None).save(prompt, (picture,))[0][0].name == "picture-7.png"


def test_a_file_that_cannot_be_written_is_told(picture, folder):
    output = Output(folder / "new" / "out.png")
    (folder / "new").rmdir()
    with pytest.raises(Told, match="name another place with -o"):
        output.save(RED, (picture,))


# The line on the terminal


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_the_meter_shows_how_far_it_is_and_leaves_nothing_behind():
    with Meter(terminal := Terminal()) as meter:
        meter.show(Progress(done=0, total=0, note="loading mini"))
        meter.show(Progress(done=10, total=20))
        meter.say("This stays.")
    lines = terminal.getvalue().split("\r\x1b[2K")
    assert lines == ["", "loading mini …", "█" * 15 + "░" * 15 + " step 10 of 20", "This stays.\n", ""]


def test_without_a_terminal_the_meter_says_now_and_then_how_far_it_is():
    with Meter(pipe := io.StringIO(), every=0.001) as meter:
        for number, progress in enumerate([Progress(done=0, total=0, note="loading mini"), Progress(done=9, total=20)]):
            meter.show(progress)
            while pipe.getvalue().count("\n") == number:
                time.sleep(0.001)
        time.sleep(0.02)
    assert pipe.getvalue() == "loading mini …\nstep 9 of 20\n"


def test_without_a_terminal_what_is_quick_says_nothing():
    with Meter(pipe := io.StringIO()) as meter:
        meter.show(Progress(done=10, total=20))
    assert pipe.getvalue() == ""
