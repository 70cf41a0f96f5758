"""The store of runs: one SQLite file, written by one process, readable while it is written.

A run is kept under the digest of all that it depends on, so nothing is run twice and nothing
stale is mixed in. Every run is committed at once: a process that is killed loses only what was
under way.
"""

from __future__ import annotations

import contextlib
import json
import os
import platform
import sqlite3
import threading
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from agents.foundation.errors import InputError
from experiments.store_form import APPLICATION, FORM_VERSION, TABLES_OF_THE_FORM, PointRow
from experiments.sweep_task import Outcome

CLAIM_SECONDS = 60.0
BEAT_SECONDS = 15.0
_WAIT_SECONDS = 60.0


class Store:
    """A store of runs.

    Parameters
    ----------
    path
        File; made if it is not there and ``write`` is set. None for one in memory.
    write
        Whether runs are to be written; else nothing is changed.

    Raises
    ------
    InputError
        If the file is no store, is of another form, cannot be read or written, or is not
        there though it is only to be read.
    """

    def __init__(self, path: Path | None, *, write: bool = False) -> None:
        self.path = path
        self.name = "store" if path is None else str(path)
        self.owner = f"{platform.node()}/{os.getpid()}/{time.time_ns()}"
        self._lock = threading.RLock()
        self._beating = threading.Event()
        self._outputs: dict[str, int] = {}
        if path is not None and not write and not path.is_file():
            raise InputError(f"{path}: there is no such store; allowed: a file from yigongti sweep")
        with self._told():
            self._db = self._open(write)
            try:
                self._check_form(write)
            except BaseException:
                self._db.close()
                raise

    def _open(self, write: bool) -> sqlite3.Connection:
        if self.path is None:
            place = ":memory:"
        else:
            place = f"{self.path.absolute().as_uri()}?mode={'rwc' if write else 'ro'}"
        # Runs are handed out by a thread of the library that feeds the workers.
        return sqlite3.connect(
            place,
            uri=self.path is not None,
            timeout=_WAIT_SECONDS,
            isolation_level=None,
            check_same_thread=False,
        )

    def _check_form(self, write: bool) -> None:
        new = self._one("SELECT count(*) FROM sqlite_master") == 0
        if new and write:
            self._db.execute("PRAGMA journal_mode=WAL")
            self._db.execute("PRAGMA synchronous=NORMAL")
            with self._at_once():
                # Another process may have made it in the meantime.
                if self._one("SELECT count(*) FROM sqlite_master") == 0:
                    for statement in filter(str.strip, TABLES_OF_THE_FORM.split(";")):
                        self._db.execute(statement)
                    self._db.execute(f"PRAGMA application_id={APPLICATION}")
                    self._db.execute(f"PRAGMA user_version={FORM_VERSION}")
        if self._one("PRAGMA application_id") != APPLICATION:
            raise InputError(
                f"{self.name}: is not a store of sweeps; allowed: a new file, or one that "
                "yigongti sweep has made"
            )
        form = self._one("PRAGMA user_version")
        if form != FORM_VERSION:
            raise InputError(
                f"{self.name}: is of form {form}; allowed: form {FORM_VERSION}. Export it with the "
                "version of the program that made it, or name a new file"
            )
        if write:
            self._db.execute("PRAGMA synchronous=NORMAL")

    def _one(self, question: str, *values: Any) -> Any:
        found = self._db.execute(question, values).fetchone()
        return None if found is None else found[0]

    @contextlib.contextmanager
    def _told(self) -> Iterator[None]:
        """Turn every failure of the file into one message."""
        with self._lock:
            try:
                yield
            except sqlite3.DatabaseError as error:
                raise InputError(
                    f"{self.name}: {error}; every run that was finished before is kept; allowed: a "
                    "store of sweeps in a place with room that can be read and written"
                ) from error

    @contextlib.contextmanager
    def _at_once(self) -> Iterator[None]:
        """A transaction: all of it, or nothing."""
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            # A full disk may have ended the transaction already.
            with contextlib.suppress(sqlite3.Error):
                self._db.execute("ROLLBACK")
            raise
        try:
            self._db.execute("COMMIT")
        except BaseException:
            with contextlib.suppress(sqlite3.Error):
                self._db.execute("ROLLBACK")
            raise

    # -- plans -------------------------------------------------------------------------

    def experiments(self) -> list[dict[str, Any]]:
        """Name, title, content, code and start of every experiment, by name."""
        with self._told():
            rows = self._db.execute(
                "SELECT name, title, content, code, started FROM experiments ORDER BY name"
            )
            keys = ("name", "title", "content", "code", "started")
            return [
                {**dict(zip(keys, row, strict=True)), "content": json.loads(row[2])} for row in rows
            ]

    def plan(
        self,
        name: str,
        title: str,
        content: Mapping[str, Any],
        code: str,
        points: Sequence[PointRow],
        runs: Iterable[tuple[int, int, str]],
    ) -> None:
        """Write down an experiment: its points, and (point, seed, key) of all its runs.

        An earlier plan of the same name is replaced; its runs stay.
        """
        with self._told(), self._at_once():
            for table, column in (("experiments", "name"), ("points", "experiment")):
                self._db.execute(f"DELETE FROM {table} WHERE {column} = ?", (name,))
            self._db.execute("DELETE FROM plan WHERE experiment = ?", (name,))
            self._db.execute(
                "INSERT INTO experiments VALUES (?, ?, ?, ?, ?)",
                (name, title, json.dumps(content, ensure_ascii=False), code, _now()),
            )
            self._db.executemany(
                "INSERT INTO points VALUES (?, ?, ?, ?, ?, ?, ?)",
                (
                    (
                        name,
                        p.point,
                        p.label,
                        p.county,
                        p.policy,
                        json.dumps(p.factors, ensure_ascii=False),
                        json.dumps(p.inputs, ensure_ascii=False),
                    )
                    for p in points
                ),
            )
            self._db.executemany(
                "INSERT INTO plan VALUES (?, ?, ?, ?)",
                ((name, point, seed, key) for point, seed, key in runs),
            )

    def counts(self, name: str) -> dict[str, int]:
        """Runs of an experiment: planned, done, failed, under way in a process that lives."""
        with self._told():
            found = self._db.execute(
                "SELECT count(*), total(r.state = 'done'), total(r.state = 'failed'), "
                "total(c.until > ? AND r.key IS NULL) FROM plan p "
                "LEFT JOIN runs r ON r.key = p.key LEFT JOIN claims c ON c.key = p.key "
                "WHERE p.experiment = ?",
                (time.time(), name),
            ).fetchone()
        return dict(zip(("planned", "done", "failed", "under_way"), map(int, found), strict=True))

    def pace(self, name: str) -> tuple[float | None, float]:
        """Mean seconds of a run of an experiment, and seconds of all together."""
        with self._told():
            mean, whole = self._db.execute(
                "SELECT avg(r.seconds), total(r.seconds) FROM plan p JOIN runs r ON r.key = p.key "
                "WHERE p.experiment = ? AND r.state = 'done'",
                (name,),
            ).fetchone()
        return mean, whole

    def errors(self, name: str) -> list[tuple[str, int]]:
        """Why runs of an experiment failed, and how many each."""
        with self._told():
            return self._db.execute(
                "SELECT r.error, count(*) FROM plan p JOIN runs r ON r.key = p.key "
                "WHERE p.experiment = ? AND r.state = 'failed' GROUP BY 1 ORDER BY 2 DESC, 1",
                (name,),
            ).fetchall()

    # -- runs --------------------------------------------------------------------------

    def state(self, key: str) -> str | None:
        """``done`` or ``failed``, or None for a run that the store does not have."""
        with self._told():
            found: str | None = self._one("SELECT state FROM runs WHERE key = ?", key)
        return found

    def forget_failed(self, name: str) -> None:
        """Take the failed runs of an experiment out, so that they are run again."""
        with self._told():
            self._db.execute(
                "DELETE FROM runs WHERE state = 'failed' AND key IN "
                "(SELECT key FROM plan WHERE experiment = ?)",
                (name,),
            )

    def claim(self, key: str) -> bool:
        """Take a run on, unless the store has it or a process that lives has taken it on."""
        with self._told(), self._at_once():
            if self._one("SELECT 1 FROM runs WHERE key = ?", key):
                return False
            taken = self._db.execute(
                "INSERT INTO claims VALUES (?, ?, ?) ON CONFLICT(key) DO UPDATE "
                "SET owner = excluded.owner, until = excluded.until WHERE until < ?",
                (key, self.owner, time.time() + CLAIM_SECONDS, time.time()),
            )
            return taken.rowcount == 1

    def put(self, outcome: Outcome, outputs: Sequence[str], code: str) -> None:
        """Keep what a run left, with outputs that are kept; one that is there already stays."""
        state = "done" if outcome.error is None else "failed"
        with self._told(), self._at_once():
            self._db.execute("DELETE FROM claims WHERE key = ?", (outcome.key,))
            put = self._db.execute(
                "INSERT OR IGNORE INTO runs(key, state, error, seconds, ended, host, code) "
                "VALUES (?, ?, ?, ?, ?, ?, ?)",
                (outcome.key, state, outcome.error, outcome.seconds, _now(), outcome.host, code),
            )
            if put.rowcount != 1:
                return
            run, numbers = put.lastrowid, [self._outputs[name] for name in outputs]
            self._db.executemany(
                "INSERT INTO results VALUES (?, ?, ?, ?)",
                (
                    (run, year, number, value)
                    for year, row in zip(outcome.years, outcome.values.tolist(), strict=True)
                    for number, value in zip(numbers, row, strict=True)
                ),
            )

    def keep_outputs(self, outputs: Sequence[str]) -> None:
        """Give a number to every output that has none yet."""
        with self._told(), self._at_once():
            self._db.executemany(
                "INSERT OR IGNORE INTO outputs(name) VALUES (?)", ((name,) for name in outputs)
            )
        with self._told():
            self._outputs = dict(self._db.execute("SELECT name, output FROM outputs").fetchall())

    def figures(self, key: str) -> tuple[list[int], list[str], np.ndarray]:
        """Years, outputs and (year, output) figures of a run that is done."""
        with self._told():
            rows = self._db.execute(
                "SELECT r.year, o.name, r.value FROM runs JOIN results r USING(run) "
                "JOIN outputs o USING(output) WHERE runs.key = ? ORDER BY r.year, o.output",
                (key,),
            ).fetchall()
        years = sorted({row[0] for row in rows})
        names = list(dict.fromkeys(row[1] for row in rows))
        values = np.array([row[2] for row in rows], float).reshape(len(years), len(names))
        return years, names, values

    # -- reading -----------------------------------------------------------------------

    @contextlib.contextmanager
    def snapshot(self) -> Iterator[sqlite3.Connection]:
        """The store as it stands now, for several questions that must agree."""
        with self._told():
            self._db.execute("BEGIN")
            try:
                yield self._db
            finally:
                self._db.execute("ROLLBACK")

    # -- who works ---------------------------------------------------------------------

    @contextlib.contextmanager
    def at_work(self) -> Iterator[None]:
        """Keep this process's claims alive; at the end let go what was not done."""
        self._drop_dead_claims()
        self._beating.clear()
        beat = threading.Thread(target=self._beat, daemon=True)
        if self.path is not None:
            beat.start()
        try:
            yield
        finally:
            self._beating.set()
            # A full disk takes no deletion either; claims then end by themselves.
            with contextlib.suppress(InputError), self._told():
                self._db.execute("DELETE FROM claims WHERE owner = ?", (self.owner,))

    def _drop_dead_claims(self) -> None:
        """Let go what was claimed by processes of this machine that are no more."""
        with self._told():
            owners = [row[0] for row in self._db.execute("SELECT DISTINCT owner FROM claims")]
            for owner in owners:
                host, _, rest = owner.rpartition("/")[0].rpartition("/")
                if host == platform.node() and not _lives(int(rest)):
                    self._db.execute("DELETE FROM claims WHERE owner = ?", (owner,))

    def _beat(self) -> None:
        while not self._beating.wait(BEAT_SECONDS):
            # What keeps the file from being written is told by whoever writes runs.
            with contextlib.suppress(InputError), self._told():
                self._db.execute(
                    "UPDATE claims SET until = ? WHERE owner = ?",
                    (time.time() + CLAIM_SECONDS, self.owner),
                )

    def close(self) -> None:
        """Let the file go."""
        self._beating.set()
        with self._lock:
            self._db.close()

    def __enter__(self) -> Store:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _lives(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")
