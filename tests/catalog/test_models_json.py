"""docs/models_json.py makes the snapshot from public lists, whatever their shape."""

import importlib.util
import json
import subprocess
import sys
from datetime import date
from pathlib import Path

import msgspec
import pytest

from nbprovider.catalog.model import Facts, Snapshot

SCRIPT = Path(__file__).parents[2] / "docs" / "models_json.py"

MODELS_DEV = {
    "groq": {
        "models": {
            "some/model": {
                "id": "some/model",
                "reasoning": True,
                "tool_call": True,
                "modalities": {"input": ["text", "image"], "output": ["text"]},
                "limit": {"context": 1000, "output": 100},
            },
            "some-tts": {
                "id": "some-tts",
                "modalities": {"input": ["text"], "output": ["audio"]},
                "limit": {"context": 500, "output": 0},
            },
        }
    },
    "nobody-we-know": {"models": {"x": {"id": "x", "limit": {}}}},
}

LITELLM = {
    "sample_spec": {"litellm_provider": "one of the list", "mode": "chat"},
    "together_ai/some/chat": {
        "litellm_provider": "together_ai",
        "mode": "chat",
        "max_input_tokens": 2000,
        "max_output_tokens": 200,
        "supports_function_calling": True,
        "deprecation_date": "2027-03-04",
    },
    "some-ear": {"litellm_provider": "openai", "mode": "audio_transcription"},
    "some-film": {"litellm_provider": "openai", "mode": "video_generation"},
}

CATALOG = {
    "models": {
        "xai/some-grok": {
            "provider": "xai",
            "id": "some-grok",
            "mode": "responses",
            "context": 3000,
            "max_output": None,
            "vision": True,
            "tools": False,
            "reasoning": True,
        }
    }
}


@pytest.fixture
def script():
    spec = importlib.util.spec_from_file_location("models_script", SCRIPT)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def collected(script, path: Path, data) -> dict[str, dict[str, Facts]]:
    path.write_text(json.dumps(data))
    return script.collected([script.rows(path)], script.our_names())


def test_models_dev_is_read(script, tmp_path):
    assert collected(script, tmp_path / "api.json", MODELS_DEV) == {
        "groq": {
            "some-tts": Facts(kind="tts", context=500),
            "some/model": Facts(context=1000, max_output=100, can=("vision", "tools", "thinking")),
        }
    }


def test_litellms_list_is_read_and_its_names_become_ours(script, tmp_path):
    assert collected(script, tmp_path / "flat.json", LITELLM) == {
        "openai": {"some-ear": Facts(kind="stt")},
        "together": {
            "some/chat": Facts(
                context=2000, max_output=200, can=("tools",), retires=date(2027, 3, 4)
            )
        },
    }


def test_a_catalog_of_our_own_is_read(script, tmp_path):
    assert collected(script, tmp_path / "own.json", CATALOG) == {
        "xai": {"some-grok": Facts(context=3000, can=("vision", "thinking"))}
    }


def test_a_later_list_completes_an_earlier_one(script):
    lists = [
        iter([("xai", "m", {"context": 5, "max_output": 1})]),
        iter([("x-ai", "m", {"context": 6})]),
    ]
    assert script.collected(lists, script.our_names()) == {
        "xai": {"m": Facts(context=6, max_output=1)}
    }


def test_an_unknown_shape_is_refused_by_the_files_name(script, tmp_path):
    path = tmp_path / "odd.json"
    path.write_text('{"a": {"b": 1}}')
    with pytest.raises(SystemExit, match=r"odd\.json"):
        script.rows(path)


def test_what_is_written_reads_back_the_same(script):
    whole = Snapshot(
        date(2026, 1, 2), ("a list",), {"xai": {"m": Facts(can=("pdf",)), "n": Facts()}}
    )
    text = script.written(whole)
    assert msgspec.json.decode(text, type=Snapshot) == whole
    assert '\n"m": ' in text


def test_the_command_writes_the_snapshot_with_genai_prices_below_the_lists(tmp_path):
    (tmp_path / "api.json").write_text(json.dumps(MODELS_DEV))
    out = tmp_path / "models.json"
    line = [sys.executable, str(SCRIPT), str(tmp_path / "api.json"), "-o", str(out)]
    done = subprocess.run(line, capture_output=True, text=True, check=True)
    made = msgspec.json.decode(out.read_bytes(), type=Snapshot)
    assert "models of" in done.stdout
    assert made.sources[0].startswith("genai-prices ")
    assert made.sources[1] == "api"
    assert made.models["groq"]["some/model"].context == 1000
    assert len(made.models) > 5
