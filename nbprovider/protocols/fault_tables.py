"""The tables of `faults`: providers' codes, words and statuses, and what each error says.

Gathered from the providers' documentation and SDKs: the codes of OpenAI, Anthropic, Google,
Bedrock, Azure, Mistral, Cohere, Moonshot, Z.AI, MiniMax, Perplexity, OpenRouter and llama.cpp.
"""

from __future__ import annotations

from nbprovider.errors import (
    BadRequest,
    ContentRefused,
    ContextTooLong,
    Forbidden,
    Overloaded,
    ProviderError,
    QuotaExhausted,
    RateLimited,
    Stalled,
    Unauthorized,
    Unavailable,
    UnknownModel,
)

_Table = dict[str, type[ProviderError]]


def _table(rows: dict[type[ProviderError], str]) -> _Table:
    """Return code → error, the codes without their underscores."""
    return {code.replace("_", ""): error for error, codes in rows.items() for code in codes.split()}


CODES = _table(
    {
        QuotaExhausted: """
            insufficient_quota billing_hard_limit_reached credit_balance_exhausted
            organization_spend_limit_exceeded project_spend_limit_exceeded
            organization_usage_limit_exceeded billing_not_active payment_required billing_error
            enforced_spend_limit_reached contract_spend_limit_reached
            exceeded_current_quota_error usage_limit_reached usage_limit_exceeded
            insufficient_balance insufficient_credits quota_exceeded insufficient_balance_error
            service_quota_exceeded_exception
            1113 1308 1309 1310 1311 1313 1314 1315 1316 1317 1318 1319 1320 1321""",
        RateLimited: """
            rate_limit_exceeded rate_limit_error rate_limit_reached rate_limit_reached_error
            rate_limited
            rate_limit too_many_requests throttling_exception throttling resource_exhausted
            1302 1303 1304 1305""",
        Overloaded: """
            overloaded_error overloaded server_is_overloaded service_unavailable
            service_unavailable_error provider_overloaded provider_unavailable
            model_not_ready_exception service_unavailable_exception engine_overloaded_error
            engine_overloaded unavailable capacity_exceeded model_overloaded slow_down
            service_tier_capacity_exceeded""",
        ContextTooLong: """
            context_length_exceeded exceed_context_size_error string_above_max_length
            max_tokens_exceeded token_limit_exceeded too_many_prompt_tokens too_many_tokens
            request_too_large string_too_long payload_too_large
            model_context_window_exceeded 1261""",
        Unauthorized: """
            invalid_api_key authentication_error unauthenticated unrecognized_client_exception
            invalid_signature_exception expired_token_exception api_key_invalid
            invalid_authentication_error invalid_authentication expired_api_key token_expired
            authentication invalid_token unauthorized missing_api_key incorrect_api_key
            incomplete_signature_exception missing_authentication_token_exception
            signature_does_not_match request_time_too_skewed request_expired""",
        Forbidden: """
            permission_error permission_denied access_denied_exception permission_denied_error
            unsupported_country_region_territory organization_restricted""",
        ContentRefused: """
            content_filter content_policy_violation responsible_ai_policy_violation cyber_policy
            invalid_prompt image_content_policy_violation bio_policy misalignment_policy_violation
            content_filtered guardrail_intervened refusal""",
        UnknownModel: """
            model_not_found not_found_error model_decommissioned deployment_not_found
            resource_not_found_exception model_not_exist model_does_not_exist unknown_model
            invalid_model model_not_available no_such_model 1211""",
        Unavailable: """
            tool_use_failed json_validate_failed model_stream_error_exception
            model_error_exception model_timeout_exception
            invalid_tool_generation""",
    }
)
"""Codes that decide, whatever the status."""

VAGUE = _table(
    {
        Unavailable: """
            server_error api_error timeout_error internal_server_error internal internal_error
            internal_server_exception deadline_exceeded timeout unknown server""",
        BadRequest: """
            invalid_request_error invalid_argument bad_request invalid_request
            failed_precondition precondition_failed unprocessable
            validation_exception out_of_range unimplemented
            invalid_request_prompt not_supported_error unsupported_value unsupported_parameter
            data_residency_mismatch invalid_image invalid_image_format invalid_image_url
            invalid_base64_image invalid_image_mode image_too_large image_too_small
            image_parse_error image_file_too_large image_file_not_found empty_image_file
            unsupported_image_media_type failed_to_download_image""",
        UnknownModel: "not_found",
        Forbidden: "forbidden",
        RateLimited: "1002",
        Unauthorized: "1004",
        QuotaExhausted: "1008",
        ContentRefused: "1026 1027",
        ContextTooLong: "1039",
    }
)
"""Codes that decide only where nothing else does; MiniMax sends its numbers on a 200."""

_REFUSED = frozenset({400, 413, 422, 500})

WORDS: tuple[tuple[type[ProviderError], frozenset[int], tuple[str, ...]], ...] = (
    (
        QuotaExhausted,
        frozenset({400, 402, 403, 429}),
        (
            "credit balance",
            "insufficient balance",
            "insufficient credits",
            "exceeded your current quota",
            "used all available credits",
            "doesn't have any credits",
            "billing to be enabled",
            "api calls / month",
            "spending limit",
        ),
    ),
    (
        Overloaded,
        frozenset({429, 498, 500, 503}),
        ("overloaded", "over capacity", "tier capacity exceeded"),
    ),
    (
        ContextTooLong,
        _REFUSED,
        (
            "maximum context length",
            "max context length",
            "reduce the length of the messages",
            "exceed context limit",
            "prompt is too long",
            "prompt too long",
            "input is too long",
            "input tokens exceed",
            "input token count",
            "number of tokens allowed",
            "exceeds the available context size",
            "exceeds the context window",
            "is longer than the model's context length",
            "`inputs` tokens + `max_new_tokens` must be",
            "maximum input length is",
            "current length is",
            "length of all messages is too long",
        ),
    ),
    (
        Unauthorized,
        frozenset({400, 403}),
        ("incorrect api key", "invalid api key", "api key not valid", "api key expired"),
    ),
    (
        UnknownModel,
        frozenset({400}),
        (
            "model not found",
            "model not exist",
            "is not a valid model",
            "supported api model names",
            "unknown model",
            "no such model",
            "provided model identifier is invalid",
        ),
    ),
    (ContentRefused, frozenset({400, 403}), ("content management policy", "content policy")),
)
"""Phrases (lower case) that decide together with one of the statuses."""

STATUSES: dict[int, type[ProviderError]] = {
    401: Unauthorized,
    402: QuotaExhausted,
    403: Forbidden,
    404: UnknownModel,
    407: Forbidden,
    408: Unavailable,
    409: Unavailable,
    410: UnknownModel,
    413: ContextTooLong,
    425: Unavailable,
    429: RateLimited,
    498: ContentRefused,  # Cohere's, for words that it blocks; Groq's speaks of its capacity
    501: BadRequest,
    503: Overloaded,
    529: Overloaded,
}
"""Other statuses from 500 on are Unavailable, others from 400 on BadRequest."""

SAYINGS: dict[type[ProviderError], tuple[str, str]] = {
    Unauthorized: (
        "The provider does not accept the key",
        "Check the key with %provider doctor, or enter it again with %provider key NAME.",
    ),
    Forbidden: (
        "The key may not do this",
        "See in the provider's console what the key and its account are allowed.",
    ),
    QuotaExhausted: (
        "The account has no credit left, or has reached a limit of spending",
        "Add credit or raise the limit in the provider's console, or use another account.",
    ),
    RateLimited: (
        "The provider takes no more requests just now",
        "Wait a little, or use another model or account.",
    ),
    Overloaded: (
        "The provider is overloaded",
        "Wait a little, or use another model or provider.",
    ),
    Unavailable: ("The provider failed", "Try again, or use another model or provider."),
    Stalled: ("The provider fell silent", "Try again, or use another model or provider."),
    BadRequest: (
        "The provider refuses the request",
        "Change what its words name, or use another model.",
    ),
    ContextTooLong: (
        "The conversation is too long for the model",
        "Send less of it (--window), begin a new chat (--new), or use a model that reads more.",
    ),
    ContentRefused: (
        "The provider's content policy refuses the request",
        "Put it in other words, or use another model.",
    ),
    UnknownModel: (
        "The provider does not know the model",
        "See which it has with %provider models NAME.",
    ),
}
"""What happened, and what to do next."""

SAYINGS_OF: dict[int, tuple[str, str]] = {
    407: (
        "A proxy on the way wants a login",
        "Put the proxy's user name and password into `proxy` in settings.toml, before its host.",
    ),
}
"""The same for statuses that are not the provider's own."""

STOOD_BETWEEN: dict[int, str] = {
    400: "A web page came, so no provider answered: check the base URL, its http or https, too.",
    403: "A web page came, so a proxy or a firewall on the way may have refused: ask who runs it.",
    **dict.fromkeys(
        (502, 503, 504),
        "A web page came, so something on the way failed: wait a little, then check `proxy` in"
        " settings.toml.",
    ),
}
"""What to do about a refusal that came as a web page, by its status."""
