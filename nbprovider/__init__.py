"""Any AI provider in a notebook: streamed answers, safe keys, honest costs."""

__version__ = "0.1.0"
