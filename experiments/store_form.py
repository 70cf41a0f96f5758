"""The form of a store of runs: its tables, its version, and what marks it as one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

FORM_VERSION = 1
"""Version of the store's form. A store of another is refused."""
APPLICATION = 0x7967_7469
"""Marks a file as a store of this program, in SQLite's own place for that."""

TABLES_OF_THE_FORM = """
CREATE TABLE experiments(
  name TEXT PRIMARY KEY, title TEXT NOT NULL, content TEXT NOT NULL, code TEXT NOT NULL,
  started TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE points(
  experiment TEXT NOT NULL, point INTEGER NOT NULL, label TEXT NOT NULL, county TEXT NOT NULL,
  policy TEXT NOT NULL, factors TEXT NOT NULL, inputs TEXT NOT NULL,
  PRIMARY KEY(experiment, point)) WITHOUT ROWID;
CREATE TABLE plan(
  experiment TEXT NOT NULL, point INTEGER NOT NULL, seed INTEGER NOT NULL, key TEXT NOT NULL,
  PRIMARY KEY(experiment, point, seed)) WITHOUT ROWID;
CREATE INDEX plan_by_key ON plan(key);
CREATE TABLE runs(
  run INTEGER PRIMARY KEY, key TEXT UNIQUE NOT NULL, state TEXT NOT NULL, error TEXT,
  seconds REAL NOT NULL, ended TEXT NOT NULL, host TEXT NOT NULL, code TEXT NOT NULL,
  CHECK(state IN ('done', 'failed')));
CREATE TABLE outputs(output INTEGER PRIMARY KEY, name TEXT UNIQUE NOT NULL);
CREATE TABLE results(
  run INTEGER NOT NULL, year INTEGER NOT NULL, output INTEGER NOT NULL, value REAL,
  PRIMARY KEY(run, year, output)) WITHOUT ROWID;
CREATE TABLE claims(key TEXT PRIMARY KEY, owner TEXT NOT NULL, until REAL NOT NULL) WITHOUT ROWID;
"""


class PointRow(NamedTuple):
    """A point of an experiment as the store keeps it."""

    point: int
    label: str
    county: str
    policy: str
    factors: Mapping[str, Any]
    inputs: Mapping[str, Any]
