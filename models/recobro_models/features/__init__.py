"""Features: one function a column, each an Ibis expression over what was known as of a day."""

from recobro_data.books import Books
from recobro_models.features.families import FAMILIES, Family, build_charge_features, build_debtor_features

__all__ = ["FAMILIES", "Books", "Family", "build_charge_features", "build_debtor_features"]
