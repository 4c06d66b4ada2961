# SPDX-License-Identifier: EUPL-1.2
"""What is read and written to try the codec."""

from hypothesis import strategies as st

from broker.mqtt.packets import Packet
from broker.mqtt.reading import Decoder

MOST = 1024 * 1024
words = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)
topics = words.map(lambda word: word.replace("#", "").replace("+", "") or "t")


def read_all(version: int, *pieces: bytes) -> list[Packet]:
    decoder = Decoder(version, max_bytes=MOST)
    return [packet for piece in pieces for packet in decoder.feed(piece)]
