"""Whether a browser that logs in can come back to this kernel by itself."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

SIGNS = {
    "JUPYTERHUB_": "JupyterHub",
    "COLAB_": "Colab",
    "KAGGLE_": "Kaggle",
    "SSH_CONNECTION": "a connection by SSH",
    "SSH_CLIENT": "a connection by SSH",
    "CODESPACES": "a Codespace",
    "GITPOD_": "Gitpod",
    "BINDER_": "Binder",
    "REMOTE_CONTAINERS": "a container of VS Code",
    "VSCODE_AGENT_FOLDER": "a remote window of VS Code",
    "VSCODE_REMOTE": "a remote window of VS Code",
    "KUBERNETES_SERVICE_HOST": "Kubernetes",
    "SAGEMAKER_": "SageMaker",
    "DATABRICKS_RUNTIME_VERSION": "Databricks",
}
"""How the name of a variable begins → what it speaks of."""

CONTAINERS = (Path("/.dockerenv"), Path("/run/.containerenv"))


def elsewhere(environment: Mapping[str, str] = os.environ) -> str:
    """Return what says that the browser is on another machine than this kernel, "" for nothing."""
    for start, what in SIGNS.items():
        if any(name.startswith(start) and value for name, value in environment.items()):
            return what
    return "a container" if any(path.exists() for path in CONTAINERS) else ""
