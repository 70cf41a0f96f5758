"""Sweeps in real processes: the same tables however they run, and nothing lost when things die."""

from __future__ import annotations

import gc
import json
import os
import resource
import signal
import subprocess
import sys
from collections.abc import Generator, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from abm.model import Model
from agents.foundation.errors import InputError
from experiments import sweep_task
from experiments.store import Store
from experiments.store_tables import ask
from experiments.sweep_places import Cluster, Here, Workers
from experiments.sweep_run import carry_out, place_of, start
from experiments.sweep_task import CountySource, OtherProgramError, Outcome, Task, run_task
from tests.experiments import sweeps
from tests.experiments.sweeps import assert_same, done, kill, plan, sweep, until, write

REPLICATES = 8
RUNS = 4 * REPLICATES


@pytest.fixture(scope="module")
def reference(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sweep as one process makes it."""
    path = tmp_path_factory.mktemp("reference") / "reference.sweep"
    made = plan(replicates=REPLICATES)
    with Store(path, write=True) as store:
        start(made, store)
        carry_out(made, store, Here())
    return path


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return write(tmp_path, replicates=REPLICATES)


def ended(running: subprocess.Popen[str], code: int) -> tuple[str, str]:
    out, err = running.communicate(timeout=sweeps.UNTIL_SECONDS)
    assert running.returncode == code, err
    assert "Traceback" not in out + err
    return out, err


def finished(file: Path, store: Path, *words: object) -> None:
    ended(sweep(file, store, "--resume", *words), 0)


# -- workers of this machine -----------------------------------------------------------


def test_a_killed_worker_loses_nothing_and_questions_are_answered_meanwhile(
    file: Path, tmp_path: Path, reference: Path
) -> None:
    path = tmp_path / "a.sweep"
    running = sweep(file, path, "--workers", 2)
    until(lambda: done(path) >= 4, running)
    with Store(path) as store:
        counts = store.counts("tiny")
        (answer,) = ask(store, "SELECT count(*) FROM runs WHERE state = 'done'").iloc[0]
    assert counts["done"] <= answer < counts["planned"] == RUNS
    found = sweeps.workers(running.pid)
    assert found
    kill(found[0])
    ended(running, 0)
    assert done(path) == RUNS
    assert_same(path, reference)


def test_a_killed_parent_loses_only_what_was_under_way(
    file: Path, tmp_path: Path, reference: Path
) -> None:
    path = tmp_path / "a.sweep"
    running = sweep(file, path, "--workers", 2)
    until(lambda: done(path) >= 4, running)
    found = sweeps.workers(running.pid)
    kill(running.pid)
    running.wait()
    kept = done(path)
    assert 4 <= kept < RUNS
    # Workers do not linger: nobody would take what they find.
    until(lambda: not any(_lives(worker) for worker in found))
    refused = sweep(file, path, "--workers", 2)
    _, err = ended(refused, 2)
    assert f"{kept} of {RUNS} runs done" in err
    assert "--resume" in err
    finished(file, path, "--workers", 1)
    assert_same(path, reference)


def _lives(process_id: int) -> bool:
    try:
        stat = (Path("/proc") / str(process_id) / "stat").read_text()
    except OSError:
        return False
    return stat.rpartition(")")[2].split()[0] != "Z"


@pytest.mark.slow
def test_ctrl_c_ends_with_130_and_says_how_to_go_on(
    file: Path, tmp_path: Path, reference: Path
) -> None:
    path = tmp_path / "a.sweep"
    running = sweep(file, path, "--workers", 2, start_new_session=True)
    until(lambda: done(path) >= 4, running)
    # As a terminal does it: to every process of the group.
    os.killpg(running.pid, signal.SIGINT)
    _, err = ended(running, 130)
    kept = done(path)
    assert 4 <= kept < RUNS
    assert f"{kept} of {RUNS} runs are in" in err
    assert "--resume" in err
    with Store(path) as store:
        assert store.counts("tiny")["under_way"] == 0
    finished(file, path, "--workers", 2)
    assert_same(path, reference)


def test_ctrl_c_in_one_process(file: Path, tmp_path: Path) -> None:
    path = tmp_path / "a.sweep"
    running = sweep(file, path, "--workers", 1)
    until(lambda: done(path) >= 2, running)
    running.send_signal(signal.SIGINT)
    _, err = ended(running, 130)
    assert "--resume" in err
    assert 2 <= done(path) < RUNS


def test_a_full_disk_gives_one_message_and_keeps_what_is_there(
    file: Path, tmp_path: Path, reference: Path
) -> None:
    path = tmp_path / "a.sweep"
    # The same as a full disk for SQLite: no file grows beyond this size.
    most = 160_000
    running = sweep(
        file, path, "--workers", 1,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (most, most)),
    )  # fmt: skip
    _, err = ended(running, 2)
    assert err.strip().splitlines()[-1].startswith(f"{path}: ")
    assert "is kept" in err
    kept = done(path)
    assert 0 < kept < RUNS
    finished(file, path, "--workers", 1)
    assert_same(path, reference)


@pytest.mark.slow
@pytest.mark.skipif(os.geteuid() != 0, reason="a small disk can be mounted by root only")
def test_a_disk_that_is_really_full(file: Path, tmp_path: Path, reference: Path) -> None:
    with small_disk(tmp_path / "disk", kilobytes=260) as disk:
        path = disk / "a.sweep"
        _, err = ended(sweep(file, path, "--workers", 1), 2)
        assert "full" in err or "disk I/O" in err
        assert "is kept" in err
        assert 0 < done(path) < RUNS
        subprocess.run(["mount", "-o", "remount,size=20m", disk], check=True)
        finished(file, path, "--workers", 1)
        assert_same(path, reference)


@contextmanager
def small_disk(place: Path, kilobytes: int) -> Iterator[Path]:
    place.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", f"size={kilobytes}k", "tmpfs", str(place)]
    if subprocess.run(command, capture_output=True, check=False).returncode != 0:
        pytest.skip("no disk can be mounted here")
    try:
        yield place
    finally:
        subprocess.run(["umount", place], check=True)


def test_two_sweeps_into_one_store(file: Path, tmp_path: Path, reference: Path) -> None:
    path = tmp_path / "a.sweep"
    first = sweep(file, path, "--workers", 1, "--json")
    until(lambda: done(path) >= 1, first)
    second = sweep(file, path, "--workers", 1, "--resume", "--json")
    made = 0
    for running in (first, second):
        out, _ = ended(running, 0)
        rows = {row["name"]: row["value"] for row in json.loads(out)}
        assert rows["runs done"] == RUNS
        made += rows["runs made here"]
    # Each run was made by one of the two, and both made some.
    assert made == RUNS
    assert_same(path, reference)


def test_a_run_that_kills_its_worker_every_time_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, reference: Path
) -> None:
    made = plan(replicates=2)
    tasks = [task for _, task in made.tasks()]
    # A county file that kills the process that reads it.
    bomb = tmp_path / "bomb.county"
    bomb.write_bytes(b"cos\nkill\n(cos\ngetpid\n(tRI9\ntR.")
    wrong = replace(tasks[3], county=CountySource(str(bomb), "x"), key="bomb")
    tasks[3] = wrong
    outcomes = {outcome.key: outcome for outcome in Workers(2).stream(tasks)}
    assert outcomes.keys() == {task.key for task in tasks}
    assert [key for key, one in outcomes.items() if one.error] == ["bomb"]
    assert "its worker died" in str(outcomes["bomb"].error)


# -- failures --------------------------------------------------------------------------


def test_a_failed_run_is_told_and_the_others_are_made(tmp_path: Path) -> None:
    made = plan()
    bad = next(task for _, task in made.tasks())

    class Breaks(Here):
        def stream(self, tasks: Iterable[Task]) -> Generator[Outcome, None, None]:
            for task in tasks:
                broken = replace(task, weight=10**6)
                yield run_task(broken if task.key == bad.key else task)

    with Store(tmp_path / "a.sweep", write=True) as store:
        start(made, store)
        found = carry_out(made, store, Breaks())
        assert (found.done, found.failed) == (7, 1)
        ((why, count),) = store.errors("tiny")
        assert count == 1
        assert "weight 1000000" in why
        # Going on leaves it alone; asked to, it is run again.
        start(made, store, resume=True)
        assert carry_out(made, store, Here()).failed == 1
        start(made, store, resume=True, again=True)
        assert carry_out(made, store, Here()).done == 8


def models_left() -> int:
    return sum(type(one) is Model for one in gc.get_objects())


def test_models_of_past_runs_do_not_pile_up(monkeypatch: pytest.MonkeyPatch) -> None:
    tasks = [task for _, task in plan(replicates=1).tasks()]
    gc.collect()
    before = models_left()
    gc.disable()  # as if the collector came too late, as it does among many objects
    try:
        monkeypatch.setattr(sweep_task, "COLLECT_AFTER_SECONDS", 1e9)
        for task in tasks:
            run_task(task)
        assert models_left() == before + len(tasks)  # or this test could not fail
        monkeypatch.setattr(sweep_task, "COLLECT_AFTER_SECONDS", 0.0)
        monkeypatch.setattr(sweep_task, "COLLECT_SHARE", 1e9)
        for task in tasks:
            run_task(task)
        assert models_left() == before
        # Clearing up took some time: at this share of it none is due for hours.
        monkeypatch.setattr(sweep_task, "COLLECT_SHARE", 1e-6)
        run_task(tasks[0])
        assert models_left() == before + 1
    finally:
        gc.enable()


def test_another_program_or_county_is_refused() -> None:
    task = next(task for _, task in plan().tasks())
    with pytest.raises(OtherProgramError, match="the same version on every machine"):
        run_task(replace(task, code="other"))
    elsewhere = replace(task.county, digest="other")
    with pytest.raises(OtherProgramError, match="is not the one that the sweep was planned with"):
        run_task(replace(task, county=elsewhere))


@pytest.mark.parametrize(
    ("workers", "cluster", "message"),
    [(0, None, "workers 0"), (2, "tcp://127.0.0.1:1", "both given")],
)
def test_where_nothing_can_run_is_refused(
    workers: int | None, cluster: str | None, message: str
) -> None:
    with pytest.raises(InputError, match=message):
        place_of(workers, cluster)


# -- Dask ------------------------------------------------------------------------------


class Dask:
    """A scheduler and workers on this machine's own loopback address."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.running: list[subprocess.Popen[bytes]] = []
        self.scheduler_file = folder / "scheduler.json"
        self.scheduler = self._start(
            "dask_scheduler", "--host", "127.0.0.1", "--port", 0, "--no-dashboard",
            "--scheduler-file", self.scheduler_file,
        )  # fmt: skip
        until(self.scheduler_file.exists)
        self.address = str(json.loads(self.scheduler_file.read_text())["address"])

    def _start(self, what: str, *words: object) -> subprocess.Popen[bytes]:
        made = subprocess.Popen(
            [sys.executable, "-m", f"distributed.cli.{what}", *map(str, words)],
            cwd=self.folder,
            env={**os.environ, "PYTHONPATH": str(sweeps.ROOT)},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        self.running.append(made)
        return made

    def workers(self, number: int) -> list[subprocess.Popen[bytes]]:
        return [
            self._start(
                "dask_worker", self.address, "--host", "127.0.0.1", "--nthreads", 1,
                "--no-dashboard", "--no-nanny", "--local-directory", self.folder / f"w{n}",
            )
            for n in range(number)
        ]  # fmt: skip

    def close(self) -> None:
        for process in self.running:
            process.kill()
            process.wait()


@pytest.fixture
def dask(tmp_path: Path) -> Iterator[Dask]:
    made = Dask(tmp_path)
    yield made
    made.close()


@pytest.mark.slow
def test_dask_gives_the_same_tables_though_a_worker_is_killed(
    file: Path, tmp_path: Path, dask: Dask, reference: Path
) -> None:
    path = tmp_path / "a.sweep"
    found = dask.workers(2)
    running = sweep(file, path, "--cluster", dask.address)
    until(lambda: done(path) >= 4, running)
    found[0].kill()
    ended(running, 0)
    assert_same(path, reference)


@pytest.mark.slow
@pytest.mark.parametrize("number", [1, 2, 4])
def test_dask_gives_the_same_tables_with_any_number_of_workers(
    file: Path, tmp_path: Path, dask: Dask, reference: Path, number: int
) -> None:
    path = tmp_path / "a.sweep"
    dask.workers(number)
    ended(sweep(file, path, "--cluster", dask.address), 0)
    assert_same(path, reference)


@pytest.mark.slow
def test_a_killed_scheduler_gives_one_message_and_loses_nothing(
    file: Path, tmp_path: Path, dask: Dask, reference: Path
) -> None:
    path = tmp_path / "a.sweep"
    dask.workers(1)
    running = sweep(file, path, "--cluster", dask.address)
    until(lambda: done(path) >= 4, running)
    dask.scheduler.kill()
    _, err = ended(running, 2)
    assert "the scheduler has gone" in err
    assert 4 <= done(path) < RUNS
    finished(file, path, "--workers", 2)
    assert_same(path, reference)


def test_no_scheduler_gives_one_message(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("experiments.sweep_places.CONNECT_SECONDS", 0.5)
    task: Task = next(task for _, task in plan().tasks())
    with pytest.raises(InputError, match="no Dask scheduler answers"):
        list(Cluster("tcp://127.0.0.1:9").stream([task]))
