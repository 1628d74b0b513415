"""What it was measured on."""

import os
import platform
import sqlite3
import statistics
import time
from pathlib import Path
from tempfile import TemporaryFile


def machine(folder: Path) -> str:
    """Processor, system, versions, and what the disk under ``folder`` takes for an fsync."""
    return (
        f"{os.cpu_count()} processors ({_processor()}), {platform.system()} {platform.release()}, Python "
        f"{platform.python_version()}, SQLite {sqlite3.sqlite_version}; an fsync of 4 KB takes "
        f"{fsync(folder):.2f} ms"
    )


def busy() -> float:
    """Processes that wanted a processor, on average of the last minute."""
    return os.getloadavg()[0]


def fsync(folder: Path, times: int = 101) -> float:
    """The median of the milliseconds that writing 4 KB to the disk takes."""
    taken = []
    with TemporaryFile(dir=folder) as file:
        for _ in range(times):
            file.write(b"\0" * 4096)
            file.flush()
            begun = time.perf_counter()
            os.fsync(file.fileno())
            taken.append((time.perf_counter() - begun) * 1000)
    return statistics.median(taken)


def _processor() -> str:
    lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    named = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(named, platform.machine())
