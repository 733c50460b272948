"""Plain values that every layer shares: no I/O, nothing heavy.

Parts and messages, a call and its options, usage, steps (what a flow needs), events (what it
says), and the fold from events to a turn.
"""

from nbprovider.types.call import Cache, Call, Effort, Options, Ref, Route, Tool
from nbprovider.types.events import (
    Alive,
    Answered,
    Delta,
    Event,
    Failed,
    Finish,
    Heartbeat,
    Interrupted,
    Opened,
    Reason,
    Report,
    Sending,
    Served,
    Spell,
    Started,
)
from nbprovider.types.fold import Fold, Turn, fold
from nbprovider.types.parts import (
    Citation,
    Extra,
    Media,
    Message,
    Opaque,
    Part,
    Role,
    Text,
    Thinking,
    ToolCall,
    ToolResult,
)
from nbprovider.types.steps import Await, Block, Command, Head, Read, Request, Send, Sleep, Step
from nbprovider.types.usage import Usage

__all__ = [
    "Alive",
    "Answered",
    "Await",
    "Block",
    "Cache",
    "Call",
    "Citation",
    "Command",
    "Delta",
    "Effort",
    "Event",
    "Extra",
    "Failed",
    "Finish",
    "Fold",
    "Head",
    "Heartbeat",
    "Interrupted",
    "Media",
    "Message",
    "Opaque",
    "Opened",
    "Options",
    "Part",
    "Read",
    "Reason",
    "Ref",
    "Report",
    "Request",
    "Role",
    "Route",
    "Send",
    "Sending",
    "Served",
    "Sleep",
    "Spell",
    "Started",
    "Step",
    "Text",
    "Thinking",
    "Tool",
    "ToolCall",
    "ToolResult",
    "Turn",
    "Usage",
    "fold",
]
