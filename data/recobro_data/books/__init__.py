"""The books: what is owed, paid, promised and disputed as of a day - one definition for all who need it."""

from recobro_data.books.known import Known, known_as_of, place_in_time
from recobro_data.books.ledger import Books, build_books
from recobro_data.books.numbered import Rows
from recobro_data.books.placed import Placed

__all__ = ["Books", "Known", "Placed", "Rows", "build_books", "known_as_of", "place_in_time"]
