"""The cache of compiled code follows every file that compiled code is made of."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import agents

ROOT = Path(agents.__file__).resolve().parents[1]
LOOP = '''"""One small loop."""

from agents.foundation.compile import chunk_loop
from agents.foundation.exact import exp


@chunk_loop
def fill(out):
    for i in range(out.shape[0]):
        out[i] = exp(float(i))
'''
RUN = """
import json
import numpy as np
from agents.foundation.compile import CACHE_FOLDER, cache_is_warm
warm = cache_is_warm()
from abm.small_loop import fill
out = np.zeros(3)
fill(out)
hits = sum(fill.stats.cache_hits.values())
print(json.dumps({"folder": CACHE_FOLDER.name, "warm": warm, "hits": hits, "out": out.tolist()}))
"""


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the two lower floors, with one small loop more."""
    copy = tmp_path_factory.mktemp("tree")
    for floor in ("agents", "abm"):
        shutil.copytree(ROOT / floor, copy / floor, ignore=shutil.ignore_patterns("__pycache__"))
    (copy / "abm" / "small_loop.py").write_text(LOOP, "utf-8")
    return copy


def run(tree: Path, code: str = RUN) -> Any:
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tree,
        env=os.environ | {"PYTHONPATH": str(tree), "YIGONGTI_CACHE": str(tree / "cache")},
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(done.stdout)


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new), "utf-8")


def test_an_edit_of_what_a_kernel_imports_renews_its_cache(tree: Path) -> None:
    first = run(tree)
    assert (first["warm"], first["hits"]) == (False, 0)
    assert first["out"][0] == 1.0
    again = run(tree)
    assert again == first | {"warm": True, "hits": 1}
    # Only the imported file changes. Numba alone would go by the loop's own file and keep
    # the old code.
    edit(tree / "agents/foundation/exact.py", "return (1.0 + 2.0 *", "return (1.5 + 2.0 *")
    edited = run(tree)
    assert edited["folder"] != first["folder"]
    assert (edited["warm"], edited["hits"]) == (False, 0)
    assert edited["out"][0] == 1.5


DIGESTS = """
import json
from pathlib import Path
import agents.foundation.compile as c
def after(path, text):
    path, kept = Path(path), Path(path).read_bytes()
    path.write_bytes(kept + text.encode())
    found = c.source_digest()
    path.write_bytes(kept)
    return found
edits = {
    "slots": ("agents/foundation/slots.py", "# more"),
    "conditions": ("agents/conditions.py", "# more"),
    "kernel": ("abm/care.py", "# more"),
    "ledger": ("abm/ledger.py", "# more"),
    "first mark": ("abm/ledger.py", "\\n@chunk_loop\\ndef f(): pass\\n"),
}
print(json.dumps({"as it is": c.source_digest()} | {n: after(*e) for n, e in edits.items()}))
"""


def test_the_cache_is_named_by_the_files_that_compiled_code_is_made_of(tree: Path) -> None:
    found = run(tree, DIGESTS)
    as_it_is = found.pop("as it is")
    renewed = {name for name, digest in found.items() if digest != as_it_is}
    # The ledger is no part of compiled code, until a kernel is written into it.
    assert renewed == {"slots", "conditions", "kernel", "first mark"}
    assert len(set(found.values())) == len(found)


def test_old_caches_are_cleared_away(tree: Path) -> None:
    folders = tree / "many"
    for n in range(12):
        (folders / f"old{n}").mkdir(parents=True)
    code = RUN.replace(
        "import json\n", f"import json, os\nos.environ['YIGONGTI_CACHE'] = {str(folders)!r}\n"
    )
    kept = run(tree, code)["folder"]
    left = [path.name for path in folders.iterdir()]
    assert kept in left
    assert len(left) <= 6
