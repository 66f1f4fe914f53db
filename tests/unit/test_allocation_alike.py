"""The same plan whatever the machine: threads, the number's width, where the values lie."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
from tests.unit.capacity_samples import draw_day
from tests.unit.model_samples import ugly_index

from recobro_models.decision.allocation import Capacity, allocate

_SCRIPT = """
import hashlib, numpy as np
from recobro_models.decision.allocation import Capacity, allocate
rng = np.random.default_rng(3)
value = rng.lognormal(2, 1, (3000, 1)) * rng.uniform(0.2, 1, (3000, 12)) - 2
plan = allocate(value, Capacity.of_slots(np.full((2, 6), 90), np.array([400, 300])))
print(hashlib.sha256(plan.choice.tobytes() + plan.price.tobytes()).hexdigest())
"""


def plan_with(threads: int) -> str:
    names = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS", "MKL_NUM_THREADS")
    environ = os.environ | dict.fromkeys(names, str(threads))
    return subprocess.run([sys.executable, "-c", _SCRIPT], env=environ, check=True, capture_output=True).stdout.decode()


def test_one_thread_and_two_give_the_same_plan_and_prices() -> None:
    assert plan_with(1) == plan_with(2)


def test_values_of_half_the_width_give_the_same_plan_where_they_are_exact() -> None:
    worth, capacity = draw_day(11, 40)
    rounded = worth.astype(np.float32)
    assert (allocate(rounded, capacity).choice == allocate(rounded.astype(np.float64), capacity).choice).all()


def test_values_in_a_file_give_the_same_plan(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    value = (rng.lognormal(1, 1, (500, 6)) - 1).astype(np.float32)
    value.tofile(tmp_path / "values")
    capacity = Capacity.of_slots(np.full((2, 3), 40), np.array([90, 100]))
    kept = np.asarray(np.memmap(tmp_path / "values", np.float32, "r+", shape=value.shape))
    assert (allocate(kept, capacity).choice == allocate(value, capacity).choice).all()


def test_a_sample_is_corrected_by_what_all_ask_for() -> None:
    rng = np.random.default_rng(8)
    n = 90_000
    # The sample of so many is a part of them; those at the end are ten times as rich.
    money = rng.lognormal(1, 1, (n, 1)) * np.where(ugly_index(n) < 70_000, 10.0, 1.0)[:, None]
    value = (money * rng.uniform(0.2, 1, (n, 6)) - 0.5).astype(np.float32)
    plan = allocate(value, Capacity.of_slots(np.full((2, 3), 4000), np.array([9000, 7000])))
    assert plan.gap < 0.001
    assert (plan.used <= plan.capacity.limit).all()
