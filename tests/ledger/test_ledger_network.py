"""A network file system is known by the table of mounts."""

from __future__ import annotations

import pytest

from nbprovider.ledger import network

TABLE = r"""
22 1 8:1 / / rw,relatime - ext4 /dev/sda1 rw
30 22 0:40 / /home rw,relatime shared:1 - nfs4 server:/home rw
31 30 8:2 / /home/ann/fast rw,relatime - xfs /dev/sdb1 rw
32 22 0:41 / /mnt/my\040share rw - cifs //server/share rw
garbage
"""


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/var/lib", "ext4"),
        ("/home", "nfs4"),
        ("/home/ann/.local", "nfs4"),
        ("/home/ann/fast/x", "xfs"),
        ("/home/ann/faster", "nfs4"),
        ("/homes", "ext4"),
        ("/mnt/my share/x", "cifs"),
    ],
)
def test_the_longest_mount_point_above_the_path_counts(path, kind):
    assert network.mounted(path, TABLE) == kind


def test_only_network_file_systems_are_told(tmp_path, monkeypatch):
    table = tmp_path / "mountinfo"
    monkeypatch.setattr(network, "MOUNTS", table)
    table.write_text("22 1 8:1 / / rw - ext4 /dev/sda1 rw\n")
    assert network.kind(tmp_path) == ""
    table.write_text("22 1 0:40 / / rw - nfs4 server:/ rw\n")
    assert network.kind(tmp_path) == "nfs4"
    table.unlink()
    assert network.kind(tmp_path) == ""
