# SPDX-License-Identifier: EUPL-1.2
"""Pages are read to the last one; the cursor claims none that was not read."""

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from allmende.connector import Record
from allmende.errors import Retry, SourceError, Stop
from connectors.declarative.connector import Declared
from tests.connectors.asking import asking, cursor_after, ids, read_on, rows
from tests.connectors.hosts import Answering, Asked, Host, Reply, host
from tests.connectors.writing import read_all

PAGES = [rows(1, 2), rows(3, 4), rows(5)]


@pytest.fixture
def city() -> Iterator[Host]:
    with host() as opened:
        yield opened


def by_offset(asked: Asked) -> Reply:
    """At most two records, however many are asked for."""
    all_rows = [row for page in PAGES for row in page]
    start = int(asked.params["from"])
    return Reply(content=all_rows[start : start + 2])


def by_number(asked: Asked) -> Reply:
    number = int(asked.params["page"])
    return Reply(content=PAGES[number - 1]) if number <= len(PAGES) else Reply(status=404)


def by_link(asked: Asked) -> Reply:
    number = int(asked.params.get("page", 0))
    link = {} if number == 2 else {"Link": f'</x>; rel="first", </a?page={number + 1}>; rel="next"'}
    return Reply(content=PAGES[number], headers=link)


def by_next(asked: Asked) -> Reply:
    number = int(asked.params.get("page", 0))
    following = None if number == 2 else f"?page={number + 1}"
    return Reply(content={"rows": PAGES[number], "links": {"next": following}})


def by_cursor(asked: Asked) -> Reply:
    number = int(asked.params.get("at", 0))
    return Reply(content={"rows": PAGES[number], "more": number + 1 if number < 2 else ""})


def in_xml(asked: Asked) -> Reply:
    number = int(asked.params.get("at", 0))
    more = f"<more>{number + 1}</more>" if number < 2 else "<more/>"
    rows = "".join(f"<row><id>{row['id']}</id></row>" for row in PAGES[number])
    return Reply(content=f"<a>{rows}{more}</a>".encode(), headers={"Content-Type": "text/xml"})


WAYS = [
    (by_offset, "{offset: from, size: 50, limit: count}", "", 3),
    (by_number, "{page: page, size: 2}", "", 3),
    (by_link, "{link: true}", "", 3),
    (by_next, "{next: links.next}", "records: rows\n", 3),
    (by_cursor, "{cursor: more, param: at}", "records: rows\n", 3),
    (in_xml, "{cursor: a.more, param: at}", "records: a.row\n", 3),
]


def paged(folder: Path, city: Host, paging: str, rest: str = "", more: str = "") -> Declared:
    return asking(folder, f"{city.url}/a?k=v", f"paging: {paging}\n{more}", rest)


@pytest.mark.parametrize(("answer", "paging", "rest", "asked"), WAYS)
def test_all_pages_are_read(tmp_path: Path, city: Host, answer: Answering, paging: str, rest: str, asked: int) -> None:
    city.answers["/a"] = answer
    connector = paged(tmp_path, city, paging, rest)

    first, cursor = read_on(connector, {})
    same, _ = read_on(connector, json.loads(json.dumps(cursor)))

    assert [int(name) for name in first] == [1, 2, 3, 4, 5]
    assert same == []
    assert len(city.asked) == 2 * asked


def test_parameters_go_to_each_page(tmp_path: Path, city: Host) -> None:
    city.answers["/a"] = by_offset
    read_all(paged(tmp_path, city, "{offset: from, size: 50, limit: count}"))

    assert [asked.params for asked in city.asked] == [
        {"k": "v", "count": "50", "from": "0"},
        {"k": "v", "count": "50", "from": "2"},
        {"k": "v", "count": "50", "from": "4"},
    ]


def test_without_a_size_an_empty_page_is_the_last(tmp_path: Path, city: Host) -> None:
    city.answers["/a"] = lambda asked: Reply(content=[*PAGES, []][int(asked.params["p"])])

    assert ids(read_all(paged(tmp_path, city, "{page: p, first: 0}"))) == [1, 2, 3, 4, 5]


def read_until_it_fails(connector: Declared, cursor: dict[str, Any]) -> tuple[list[Record], SourceError]:

    records: list[Record] = []

    async def read() -> None:
        async for record in connector.source.read(cursor):
            records.append(record)  # noqa: PERF401 - what came before the failure is wanted

    with pytest.raises(SourceError) as caught:
        asyncio.run(read())
    return records, caught.value


@pytest.mark.parametrize("failure", [Reply(status=500), Reply(content=b"["), None])
def test_a_page_that_fails_is_not_claimed(tmp_path: Path, city: Host, failure: Reply | None) -> None:
    is_away = True

    def answer(asked: Asked) -> Reply | None:
        return failure if is_away and asked.params.get("page") == "2" else by_number(asked)

    city.answers["/a"] = answer
    connector = paged(tmp_path, city, "{page: page, size: 2}", more="format: json")

    before, error = read_until_it_fails(connector, {})
    is_away = False
    after, _ = read_on(connector, cursor_after(before))

    assert isinstance(error, Retry)
    assert ids(before) == [1, 2]
    assert after == [3, 4, 5]


def test_only_pages_that_have_changed_give_records(tmp_path: Path, city: Host) -> None:
    pages = [rows(1, 2), rows(3, 4), rows(5)]
    city.answers["/a"] = lambda asked: Reply(content=pages[int(asked.params["page"]) - 1])
    connector = paged(tmp_path, city, "{page: page, size: 2}")
    _, cursor = read_on(connector, {})

    pages[1] = rows(3, 4, x=1)
    changed, cursor = read_on(connector, cursor)
    same, _ = read_on(connector, cursor)

    assert (changed, same) == ([3, 4], [])


def test_a_page_that_broke_off_in_the_midst_is_read_on(tmp_path: Path, city: Host) -> None:
    city.answers["/a"] = by_number
    connector = paged(tmp_path, city, "{page: page, size: 2}")
    cursor = cursor_after(read_all(connector)[:3])

    rest, _ = read_on(connector, cursor)

    assert rest == [4, 5]


def test_a_page_that_was_read_in_part_and_is_as_before_is_read_again(tmp_path: Path, city: Host) -> None:
    pages = [rows(1, 2), rows(3)]
    city.answers["/a"] = lambda asked: Reply(content=pages[int(asked.params["page"]) - 1])
    connector = paged(tmp_path, city, "{page: page, size: 2}")
    _, cursor = read_on(connector, {})
    pages[0] = rows(1, 2, x=1)
    cursor |= cursor_after(read_all(connector, cursor)[:1])

    pages[0] = rows(1, 2)
    back, _ = read_on(connector, cursor)

    assert back == [1, 2]


@pytest.mark.parametrize(
    ("answer", "paging", "words"),
    [
        (lambda _: Reply(content=rows(1, 2)), "{page: page, size: 2}", "Page 2 of .*/a is one that came before"),
        (lambda _: Reply(content=rows(1, 2)), "{offset: from, size: 2}", "Page 2 of .*/a is one that came before"),
        (
            lambda a: Reply(content=rows(len(a.params)), headers={"Link": '<?k=v>; rel="next"'}),
            "{link: true}",
            "Page 1 of .*/a leads to one before it",
        ),
        (
            lambda a: Reply(content=rows(int(a.params["page"]), 0)),
            "{page: page, size: 2, most: 3}",
            "more than 3 pages: raise 'source.paging.most'",
        ),
        (lambda _: Reply(content={"id": 1, "n": 5}), "{next: n}", "gives no address but int"),
        (lambda _: Reply(content={"id": 1, "n": [5]}), "{cursor: n, param: c}", "gives no text or number but list"),
        (lambda _: Reply(content={"id": 1}), "{next: $number('x')}", "paging.next: "),
    ],
)  # fmt: skip
def test_pages_that_never_end_are_an_error(
    tmp_path: Path, city: Host, answer: Answering, paging: str, words: str
) -> None:
    city.answers["/a"] = answer

    with pytest.raises(Retry, match=words):
        read_all(paged(tmp_path, city, paging))

    assert len(city.asked) <= 3


def test_a_table_has_no_expression_over_its_answer(tmp_path: Path, city: Host) -> None:
    city.serve("/a", b"id,x\n1,1\n", Content_Type="text/csv")

    with pytest.raises(Stop, match=r"paging\.next reads JSON and XML, and this is csv"):
        read_all(paged(tmp_path, city, "{next: n}"))


def test_a_next_page_elsewhere_is_asked_without_the_key(tmp_path: Path, city: Host) -> None:
    with host() as other:
        city.serve("/a", {"id": 1, "next": f"{other.url}/b"})
        other.serve("/b", {"id": 2})

        read = read_all(paged(tmp_path, city, "{next: next}", more="auth: {bearer: key-7431}"))

    assert ids(read) == [1, 2]
    assert "key-7431" in city.asked[0].headers["authorization"]
    assert "key-7431" not in str(other.asked[0].headers)


def test_the_first_record_of_an_answer_is_marked(tmp_path: Path, city: Host) -> None:
    city.answers["/a"] = by_number
    records = read_all(paged(tmp_path, city, "{page: page, size: 2}"))

    assert [record.first for record in records] == [True, False, False, False, False]
