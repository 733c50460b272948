"""From a model's name to a route, with the reason."""

from nbprovider.routing.known import Known, NoDefaultModel
from nbprovider.routing.plan import plan
from nbprovider.routing.resolve import ROLES, resolve

__all__ = ["ROLES", "Known", "NoDefaultModel", "plan", "resolve"]
