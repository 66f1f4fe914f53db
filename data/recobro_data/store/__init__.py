"""Where published plans and API keys are kept: SQLite by default, PostgreSQL by URL.

A plan is published in one transaction and never changed after it, so that a reader sees a whole plan or the one before.
Reading pulls in neither pandas nor pyarrow: the process that answers by day starts fast.
"""

from recobro_data.store.core import Store, open_store
from recobro_data.store.fields import ITEM_FIELDS, LEFT_ALONE_FIELDS
from recobro_data.store.keys import SCOPES, Key
from recobro_data.store.plans import ItemFilters, PlanRow, PublishedPlan

__all__ = [
    "ITEM_FIELDS",
    "LEFT_ALONE_FIELDS",
    "SCOPES",
    "ItemFilters",
    "Key",
    "PlanRow",
    "PublishedPlan",
    "Store",
    "open_store",
]
