"""What models answered, kept in a file that people can read: asked again, it is given again."""

from nbprovider.recordings.asked import Asked, asked
from nbprovider.recordings.book import Book
from nbprovider.recordings.nearest import differences, nearest
from nbprovider.recordings.recording import Listening, Recording, replayed

__all__ = [
    "Asked",
    "Book",
    "Listening",
    "Recording",
    "asked",
    "differences",
    "nearest",
    "replayed",
]
