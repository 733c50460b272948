"""Tools: functions of the notebook, and of servers, that a model may ask for."""

from nbprovider.session.tools.approval import approved
from nbprovider.session.tools.marking import chosen, runnable, tool
from nbprovider.session.tools.runnable import Approval, Runnable

__all__ = ["Approval", "Runnable", "approved", "chosen", "runnable", "tool"]
