# SPDX-License-Identifier: EUPL-1.2
"""Lets `python -m allmende.cli` be the command `allmende`, for the processes that the launcher starts."""

from allmende.cli import main

main()
