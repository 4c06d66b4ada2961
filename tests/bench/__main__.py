# SPDX-License-Identifier: EUPL-1.2
"""`make bench`: each figure three times, with the bound of the same run. Names as arguments choose some."""

import sys

from tests.bench import (
    aggregation,
    expansion,
    ingest,
    mapping,
    pages,
    reads,
    replay,
    requests,
    rights,
    series,
    spool,
    start,
    writes,
)

BENCHMARKS = {
    "start": start.run,
    "expansion": expansion.run,
    "mapping": mapping.run,
    "ingest": ingest.run,
    "requests": requests.run,
    "rights": rights.run,
    "writes": writes.run,
    "reads": reads.run,
    "series": series.run,
    "aggregation": aggregation.run,
    "replay": replay.run,
    "spool": spool.run,
    "pages": pages.run,
}


def main() -> None:
    chosen = sys.argv[1:] or list(BENCHMARKS)
    for name in chosen:
        for figure in BENCHMARKS[name]():
            print(figure.line(), flush=True)


if __name__ == "__main__":
    main()
