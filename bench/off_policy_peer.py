"""The estimators of `recobro evaluate` and those of the Open Bandit Pipeline on the same log, to the last digits.

The pipeline pins old libraries, so it runs in an environment of its own: `pip install --no-deps obp`, then numpy<2,
pandas<3, scikit-learn<1.5, scipy<1.13, pyyaml, tqdm,
matplotlib, seaborn and mypy_extensions. It imports torch for estimators that are
not compared here; where torch is not installed, an empty module stands in for it.

    python -m bench.off_policy_peer --log FILE            writes a log (.npz) and prints this project's estimates
    PEER/bin/python bench/off_policy_peer.py --peer FILE  prints the pipeline's of the same log
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import sys
import types
from pathlib import Path
from typing import Any

import numpy as np

N, ACTIONS = 20_000, 5


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--log", type=Path)
    parser.add_argument("--peer", type=Path)
    asked = parser.parse_args()
    if asked.peer:
        print(json.dumps(peer_estimates(dict(np.load(asked.peer))), indent=2))
    else:
        log = build_log()
        if asked.log:
            np.savez(asked.log, **log)
        print(json.dumps(own_estimates(log), indent=2))


def build_log(seed: int = 1) -> dict[str, Any]:
    """Decisions between five actions by a policy that is uneven, for one that prefers others at times."""
    rng = np.random.default_rng(seed)
    logged, target = (rng.dirichlet(np.full(ACTIONS, spread), N) for spread in (2.0, 0.5))
    action = (rng.random(N)[:, None] > np.cumsum(logged, axis=1)).sum(axis=1).clip(max=ACTIONS - 1)
    expected = rng.gamma(2.0, 50.0, (N, ACTIONS))
    reward = expected[np.arange(N), action] * rng.exponential(1.0, N) * (rng.random(N) < 0.6)
    propensity = logged[np.arange(N), action]
    return {"action": action, "reward": reward, "propensity": propensity, "target": target, "expected": expected}


def own_estimates(log: dict[str, Any]) -> dict[str, float]:
    """By estimator: the value."""
    from recobro_models.off_policy.estimators import ESTIMATORS, Sample, estimate

    at = (np.arange(N), log["action"])
    sample = Sample(
        log["reward"], log["target"][at] / log["propensity"], np.arange(N), log["expected"][at],
        (log["target"] * log["expected"]).sum(axis=1),
    )  # fmt: skip
    return {name: estimate(sample, estimator).value.value for name, estimator in ESTIMATORS.items()}


def peer_estimates(log: dict[str, Any]) -> dict[str, float]:
    """The same by the pipeline."""
    stand_in()
    from obp import __version__
    from obp.ope import estimators as peer

    given = {"reward": log["reward"], "action": log["action"], "action_dist": log["target"][:, :, None]}
    given |= {"pscore": log["propensity"], "position": np.zeros(len(log["action"]), int)}
    modelled = {"estimated_rewards_by_reg_model": log["expected"][:, :, None]}
    print(f"obp {__version__}", file=sys.stderr)
    return {
        "ips": float(peer.InverseProbabilityWeighting().estimate_policy_value(**given)),
        "self_normalised_ips": float(peer.SelfNormalizedInverseProbabilityWeighting().estimate_policy_value(**given)),
        "doubly_robust": float(peer.DoublyRobust().estimate_policy_value(**given, **modelled)),
    }


class _Nothing(types.ModuleType):
    """A module of which anything may be asked, and nothing be expected."""

    __path__ = ()

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return type(name, (), {"__init__": lambda _self, *_given, **_named: None})


def stand_in() -> None:
    """Let the pipeline be imported without the libraries that the estimators compared here do not use."""
    if importlib.util.find_spec("torch"):
        return
    for name in ("torch", "torch.nn", "torch.nn.functional", "torch.optim", "torch.utils", "torch.utils.data"):
        sys.modules[name] = _Nothing(name)
        whole, _, part = name.rpartition(".")
        if whole:
            setattr(sys.modules[whole], part, sys.modules[name])


if __name__ == "__main__":
    main()
