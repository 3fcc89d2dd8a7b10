"""The worker process: streams, cancelling, its death and its parent's, and an event loop that never waits for it."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from diffusion.request import NOTHING, Event, Failed, Finished, Pictures, Progress, Request, Told
from diffusion.settings import EngineSettings
from diffusion.worker import Stream, Worker
from tests.tiny_models import spec

SPECS = {"mini": spec("mini", Path())}
REQUEST = Request(
    prompt="a red circle on a blue background", model="mini", width=128, height=128, steps=2, guidance=1.0,
    sampler="DDIM", seed=7,
)  # fmt: skip
ENDLESS = replace(REQUEST, steps=1000)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def worker() -> AsyncIterator[Worker]:
    """One for all tests: a process takes its time to load torch and the model."""
    async with Worker(SPECS, EngineSettings(device="cpu", threads=1, preview_every=0.5)) as worker:
        yield worker


async def run(worker: Worker, request: Request, pictures: Pictures = NOTHING) -> list[Event]:
    return [event async for event in worker.generate(request, pictures)]


async def begin(worker: Worker, request: Request) -> tuple[AsyncGenerator[Event], Event]:
    """A stream that has taken its first step."""
    stream: Any = worker.generate(request)
    async for event in stream:
        if not isinstance(event, Progress) or event.done:
            return stream, event
    raise AssertionError("the stream ended before it began")


@pytest.mark.asyncio(loop_scope="module")
async def test_pictures_come_out_of_streams_side_by_side(worker: Worker) -> None:
    assert worker.hardware.device == "cpu"
    events = await asyncio.gather(*(run(worker, replace(REQUEST, seed=seed, steps=seed)) for seed in (2, 3, 4)))
    for one in events:
        assert isinstance(one[-1], Finished)
        assert one[-1].pictures[0].image.startswith(b"\x89PNG")
        assert [event for event in one if isinstance(event, Progress) and event.done]


@pytest.mark.asyncio(loop_scope="module")
async def test_leaving_a_stream_cancels(worker: Worker) -> None:
    stream, _ = await begin(worker, ENDLESS)
    async with aclosing(stream):
        pass
    async with asyncio.timeout(60):  # 1000 steps would take longer, as the budget is theirs first
        assert isinstance((await run(worker, REQUEST))[-1], Finished)


@pytest.mark.asyncio(loop_scope="module")
async def test_the_loop_does_not_wait_for_a_child_that_does_not_listen(worker: Worker) -> None:
    request = replace(REQUEST, source="f" * 64, strength=0.5)
    os.kill(worker.pid, signal.SIGSTOP)
    try:
        asking = asyncio.create_task(run(worker, request, {request.source: b"no picture" * 2_000_000}))
        await asyncio.wait({asking}, timeout=0.2)  # far more than the pipe holds is under way
        assert not asking.done()
    finally:
        os.kill(worker.pid, signal.SIGCONT)
    last = (await asking)[-1]
    assert isinstance(last, Failed)
    assert last.told


@pytest.mark.asyncio(loop_scope="module")
async def test_an_interrupt_leaves_it_alive(worker: Worker) -> None:
    os.kill(worker.pid, signal.SIGINT)
    assert isinstance((await run(worker, REQUEST))[-1], Finished)


@pytest.mark.asyncio(loop_scope="module")
async def test_killed_it_says_so_on_every_stream_and_a_new_one_goes_on(worker: Worker) -> None:
    (first, _), (second, _) = await begin(worker, ENDLESS), await begin(worker, replace(ENDLESS, seed=8))
    killed = worker.pid
    os.kill(killed, signal.SIGKILL)
    for stream in (first, second):
        last = [event async for event in stream][-1]
        assert isinstance(last, Failed)
        assert last.retry
        assert not last.told
    assert isinstance((await run(worker, REQUEST))[-1], Finished)
    assert worker.pid != killed


@pytest.mark.asyncio(loop_scope="module")
async def test_closing_ends_the_process_and_the_streams() -> None:
    async with Worker(SPECS, EngineSettings(device="cpu", threads=1)) as worker:
        stream, _ = await begin(worker, ENDLESS)
        pid = worker.pid
    last = [event async for event in stream][-1]
    assert isinstance(last, Failed)
    assert last.retry
    assert not _alive(pid)


@pytest.mark.asyncio(loop_scope="module")
async def test_a_device_that_is_not_there_is_told() -> None:
    with pytest.raises(Told, match="cuda:99"):
        async with Worker(SPECS, EngineSettings(device="cuda:99")):
            pass


PARENT = """
import asyncio
from diffusion.registry import ModelSpec
from diffusion.settings import EngineSettings
from diffusion.worker import Worker

async def main():
    specs = {"mini": ModelSpec(name="mini", source="builtin")}
    async with Worker(specs, EngineSettings(device="cpu", threads=1)) as worker:
        print(worker.pid, flush=True)
        await asyncio.sleep(600)

if __name__ == "__main__":
    asyncio.run(main())
"""


@pytest.mark.asyncio(loop_scope="module")
async def test_it_dies_with_its_parent(tmp_path: Path) -> None:
    (tmp_path / "parent.py").write_text(PARENT)
    env = os.environ | {"PYTHONPATH": str(Path(__file__).parents[1])}
    parent = await asyncio.create_subprocess_exec(sys.executable, tmp_path / "parent.py", stdout=-1, env=env)
    assert parent.stdout
    pid = int(await parent.stdout.readline())
    assert _alive(pid)
    parent.kill()
    await parent.wait()
    async with asyncio.timeout(20):
        while _alive(pid):  # noqa: ASYNC110 - nobody tells of a stranger's death
            await asyncio.sleep(0.05)


@pytest.mark.asyncio(loop_scope="module")
async def test_a_slow_reader_gets_the_newest_step_and_the_last_preview() -> None:
    stream = Stream()
    for done in range(100):
        stream.put(Progress(done=done, total=100, preview=b"preview" if done == 50 else b""))
    assert await stream.next() == Progress(done=99, total=100, preview=b"preview")
    stream.put(Progress(done=100, total=100))
    stream.put(Failed(reason="late"))
    assert isinstance(await stream.next(), Progress)
    assert await stream.next() == Failed(reason="late")


def test_importing_what_the_bot_imports_loads_no_torch() -> None:
    names = ", ".join(f"diffusion.{name}" for name in ("worker", "registry", "request", "samplers", "metadata", "mini"))
    program = f"import sys, {names}; sys.exit('torch' in sys.modules or 'diffusers' in sys.modules)"
    subprocess.run([sys.executable, "-c", program], check=True, cwd=Path(__file__).parents[1])


def _alive(pid: int) -> bool:
    """Whether it runs; one that only waits to be collected does not."""
    try:
        status: Any = Path(f"/proc/{pid}/stat").read_text() if Path("/proc").exists() else os.kill(pid, 0)
    except (ProcessLookupError, FileNotFoundError):
        return False
    return status is None or status.rpartition(")")[2].split()[0] != "Z"
