"""Errors a caller can act on: each says what was expected, what was found and what to do next."""

from __future__ import annotations


class RecobroError(Exception):
    """Base of every error that recobro raises on purpose.

    `exit_status` is what the command line ends with, as the contract numbers it.
    """

    exit_status = 1

    def __init__(self, expected: str, found: str, next_step: str) -> None:
        self.expected, self.found, self.next_step = expected, found, next_step
        super().__init__(f"Expected {expected}, found {found}. {next_step}")


class UsageError(RecobroError):
    """A command or call was given words it does not take."""

    exit_status = 2


class ConfigurationError(UsageError):
    """`recobro.toml` or a `RECOBRO_` variable holds a value that can not be in force."""


class ForbiddenTargetError(UsageError):
    """A webhook must not go there."""


class SourceRefusedError(RecobroError):
    """A source breaks a table-level rule; what was loaded before stays."""

    exit_status = 3


class NoChampionError(RecobroError):
    """No model has been promoted yet."""

    exit_status = 4


class LockHeldError(RecobroError):
    """Another run writes to this workspace."""

    exit_status = 75


class NoPlanError(RecobroError):
    """No plan has been published for the day that was asked for."""


class NotKeptError(RecobroError):
    """What was kept with a plan is not there, or not any more."""


class NoDataError(RecobroError):
    """The lake holds nothing to work on yet."""


class UnknownDebtorError(RecobroError):
    """No debtor of that id, or none that the caller may see."""


class TamperedModelError(RecobroError):
    """A model file is not the one the registry recorded."""


class RulesError(RecobroError):
    """A contact rule is malformed, missing its calendar, or past its date."""


class LeakError(RecobroError):
    """A split would let the future into training."""
