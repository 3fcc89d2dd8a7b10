"""What tests of models share: a folder for those that they build, and one thread to run them with."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import torch


@pytest.fixture(autouse=True, scope="module")
def threads_as_before() -> Iterator[None]:
    """How many threads torch has is the whole process's: what a file of tests sets is not meant for the next one."""
    threads = torch.get_num_threads()
    yield
    torch.set_num_threads(threads)


@pytest.fixture(scope="module")
def one_thread(threads_as_before: None) -> None:
    """Models this small wait longer for a second thread than they gain by it."""
    torch.set_num_threads(1)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Kept for all tests of a file: building a model takes longer than asking it."""
    return tmp_path_factory.mktemp("models")
