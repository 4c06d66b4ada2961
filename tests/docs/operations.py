# SPDX-License-Identifier: EUPL-1.2
"""The table of NGSI-LD operations in docs/reference/http.md, from their declarations."""

from broker.web.operations import OPERATIONS

BEGIN = "<!-- operations: made from broker/web by `make docs`; a test compares -->\n"
END = "<!-- end of operations -->\n"


def with_operations(page: str) -> str:
    """The page with the table as it should be."""
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    return before + BEGIN + _table() + END + after


def _table() -> str:
    rows = ["| operation (clause) | method and path | parameters | values of `options` and `format` | key |\n"]
    rows.append("| --- | --- | --- | --- | --- |\n")
    for each in OPERATIONS:
        parameters = ", ".join(f"`{name}`" for name in sorted(each.parameters - {"options", "format"}))
        options = ", ".join(f"`{name}`" for name in sorted(each.options))
        key = "yes" if each.writes else ""
        name = f"{each.name} ({each.clause})"
        rows.append(f"| {name} | `{each.method} /ngsi-ld/v1/{each.path}` | {parameters} | {options} | {key} |\n")
    return "".join(rows)
