"""The forms of the exports that providers give, as of November 2026.

OpenAI: https://platform.openai.com/docs/api-reference/usage (completions, costs); the dashboard's
CSV has the same columns, amounts as `amount_value`. `input_tokens` has those of caches in it.
A cost grouped by line item names its model before a comma.

Anthropic: https://platform.claude.com/docs/en/api/admin/usage_report/retrieve_messages and
…/cost_report: amounts are cents, as text. The console's CSV:
https://support.claude.com/en/articles/9534590-cost-and-usage-reporting-in-the-claude-console; the
one of costs has display names ("Claude Haiku 4.5"). None of these tells requests, and none the
input with what caches take.

OpenRouter: https://openrouter.ai/docs/api-reference/analytics/get-activity, a row a model, endpoint
and day; the activity page's CSV (https://openrouter.ai/docs/guides/guides/activity-export) has a
row a generation. What was paid to a provider by a key of one's own is not in its cost.
"""

from __future__ import annotations

from decimal import Decimal

from msgspec import Struct

EACH_ROW = "*"
"""In place of a column of requests: each row is one."""


class Sheet(Struct, frozen=True):
    """A form of export: what tells it from others, and the columns that are read.

    - `marks`: columns that it has, and no other form
    - `day`, `end`: when the row's time begins and ends; `models`: its model's names
    - `input`, `cached`, `output`: columns that make them up together; `input` has those of caches
    - `cost`: the column, in `unit` USD; `currency`: the column that says so
    """

    provider: str
    name: str
    marks: frozenset[str]
    day: str
    models: tuple[str, ...]
    end: str = ""
    requests: str = ""
    input: tuple[str, ...] = ()
    cached: tuple[str, ...] = ()
    output: tuple[str, ...] = ()
    cost: str = ""
    currency: str = ""
    unit: Decimal = Decimal(1)


_CACHE_WRITES = tuple(f"usage_input_tokens_cache_write{span}" for span in ("", "_5m", "_1h"))

SHEETS: tuple[Sheet, ...] = (
    Sheet(
        provider="openai",
        name="OpenAI's usage",
        marks=frozenset({"start_time", "num_model_requests", "input_tokens"}),
        day="start_time",
        end="end_time",
        models=("model",),
        requests="num_model_requests",
        input=("input_tokens",),
        cached=("input_cached_tokens",),
        output=("output_tokens",),
    ),
    Sheet(
        provider="openai",
        name="OpenAI's costs",
        marks=frozenset({"start_time", "amount_value"}),
        day="start_time",
        end="end_time",
        models=("line_item",),
        cost="amount_value",
        currency="amount_currency",
    ),
    Sheet(
        provider="anthropic",
        name="Anthropic's usage (CSV)",
        marks=frozenset({"usage_date_utc", "usage_output_tokens", "usage_input_tokens_no_cache"}),
        day="usage_date_utc",
        models=("model_version",),
        input=(
            "usage_input_tokens_no_cache",
            "usage_input_tokens_cache_read",
            *_CACHE_WRITES,
        ),
        cached=("usage_input_tokens_cache_read",),
        output=("usage_output_tokens",),
    ),
    Sheet(
        provider="anthropic",
        name="Anthropic's costs (CSV)",
        marks=frozenset({"usage_date_utc", "cost_usd"}),
        day="usage_date_utc",
        models=("model",),
        cost="cost_usd",
    ),
    Sheet(
        provider="anthropic",
        name="Anthropic's usage report",
        marks=frozenset({"starting_at", "uncached_input_tokens", "output_tokens"}),
        day="starting_at",
        end="ending_at",
        models=("model",),
        input=(
            "uncached_input_tokens",
            "cache_read_input_tokens",
            "cache_creation_ephemeral_5m_input_tokens",
            "cache_creation_ephemeral_1h_input_tokens",
        ),
        cached=("cache_read_input_tokens",),
        output=("output_tokens",),
    ),
    Sheet(
        provider="anthropic",
        name="Anthropic's cost report",
        marks=frozenset({"starting_at", "amount"}),
        day="starting_at",
        end="ending_at",
        models=("model",),
        cost="amount",
        currency="currency",
        unit=Decimal("0.01"),
    ),
    Sheet(
        provider="openrouter",
        name="OpenRouter's activity (CSV)",
        marks=frozenset({"created_at", "cost_total", "tokens_prompt"}),
        day="created_at",
        models=("model_permaslug",),
        requests=EACH_ROW,
        input=("tokens_prompt",),
        cached=("tokens_cached",),
        output=("tokens_completion",),
        cost="cost_total",
    ),
    Sheet(
        provider="openrouter",
        name="OpenRouter's activity",
        marks=frozenset({"date", "usage", "requests"}),
        day="date",
        models=("model", "model_permaslug"),
        requests="requests",
        input=("prompt_tokens",),
        output=("completion_tokens",),
        cost="usage",
    ),
)
