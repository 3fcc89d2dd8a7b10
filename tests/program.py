"""The program in a process of its own, started in a folder as a person would, with its playground on a free port."""

import os
import re
import signal
import subprocess
import sys
from pathlib import Path
from typing import Self

STARTED = re.compile(r"http://127\.0\.0\.1:(\d+)")


class Program:
    """`with Program(folder) as program:` runs `darkroom run` until the block ends; `address` is the page's."""

    def __init__(self, folder: Path, *, port: int = 0):
        environment = {name: value for name, value in os.environ.items() if name != "DISCORD_TOKEN"}
        command = [sys.executable, "-m", "bot", "run", "--port", str(port)]
        self._process = subprocess.Popen(command, cwd=folder, env=environment, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout
        said = self._process.stdout.readline()
        found = STARTED.search(said)
        if not found:
            self.stop(signal.SIGKILL)
            raise AssertionError(f"it printed {said!r} instead of its address")
        self.address = found[0]
        self.port = int(found[1])

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self, by: signal.Signals = signal.SIGTERM) -> int:
        """Ends it, if it still runs; its exit code."""
        if self._process.poll() is None:
            self._process.send_signal(by)
        self._process.communicate(timeout=30)
        return self._process.returncode
