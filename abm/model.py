"""The county as a Mesa model: a month is a step."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import mesa
import networkx as nx
import numpy as np

from abm import tables
from abm.clinics import pool_clinics
from abm.county import County, Scheme
from abm.engine import Engine
from abm.hold import check_channels, hold_benefits, hold_county, hold_start
from abm.ledger import Ledger
from abm.month import live_and_choose
from abm.network import build_network, referral_graph
from abm.options import empty_options, mean_visits, price_options, tell_limits
from abm.payment import Books
from abm.people import Arrivals, begin_chunk, number_keys, start_columns, start_tables
from abm.phases import PHASES
from abm.policy import Policy
from abm.prices import Mix
from abm.pricing import price_list
from abm.replay import Replay
from abm.staffing import Staffing, aim, home_visits, settle, skill_of_places
from abm.supply import begin_staff, doctor_rows, provider_rows, tally_labels
from abm.survey import Survey
from abm.watch import Watch
from abm.world import LIFE, WORK, Buffers, World, one_record, total
from agents.beginning import Start
from agents.conditions import CONDITIONS
from agents.consortium import CONSORTIUM, Consortium
from agents.doctor import Doctor
from agents.foundation.compile import plain
from agents.foundation.draws import child_key
from agents.foundation.errors import InputError
from agents.foundation.records import Population
from agents.foundation.sets import PopulationModel
from agents.insurer import INSURER, Insurer
from agents.patient import Patient
from agents.provider import Provider
from agents.village import VILLAGE, Village

_VILLAGE_KEY = 0x5EED_0000_0000_0004


class Model(PopulationModel):
    """A county that lives month by month under a policy.

    Parameters
    ----------
    county
        The county, for instance ``County.load("typical")``.
    policy
        The policy whose rules come into force in its starting month.
    baseline
        The policy in force until then; ``policy`` itself if absent.
    rng
        Seed of all draws. Two models with one seed share every draw that they have in common.
    weight
        People that one resident agent stands for.
    threads
        How many threads run the residents; one a processor if absent. Changes no result.
    agent_by_agent
        Run every agent's behaviour in plain Python, one view at a time. Slow; same bits.
    hold
        Channels that are held still, of :data:`abm.hold.CHANNELS`.

    Attributes
    ----------
    watch
        Who looks on at decisions while they are taken; changes no result.
    replay
        What keeps this run's signals for others, or replaces them by another's.
    stages
        Months from which the policy's rules hold, and the rules from each on.
    opened_under
        The policy whose rules this insurance year, or its last part, was opened under.
    contact_rates
        (k,) contacts a year that a surplus buys now for each who knows of a condition.
    month
        Months lived.
    alive
        Resident agents alive and not moved away, kept from births, deaths and moves.
    tallies, lives
        What providers did and what happened to people, a record a month.
    """

    world: World
    mix: Mix
    """What this month's bills are made of."""

    def __init__(
        self,
        county: County,
        policy: Policy,
        baseline: Policy | None = None,
        *,
        rng: int = 1,
        weight: int = 1,
        threads: int | None = None,
        agent_by_agent: bool = False,
        hold: Collection[str] = (),
    ) -> None:
        if not 0 <= rng < 1 << 63:
            raise InputError(f"seed {rng}: allowed are 0 to 2^63 - 1")
        super().__init__(rng=rng)
        self.seed, self.weight = int(rng), int(weight)
        self.month = 0
        self.hold = check_channels(hold)
        self.watch: Watch | None = None
        self.replay: Replay | None = None
        self.source_county = county
        self.county = pool_clinics(hold_county(county, self.hold), self.weight)
        self.policy, self.baseline = policy, baseline or policy
        self.stages = policy.stages()
        self.policy_now = self.opened_under = self.baseline
        self.engine = Engine(threads, agent_by_agent)
        self.network = build_network(self.county)
        self.groups = max(1, int(self.county.providers["consortium"].max()) + 1)
        self._settle_supply()
        self._settle_people()
        self._open_books()
        self._make_world()
        self.tallies: list[np.ndarray] = []
        self.lives: list[np.ndarray] = []
        self.flows: list[np.ndarray] = []
        self.surveys: list[Survey] = []
        self.for_staff_fen = np.zeros(len(self.providers), np.int64)
        self.staff_years: list[np.ndarray] = []
        self.datacollector = mesa.DataCollector(model_reporters=REPORTERS)

    # -- the start ---------------------------------------------------------------------

    def _settle_supply(self) -> None:
        county = self.county
        rows = provider_rows(county, self.groups)
        self.tally_provider, self.tally_group, self.tally_kind = tally_labels(rows, self.groups)
        self._fill(Provider, rows)
        doctors = self._fill(Doctor, doctor_rows(county))
        self.staffing = Staffing(county, rows, doctors.rows)
        begin_staff(self)
        self.roster: np.ndarray = np.arange(len(doctors))
        self.skill_now = skill_of_places(self)
        self.staffing.skill, self.staffing.best = self.skill_now
        self.aims: dict[str, np.ndarray] = {}
        villages = np.zeros(len(county.villages), VILLAGE)
        for name in ("township", "income_yuan", "aided_share"):
            villages[name] = county.villages[name]
        make_key = plain(child_key)
        villages["key"] = [make_key(_VILLAGE_KEY, v) for v in range(len(villages))]
        villages["alive"] = 1
        self._fill(Village, villages)
        consortia = np.zeros(self.groups, CONSORTIUM)
        consortia["alive"] = 1
        self._fill(Consortium, consortia)
        insurer = np.zeros(1, INSURER)
        insurer["alive"] = 1
        self._fill(Insurer, insurer)

    def _fill(self, kind: Any, rows: np.ndarray) -> Population:
        population = self.add_population(kind, len(rows))
        population.append(len(rows), **{name: rows[name] for name in rows.dtype.names or ()})
        return population

    def _settle_people(self) -> None:
        columns = start_columns(self.county, self.weight)
        n = len(columns["village"])
        self.patients = self.add_population(Patient, n + n // 10)
        self.patients.append(n, **columns)
        start: Start = hold_start(start_tables(self.county, self.network), self.hold)
        self.start_tables = start if self.engine.agent_by_agent else one_record(start)
        self.alive = n
        self.engine.over_rows(number_keys, self.patients)
        self.engine.over_rows(begin_chunk, self.patients, self.start_tables, self.seed, -1)
        self.patients.kernels["step"] = self._step_patients
        self.talk = start.belief.copy()
        used = np.maximum(self.network.provider, 0)
        self.known = np.where(self.network.provider >= 0, self.providers["capability"][used], 0.0)
        self.home_visits = np.zeros(len(self.known))
        self.contact_rates = np.zeros(len(CONDITIONS))
        self.arrivals = Arrivals(self.county, self.weight)

    def _open_books(self) -> None:
        county, rows = self.county, self.providers
        names = [f"consortium {g + 1}" for g in range(self.groups)]
        self.ledger = Ledger(county.provider_names, names)
        self.ledger.open(self.ledger.account("fund"), int(county.fund.balance_yuan * 100))
        self.ledger.open(self.ledger.provider, rows["cash_fen"])
        self.opening_fen = int(self.ledger.balance_fen.sum())
        self.books = Books(
            ledger=self.ledger,
            insured=self._count_insured(),
            in_county=rows["place"] == 0,
            member_of=rows["consortium"].copy(),
            fund_share=np.zeros(len(rows)),
            last_year_fen=np.zeros(self.groups, np.int64),
            year_fen=np.zeros(self.groups, np.int64),
            tier=rows["tier"].copy(),
            spread=np.full(len(rows), county.value("money.forecast_spread")),
            learning_rate=county.value("money.expectation_rate"),
            foresight=county.value("money.foresight"),
        )
        self.books.follow(self.baseline)
        self.year_income_fen = 0

    def _make_world(self) -> None:
        self.options = empty_options(self.network)
        rows = self.patients
        self.buffers = Buffers(
            self.engine.threads,
            len(self.tally_provider),
            len(self.providers),
            len(self.network.provider),
            len(self.population(Doctor)),
            len(rows),
        )
        self.tally = total(self.buffers.tally)
        self.life = np.zeros(1, LIFE)
        self.work = total(self.buffers.work)
        self.set_policy(self.baseline)
        settle(self)

    def seat_doctors(self, roster: np.ndarray) -> None:
        """Put a new roster in force, and make room for the work of all doctors so far."""
        self.roster = roster
        doctors = self.population(Doctor).rows
        self.buffers.seat(len(doctors))
        work = np.zeros(len(doctors), WORK)
        work[: len(self.work)] = self.work
        self.work = work
        self.world = self.world._replace(doctors=doctors.view(np.recarray), roster=roster)

    # -- rules -------------------------------------------------------------------------

    def set_policy(self, policy: Policy) -> None:
        """Put a policy in force from the coming month."""
        self.policy_now = policy
        self.price_list = price_list(self, policy)
        county = self.rules(policy)
        illness = county.illness
        course = tables.course(county, illness, policy.rehab.by_cause())
        # A scheme to come learns from the year before it, in which its visits are told apart.
        coming = (rules.payment.by_head for _, rules in self.policy.stages())
        by_head = policy.payment.by_head or next(filter(None, coming), ())
        cover = tables.cover(county, county.benefits, by_head)
        self.providers["drugs_share"] = county.providers["drugs_share"]
        told = self._told
        self.world = World(
            hazards=told(self._hazards(county)),
            options=self.options,
            options_group=self.network.group,
            tastes=told(tables.tastes(county, self.month // 12)),
            cover=cover,
            judgement=told(
                tables.judgement(county, policy.audit.found_chance, policy.audit.fine_multiple)
            ),
            course=told(course),
            providers=self.providers.view(np.recarray),
            doctors=self.population(Doctor).rows.view(np.recarray),
            roster=self.roster,
        )
        before, self.home_visits = self.home_visits, home_visits(self)
        if np.array_equal(before, self.home_visits):
            aim(self)
        else:
            settle(self)
        self.visits_an_episode = mean_visits(course)
        self.price_options()

    def expect(self, policy: Policy) -> None:
        """Let another policy come than was to come; refused once either has started."""
        if self.month > min(policy.starts_month, self.policy.starts_month):
            raise InputError(f"month {self.month}: allowed: before either policy has started")
        self.policy, self.stages = policy, policy.stages()

    def price_options(self) -> None:
        """Tell every village what care costs it now, after benefits, as it is felt."""
        run = self.engine.loop(price_options)
        felt_from = tables.tastes(self.county).felt_from_yuan
        villages = len(self.options.provider)
        world, visits = self.world, self.visits_an_episode
        run(self.options, world.providers, world.cover, visits, felt_from, 0, villages)
        tell_limits(self.options, world.cover)

    def _hazards(self, county: County) -> Any:
        contacts = self.policy_now.enrol_per_year() + self.contact_rates
        return tables.hazards(county, county.illness, contacts)

    def set_contacts(self, rates: np.ndarray) -> None:
        """Let people be offered management besides as often a year as ``rates`` (k,) say."""
        self.contact_rates = rates
        hazards = self._hazards(self.rules(self.policy_now))
        self.world = self.world._replace(hazards=self._told(hazards))

    def grow_incomes(self) -> None:
        """Let this year's incomes count against prices."""
        tastes = tables.tastes(self.county, self.month // 12)
        self.world = self.world._replace(tastes=self._told(tastes))

    def _told(self, table: Any) -> Any:
        """A table as the loops read it: one record for compiled code."""
        return table if self.engine.agent_by_agent else one_record(table)

    def rules(self, policy: Policy) -> County:
        """The county with a policy's benefits and means, as they are in force in this model."""
        return hold_benefits(policy.put_in_force(self.county), self.hold)

    # -- a month -----------------------------------------------------------------------

    def step(self) -> None:
        """Live one month: the phases of :data:`abm.phases.PHASES`, in order."""
        for phase in PHASES:
            phase.run(self)

    def live_patient(self, patient: Patient) -> None:
        """Let one resident live the first half of the coming month, in plain Python.

        What he asks of providers goes into a buffer of its own, which the month does not
        read: a resident stepped by hand changes himself only.
        """
        self._step_patients(np.array([patient.row]), agent_by_agent=True)

    def _step_patients(self, index: np.ndarray | None, *, agent_by_agent: bool = True) -> None:
        rows = self.patients
        which = np.arange(len(rows)) if index is None else index
        scratch = Buffers(
            1,
            len(self.tally_provider),
            len(self.providers),
            len(self.network.provider),
            len(self.population(Doctor)),
            max(1, len(which)),
        )
        out = scratch.outs()[0]
        live = plain(live_and_choose)
        views = rows.plain_rows()
        for row in which.tolist():
            if views[row].alive == 1:
                live(views[row], row, self.world, out, self.seed, self.month)
        rows.touch()

    # -- what stands -------------------------------------------------------------------

    @property
    def providers(self) -> np.ndarray:
        """Rows of the providers, (provider,) of PROVIDER."""
        return self.population(Provider).rows

    @property
    def residents(self) -> np.ndarray:
        """Rows of all residents so far, (n,) of PATIENT."""
        return self.patients.rows

    def by_provider(self, column: np.ndarray) -> np.ndarray:
        """Sum a column of the month's tally over its rows of each provider."""
        sums = np.zeros(len(self.providers), np.int64)
        np.add.at(sums, self.tally_provider, column)
        return sums

    def diagnosed_present(self) -> int:
        """Residents here who know of a chronic condition."""
        rows = self.residents
        here = (rows["alive"] == 1) & (rows["elsewhere"] == 0)
        return int((here & (rows["aware"].max(axis=1) > 0)).sum())

    def _count_insured(self) -> np.ndarray:
        rows = self.residents
        insured = (rows["alive"] == 1) & (rows["scheme"] == Scheme.RESIDENT)
        groups = self.network.group[rows["village"][insured]]
        return np.bincount(groups, minlength=self.groups) * self.weight

    @property
    def referral_graph(self) -> nx.DiGraph:
        """Villages and providers, who goes and who refers where."""
        return referral_graph(self.county, self.network)

    def close(self) -> None:
        """Let threads and memory go."""
        self.engine.close()
        super().close()


def _residents(model: Model) -> int:
    return model.alive * model.weight


REPORTERS = {
    "residents": _residents,
    "births": lambda m: int(m.life["births"][0]) * m.weight,
    "deaths": lambda m: int(m.life["deaths"][0]) * m.weight,
    "visits": lambda m: int(m.tally["visits"].sum()) * m.weight,
    "admissions": lambda m: int(m.tally["admissions"].sum()) * m.weight,
    "fund_balance_fen": lambda m: int(m.ledger.balance_fen[m.ledger.account("fund")]),
}
"""What Mesa's DataCollector keeps of each month."""
