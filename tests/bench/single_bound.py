# SPDX-License-Identifier: EUPL-1.2
"""The bound of single changes: what pgbench does by SQL alone, one change a transaction, on as many connections.

The effect is that of PATCH of one attribute: locked read, update of the document, one row of history.
"""

import re
import subprocess
import tempfile

from allmende.launch.cluster import installed_programs
from tests.bench.samples import OBSERVED

# pgbench takes what follows a colon for a variable, in texts as well: hence their escapes.
CHANGE = """
\\set number random(0, {last})
\\set value random(0, 1000)
WITH locked AS MATERIALIZED (
  SELECT e.seq
    FROM t_default.name n
    JOIN t_default.entity e ON e.seq = n.seq
   WHERE n.id = E'urn\\x3angsi-ld\\x3aAirQualityObserved\\x3acity-' || lpad(:number::text, 7, '0')
     FOR NO KEY UPDATE OF e
), updated AS (
  UPDATE t_default.entity e
     SET modified_at = clock_timestamp(), document = jsonb_set(e.document, ARRAY['{iri}', '0', 'value'], to_jsonb(:value::float8))
    FROM locked l
   WHERE e.seq = l.seq
)
INSERT INTO t_default.history (seq, attribute, dataset, time, observed, modified_at, deleted, number, value)
     SELECT l.seq, a.id, 0, clock_timestamp(), true, clock_timestamp(), false, :value, '{{"type":"Property","unitCode":"GQ"}}'
       FROM locked l, t_default.attribute a
      WHERE a.iri = '{iri}'
ON CONFLICT (seq, attribute, dataset, time) DO NOTHING;
"""


def measure_single(url: str, entities: int, connections: int, seconds: int = 5) -> float:
    """Changes per second of entities at random."""
    script = CHANGE.format(last=entities - 1, iri=f"https://uri.etsi.org/ngsi-ld/default-context/{OBSERVED[0][0]}")
    with tempfile.NamedTemporaryFile("w", suffix=".sql") as file:
        file.write(script)
        file.flush()
        command = [installed_programs() / "bin" / "pgbench", "-n", "-M", "prepared", "-c", str(connections), "-j", "1"]
        run = subprocess.run(
            [*command, "-T", str(seconds), "-f", file.name, url], capture_output=True, text=True, check=True
        )
    rate = re.search(r"tps = ([0-9.]+)", run.stdout)
    if rate is None or "number of failed transactions: 0" not in run.stdout:
        raise AssertionError(run.stdout)
    return float(rate[1])
