"""Addresses in all their spellings: those that are never spoken to, and those that may be."""

from __future__ import annotations


def wide(text: str) -> str:
    """Return the text in full-width letters."""
    return "".join(chr(ord(letter) + 0xFEE0) for letter in text)


# As the host of a URL: what some resolver, or a lenient reader, takes for such an address.
FORBIDDEN = {
    "the usual way": ("169.254.169.254", "169.254.170.2", "169.254.170.23", "169.254.0.1"),
    "other clouds": ("100.100.100.200", "168.63.129.16", "192.0.0.192"),
    "in IPv6": ("[fd00:ec2::254]", "[fd00:ec2::23]", "[fd20:ce::254]", "[FD00:EC2:0:0::254]"),
    "link-local in IPv6": ("[fe80::1]", "[febf::1]", "[FE80::A9FE:A9FE]", "[fe80::1%25eth0]"),
    "a zone": ("[fe80::1%eth0]", "[fd00:ec2::254%25lo]"),
    "no machine": ("0.0.0.0", "0.1.2.3", "0", "0x0", "00", "[::]", "[0:0:0:0:0:0:0:0]"),
    "many machines": ("224.0.0.1", "239.255.255.255", "255.255.255.255", "[ff02::1]"),
    "reserved": ("240.0.0.1", "250.1.2.3"),
    "decimal": ("2852039166", "1684301000", "4294967295"),
    "octal": ("0251.0376.0251.0376", "025177524776", "0144.0144.0144.0310"),
    "hexadecimal": ("0xa9fea9fe", "0xA9.0xFE.0xA9.0xFE", "0x00000000a9fea9fe", "0xa83f8110"),
    "short": ("169.254.43518", "169.16689662", "169.254.0xa9fe", "0251.16689662"),
    "mixed": ("169.0xfe.0251.254", "0xa9.254.169.0376"),
    "a dot at the end": ("169.254.169.254.", "0xa9fea9fe.", "metadata.google.internal."),
    "percent signs": (
        "%31%36%39.254.169.254",
        "169%2e254%2e169%2e254",
        "%2531%2536%2539.254.169.254",
    ),
    "other letters": (
        wide("169.254.169.254"),
        "169。254。169。254",
        "169\uff0e254\uff0e169\uff0e254",
        "①⑥⑨.②⑤④.①⑥⑨.②⑤④",
        "169.254.169.254\u200b",
    ),
    "mapped": ("[::ffff:169.254.169.254]", "[::ffff:a9fe:a9fe]", "[0:0:0:0:0:FFFF:A9FE:A9FE]"),
    "compatible": ("[::169.254.169.254]", "[::a9fe:a9fe]"),
    "translated": ("[::ffff:0:169.254.169.254]",),
    "NAT64": ("[64:ff9b::169.254.169.254]", "[64:ff9b::a9fe:a9fe]", "[64:ff9b::6464:64c8]"),
    "a network's own NAT64": ("[64:ff9b:1::a9fe:a9fe]", "[64:ff9b:1:a9fe:a9:fe00::]"),
    "6to4": ("[2002:a9fe:a9fe::]", "[2002:a83f:8110::1]"),
    "Teredo": ("[2001:0:4136:e378:8000:63bf:5601:5601]", "[2001:0:a9fe:a9fe:8000:63bf:f7f7:f7f7]"),
    "by name": ("metadata.google.internal", "METADATA.Google.Internal", "metadata.goog"),
}

LOCAL = """
127.0.0.1 127.9.9.9 127.1 0x7f.1 0177.0.0.1 2130706433 [::1] [::ffff:127.0.0.1] 10.0.0.1
172.16.0.1 192.168.1.5 100.64.1.1 [fd12::1] localhost LOCALHOST localhost. a.localhost gpu
desk.local nas.lan host.docker.internal box.home.arpa
"""

PUBLIC = """
api.openai.com 8.8.8.8 1.1.1.1 [2606:4700::1111] [64:ff9b::808:808] [::ffff:8.8.8.8] 100.63.0.1
172.32.0.1 169.253.1.1 bücher.example xn--bcher-kva.example not-known-yet.example 1e100.net
0xide.computer 169.254.169.254.nip.example gpu_1.example.org
"""


def forbidden() -> list[str]:
    return [host for hosts in FORBIDDEN.values() for host in hosts]
