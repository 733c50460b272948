import subprocess
import sys

import pytest

from nbprovider import embedded
from nbprovider.embedded import __main__ as command
from nbprovider.errors import Unavailable

MODULE = [sys.executable, "-m", "nbprovider.embedded"]


def test_status_without_weights_fails_and_names_the_command(capsys):
    assert command.main(["status"]) == 1
    assert "python -m nbprovider.embedded install" in capsys.readouterr().out


def test_stop_without_a_server_is_no_failure(capsys):
    assert command.main(["stop"]) == 0
    assert capsys.readouterr().out == "No server was running.\n"


def test_wrong_words_exit_with_2(capsys):
    with pytest.raises(SystemExit) as caught:
        command.main(["instal"])
    assert caught.value.code == 2
    assert "install" in capsys.readouterr().err


def test_an_error_is_a_sentence_and_pips_words_not_a_traceback(capsys, monkeypatch):
    def fail(_progress):
        raise Unavailable("No network.", hint="Connect.", detail="pip: nothing")

    monkeypatch.setattr(embedded, "install", fail)
    assert command.main(["install"]) == 1
    assert capsys.readouterr().err == "\nerror: No network. Connect.\npip: nothing\n"


def test_an_interrupt_exits_with_130(monkeypatch, capsys):
    def stop(_progress):
        raise KeyboardInterrupt

    monkeypatch.setattr(embedded, "install", stop)
    assert command.main(["install"]) == 130
    assert "Interrupted" in capsys.readouterr().err


def test_without_a_terminal_progress_is_a_line_at_each_tenth(capsys):
    say = command._lines()
    for done in range(0, 101, 5):
        say(done * 1_000_000, 100_000_000)
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 11
    assert (lines[0], lines[-1]) == ("  0 %  0.0 MB", "100 %  100.0 MB")


def test_in_a_terminal_progress_is_one_line(capsys):
    """It is drawn over itself and ended once."""
    draw = command._bar()
    for done in (0, 50, 50, 100, 100):
        draw(done * 1_000_000, 100_000_000)
    out = capsys.readouterr().out
    assert out.count("\r") == 3
    assert out.count("\n") == 1
    assert out.endswith(f"[{'#' * 30}] 100.0 MB\n")


def test_progress_without_a_total_is_still_shown(capsys):
    for progress in (command._bar(), command._lines()):
        progress(5_000_000, None)
    assert capsys.readouterr().out.count("5.0 MB") == 2


@pytest.mark.model
def test_status_and_stop_in_a_shell(model_home, client):
    assert (model_home / "data").exists()
    one = client()
    pid = one.endpoint()[2]
    shown = subprocess.run([*MODULE, "status"], capture_output=True, text=True, check=True)
    assert f"process {pid}, port " in shown.stdout
    assert "1 client" in shown.stdout
    stopped = subprocess.run([*MODULE, "stop"], capture_output=True, text=True, check=True)
    assert stopped.stdout == "Stopped.\n"
    assert not embedded.status().running
