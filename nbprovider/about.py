"""What this version is called: the one place that says so."""

__version__ = "0.1.0"
