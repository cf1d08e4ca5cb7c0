"""The example that the package's README gives runs as it stands."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import kiosk.domain.attention as package


def test_the_example_runs() -> None:
    readme = Path(package.__path__[0]) / "README.md"
    (example,) = re.findall(r"```python\n(.*?)```", readme.read_text(encoding="utf-8"), re.DOTALL)
    done = subprocess.run([sys.executable, "-c", example], capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (0, "")
