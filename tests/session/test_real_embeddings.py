"""Embeddings of a real model, by llama.cpp's own server in a process of its own."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

import nbprovider
from model_fixture import model_weights  # noqa: F401 - a fixture
from nbprovider.errors import ProviderError

pytestmark = pytest.mark.model

SERVER = """
import sys, xllamacpp
wanted = xllamacpp.CommonParams()
wanted.model.path, wanted.model_alias = sys.argv[1], {"tiny"}
wanted.hostnames, wanted.port = ["127.0.0.1"], 0
wanted.n_ctx = wanted.n_batch = wanted.n_ubatch = 512
wanted.n_parallel = 1
wanted.cpuparams.n_threads = wanted.cpuparams_batch.n_threads = 1
wanted.embedding = True
wanted.pooling_type = getattr(xllamacpp.llama_pooling_type, f"LLAMA_POOLING_TYPE_{sys.argv[2]}")
server = xllamacpp.Server(wanted)
print(server.listening_address, flush=True)
sys.stdin.read()
"""
"""Says its address, then runs until its standard input ends: also when the test is killed."""


@pytest.fixture
def serve(model_weights, monkeypatch):  # noqa: F811 - pytest's way
    """Start the server with a kind of pooling, and point the provider `llamacpp` to it."""
    running = []

    def start(pooling):
        process = subprocess.Popen(
            [sys.executable, "-c", SERVER, str(model_weights), pooling],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        running.append(process)
        port = next(line for line in process.stdout if line.startswith(b"http"))
        port = port.decode().strip().rpartition(":")[2]
        monkeypatch.setenv("LLAMA_CPP_BASE_URL", f"http://127.0.0.1:{port}/v1")

    yield start
    for process in running:
        process.kill()
        process.wait()
        process.stdin.close()
        process.stdout.close()


def cosine(one, other):
    return one @ other / np.linalg.norm(one) / np.linalg.norm(other)


def test_what_is_near_in_meaning_is_near_in_numbers(serve):
    serve("MEAN")
    texts = ["The cat sleeps on the sofa.", "A cat is sleeping on a couch.", "Sum of squares"]
    table = nbprovider.embed(pd.Series(texts, index=["a", "b", "c"]), model="llamacpp:tiny")
    assert table.index.tolist() == ["a", "b", "c"]
    assert table.shape == (3, 576)
    a, b, c = table.to_numpy()
    assert cosine(a, b) > cosine(a, c)
    assert nbprovider.embed(texts[0], model="llamacpp:tiny") == pytest.approx(a, abs=1e-3)
    rows = nbprovider.usage()
    assert rows["purpose"].tolist() == ["embedding", "embedding"]
    assert (rows["input"] > 0).all()
    assert rows["cost"].tolist() == [0, 0]
    assert rows["cost_source"].tolist() == ["local", "local"]


def test_a_vector_for_each_token_says_how_to_start_the_server(serve):
    serve("NONE")
    with pytest.raises(ProviderError, match=r"[Pp]ooling"):
        nbprovider.embed("The cat sleeps.", model="llamacpp:tiny")
