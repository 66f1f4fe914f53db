"""Everything the routes ask, built once for an app."""

from __future__ import annotations

from dataclasses import dataclass

from recobro_data.settings import Settings
from recobro_data.store import Store
from recobro_data.store.answers import Teller
from recobro_serving.service.claims import ClaimDesk
from recobro_serving.service.debtors import Debtors
from recobro_serving.service.events import EventDesk
from recobro_serving.service.kpis import KpiDesk
from recobro_serving.service.listing import Listing
from recobro_serving.service.models import ModelDesk
from recobro_serving.service.plans import Plans
from recobro_serving.service.ready import ReadyAnswers
from recobro_serving.service.score import ScoreDesk


@dataclass(frozen=True)
class Services:
    """What answers the calls under `/v1`."""

    listing: Listing
    debtors: Debtors
    ready: ReadyAnswers
    plans: Plans
    events: EventDesk
    claims: ClaimDesk
    score: ScoreDesk
    kpis: KpiDesk
    models: ModelDesk


def build_services(store: Store, tell: Teller, settings: Settings) -> Services:
    """The services over one store; `tell` turns coded reasons into words."""
    listing = Listing(store, tell)
    debtors = Debtors(store, listing, tell)
    return Services(
        listing, debtors, ReadyAnswers(store, listing, debtors, tell), Plans(store, listing),
        EventDesk(store, settings), ClaimDesk(store, listing, tell, settings),
        ScoreDesk(settings, store, tell), KpiDesk(store), ModelDesk(settings),
    )  # fmt: skip
