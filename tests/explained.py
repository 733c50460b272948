"""Records that say something else to us than to their vendor's SDK, and why that is right.

By traffic file, then by the record's id. Each of them differs: one that agrees is no longer listed.
"""

JSON_AS_VALUE = "the content is a JSON object, which the SDK leaves aside and we show as JSON"
EMPTY_CALL = "the SDK hands on a function_call without a name and arguments, which is no call"
SEVERAL_MESSAGES = (
    "the body holds several messages one after the other, each counting its blocks from 0; the SDK"
    " puts the later messages' deltas on the first one's blocks, we read each block by itself"
)
SEVERAL_RESPONSES = (
    "the body holds several responses: the SDK shows the last, and we all that they say"
)
NO_REASON = "a stream without any reason to finish: the SDK says nothing, we say it was cut short"

EXPLAINED: dict[str, dict[str, str]] = {
    "anthropic-messages": {
        "0c5812a3611eab3c": SEVERAL_MESSAGES,
        "63ea819fad0acce1": SEVERAL_MESSAGES,
    },
    "bedrock-converse": {},
    "cohere-v2": {},
    "embeddings": {
        "88f84bb1aa5b02f4": (
            "Perplexity sends, unasked, a signed byte a number (1024 of them); the SDK reads each"
            " four as a float, and so sums that are no numbers: a user wants the 1024"
        ),
    },
    "gemini": {
        "bc5ee2017c42135c": "a function call in pieces: the SDK hands on each, we join them",
        "73ff6bad3abb51ca": NO_REASON,
        "faf568854dd75550": NO_REASON,
    },
    "mistral": {},
    "models": {},
    "ollama-chat": {},
    "openai-chat": {
        "1afb094fb8a452fc": JSON_AS_VALUE,
        "95da91cf1af5fbeb": JSON_AS_VALUE,
        "4e321e02a560e97b": "no choices: the SDK makes an empty object of it, we say so",
        "1ef3cd07748c49d6": "the summary of thought is in reasoning_details only, and we show it",
        "0e10a3b2a390327f": EMPTY_CALL,
        "a894256115ece096": EMPTY_CALL,
        "dde96cf7e4730d4d": EMPTY_CALL,
        "7dd011fc4267a0d0": f"{EMPTY_CALL}; its thought is in reasoning_details, and we show it",
    },
    "openai-responses": {
        "acdaff5dc814fc2a": SEVERAL_RESPONSES,
        "d98dce33fdceda79": "the pieces say less than the final event: what streamed was shown",
    },
}
