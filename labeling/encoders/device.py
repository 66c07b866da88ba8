"""Where and in what arithmetic a model runs."""

import os
from pathlib import Path

import torch

from labeling.errors import InputError

DTYPES = {"float32": torch.float32, "bfloat16": torch.bfloat16, "float16": torch.float16}

# Below this a model is bound by overhead: on a CPU bfloat16 gains nothing, and a second thread
# costs a third more CPU for no time that the decoders could not use better.
TINY_MODEL = 20_000_000


def choose_device(wanted: str = "auto") -> torch.device:
    """The best device of this machine, or the one that is wanted.

    Raises:
        InputError: the wanted device does not exist here.
    """
    available = {
        "cuda": torch.cuda.is_available(),
        "mps": torch.backends.mps.is_available(),
        "cpu": True,
    }
    if wanted == "auto":
        return torch.device(next(name for name, there in available.items() if there))
    if not available.get(wanted.partition(":")[0], False):
        here = [name for name, there in available.items() if there]
        raise InputError(f"There is no device “{wanted}” here", f"Choose {' or '.join(here)}.")
    return torch.device(wanted)


def choose_dtype(device: torch.device, parameters: int, wanted: str = "auto") -> torch.dtype:
    """The fastest arithmetic that keeps the embeddings: bfloat16 where the hardware has it.

    Args:
        device: where the model runs.
        parameters: how many parameters it has; tiny ones stay in float32.
        wanted: "auto" or a name in ``DTYPES``.

    Raises:
        InputError: the wanted dtype is not one of ours.
    """
    if wanted != "auto":
        if wanted not in DTYPES:
            raise InputError(f"There is no dtype “{wanted}”", f"Choose {', '.join(DTYPES)}.")
        return DTYPES[wanted]
    if parameters < TINY_MODEL:
        return torch.float32
    if device.type == "cuda":
        return torch.bfloat16 if torch.cuda.is_bf16_supported() else torch.float16
    if device.type == "mps":
        return torch.float16
    # torch.cpu has no public question for this yet; emulated bfloat16 is slower than float32.
    native = torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported()
    return torch.bfloat16 if native else torch.float32


def choose_threads(parameters: int) -> int:
    """Threads for one operation of a model: all physical cores, but one for a tiny model.

    ``OMP_NUM_THREADS`` rules where it is set.
    """
    if wanted := os.environ.get("OMP_NUM_THREADS", "").partition(",")[0].strip():
        return max(1, int(wanted))
    return 1 if parameters < TINY_MODEL else physical_cores()


def physical_cores() -> int:
    """Cores that this process may use, counting hyper-threads of one core once."""
    usable = _usable_cpus()
    siblings = {
        path.read_text().strip()
        for cpu in usable
        if (
            path := Path(f"/sys/devices/system/cpu/cpu{cpu}/topology/thread_siblings_list")
        ).exists()
    }
    cores = len(siblings) or len(usable)
    return max(1, min(cores, _quota() or cores))


def _usable_cpus() -> set[int]:
    if hasattr(os, "sched_getaffinity"):
        return os.sched_getaffinity(0)
    return set(range(os.cpu_count() or 1))


def _quota() -> int | None:
    """Whole CPUs that a container may use, None without a limit."""
    try:
        limit, period = Path("/sys/fs/cgroup/cpu.max").read_text().split()
        return max(1, round(int(limit) / int(period)))
    except (OSError, ValueError):
        return None
