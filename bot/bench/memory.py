"""How much memory this process has needed at most."""

import sys
from pathlib import Path

GIB = 2**30


def peak(device: str) -> int:
    """Bytes: of the card what this process has had allocated there since `reset`, on a CPU what of the process has been
    resident since its start."""
    if device.startswith("cuda"):
        import torch

        return torch.cuda.max_memory_allocated(torch.device(device))
    if sys.platform == "win32":
        import psutil

        return psutil.Process().memory_info().peak_wset
    if (status := Path("/proc/self/status")).exists():  # Linux; its getrusage counts what the parent had, too
        line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1]) * 1024
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def reset(device: str) -> None:
    """Begins anew where that can be done: on a card."""
    if device.startswith("cuda"):
        import torch

        torch.cuda.reset_peak_memory_stats(torch.device(device))
