"""From a model's name to its routes, with the reason."""

from nbprovider.routing.known import Known, NoDefaultModel
from nbprovider.routing.plan import Needs, able, alone, needs, plan
from nbprovider.routing.resolve import AUTO, ROLES, resolve, resolved

__all__ = [
    "AUTO",
    "ROLES",
    "Known",
    "Needs",
    "NoDefaultModel",
    "able",
    "alone",
    "needs",
    "plan",
    "resolve",
    "resolved",
]
