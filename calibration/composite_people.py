"""People of a generated county: population, insurance, deaths, villages."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from calibration.composite_spec import Spec
from calibration.convert import SEXES, spread

SURNAMES = (
    "Wang Li Zhang Liu Chen Yang Huang Zhao Wu Zhou Xu Sun Ma Zhu Hu Guo He Lin Gao Luo Zheng "
    "Liang Xie Song Tang Deng Han Feng Cao Peng Zeng Xiao Tian Dong Pan Yuan Cai Jiang Yu Du Ye "
    "Cheng Wei Su Lu Ding Ren Shen Yao Cui Zhong Tan Fan Jin Shi Liao Jia Xia Fu"
)
ENDINGS = "jia cun zhuang wan tun ping ling gou qiao xi shan dian po keng tang yuan ba an men lou"


@dataclass(frozen=True)
class Village:
    """A village of a generated county."""

    id: str
    township: int
    name: str
    persons: int
    income_yuan: int
    aided_share: float
    x_km: float
    y_km: float


def whole(total: int, weights: np.ndarray) -> np.ndarray:
    """Split a count in proportion to weights by largest remainder."""
    return spread([total], np.asarray(weights, dtype=np.float64))[0]


def age_persons(spec: Spec, elsewhere: bool) -> np.ndarray:
    """People by sex and age band, shape (sex, band); the sum is exact."""
    ages, people = spec.ages, spec.people
    percent = np.array(ages.elsewhere_percent if elsewhere else ages.present_percent)
    if not elsewhere:
        old = np.array(ages.age_from) >= 60
        percent = np.where(
            old,
            percent / percent[old].sum() * people.share_60_plus,
            percent / percent[~old].sum() * (1.0 - people.share_60_plus),
        )
    men = np.array(ages.men_per_100_women)
    by_sex = np.stack([percent * 100.0 / (100.0 + men), percent * men / (100.0 + men)])
    total = people.elsewhere_persons if elsewhere else people.present_persons
    return whole(total, by_sex.ravel()).reshape(by_sex.shape)


def population(spec: Spec) -> dict[str, np.ndarray]:
    """People by township, sex and band: ``present`` and ``elsewhere``, (township, sex, band)."""
    percent = np.array([township.percent for township in spec.townships])
    older = np.array([township.older for township in spec.townships])
    old = np.array(spec.ages.age_from) >= 60
    people = {}
    for key, elsewhere in (("present", False), ("elsewhere", True)):
        persons = age_persons(spec, elsewhere)
        table = np.zeros((len(percent), *persons.shape), dtype=np.int64)
        for sex in range(len(SEXES)):
            for chosen, weights in ((old, percent * older), (~old, percent)):
                table[:, sex, chosen] = spread(list(persons[sex, chosen]), weights).T
        people[key] = table
    return people


def scheme_shares(spec: Spec, present: np.ndarray) -> list[tuple[float, float]]:
    """Shares (resident, employee) of each band, so that employees sum to their number."""
    persons = present.sum(axis=(0, 1))
    shape = np.array(spec.ages.employee_percent) / 100.0
    employee = shape * spec.people.employee_persons / (shape * persons).sum()
    none = np.array(spec.ages.uninsured_percent) / 100.0
    return [
        (round(float(1.0 - none[band] - employee[band]), 5), round(float(employee[band]), 5))
        for band in range(len(persons))
    ]


def villages(spec: Spec, present: np.ndarray) -> list[Village]:
    """Villages of all townships; their people sum to each township's present people."""
    draw = np.random.Generator(np.random.PCG64(spec.seed))
    names = [f"{first}{last}" for last in ENDINGS.split() for first in SURNAMES.split()]
    order = draw.permutation(len(names))
    made: list[Village] = []
    for row, township in enumerate(spec.townships):
        count = township.villages
        angle = draw.uniform(0.0, 2.0 * np.pi, count)
        away = township.radius_km * np.sqrt(draw.uniform(0.01, 1.0, count))
        size = np.exp(spec.people.village_persons_spread * draw.standard_normal(count))
        noise = spec.people.income_spread * draw.standard_normal(count)
        size /= 1.0 + away / (2.0 * township.radius_km)
        persons = whole(int(present[row].sum()), size)
        x = township.x_km + away * np.cos(angle)
        y = township.y_km + away * np.sin(angle)
        far = np.hypot(x, y)
        income = spec.people.income_yuan * np.exp(noise - spec.people.income_falls_per_km * far)
        for k in range(count):
            aided = spec.people.aided_share * spec.people.income_yuan / income[k]
            made.append(
                Village(
                    id=f"{township.id}_{k + 1:02d}",
                    township=row,
                    name=names[order[len(made)]],
                    persons=int(persons[k]),
                    income_yuan=int(round(float(income[k]), -1)),
                    aided_share=round(float(np.clip(aided, 0.01, 0.2)), 3),
                    x_km=round(float(x[k]), 2),
                    y_km=round(float(y[k]), 2),
                )
            )
    return made
