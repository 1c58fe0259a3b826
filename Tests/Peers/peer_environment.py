"""The virtual environment of the torch side. It stands outside the checkout: torch is some gigabytes."""

import os
import subprocess
import sys
from pathlib import Path

# One major version: torch changes its kernels with each release, but not the names used here.
REQUIREMENTS = ["torch>=2.9,<3", "numpy>=2,<3", "PyYAML>=6,<7"]


def default_folder():
    cache = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(cache) / "nnc-peers"


def python(folder):
    """The environment's interpreter. Makes the environment and installs what it lacks."""
    interpreter = folder / "bin" / "python"
    if not interpreter.exists():
        say(f"making a virtual environment in {folder}")
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)
    probe = subprocess.run([interpreter, "-c", "import torch, numpy, yaml"], stderr=subprocess.DEVNULL)
    if probe.returncode != 0:
        say(f"installing {', '.join(REQUIREMENTS)} (torch is large)")
        subprocess.run([interpreter, "-m", "pip", "install", "--quiet", *REQUIREMENTS], check=True)
    return interpreter


def say(text):
    print(f"{Path(sys.argv[0]).name}: {text}", file=sys.stderr, flush=True)
