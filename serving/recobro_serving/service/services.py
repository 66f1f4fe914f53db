"""Everything the routes ask, built once for an app."""

from __future__ import annotations

from dataclasses import dataclass

from recobro_data.store import Store
from recobro_data.store.answers import Teller
from recobro_serving.service.debtors import Debtors
from recobro_serving.service.listing import Listing
from recobro_serving.service.plans import Plans


@dataclass(frozen=True)
class Services:
    """What answers the calls under `/v1`."""

    listing: Listing
    debtors: Debtors
    plans: Plans


def build_services(store: Store, tell: Teller) -> Services:
    """The services over one store; `tell` turns coded reasons into words."""
    listing = Listing(store, tell)
    return Services(listing, Debtors(store, listing, tell), Plans(store, listing))
