"""What every call took and cost: one SQLite file for all notebooks, one row an attempt.

`frames` shows it as DataFrames, and is imported only where one is asked for: it needs pandas.
"""

from nbprovider.ledger.attempt import Attempt, CallContext
from nbprovider.ledger.paces import Pace, paces
from nbprovider.ledger.pricing import Cost, Source, price
from nbprovider.ledger.recorder import Clock, Recorder
from nbprovider.ledger.registered import register, registered, unregister
from nbprovider.ledger.store import Ledger
from nbprovider.ledger.totals import Today, today

__all__ = [
    "Attempt",
    "CallContext",
    "Clock",
    "Cost",
    "Ledger",
    "Pace",
    "Recorder",
    "Source",
    "Today",
    "paces",
    "price",
    "register",
    "registered",
    "today",
    "unregister",
]
