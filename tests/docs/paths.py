# SPDX-License-Identifier: EUPL-1.2
"""Where documents lie."""

from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]
REFERENCE: Final = ROOT / "docs" / "reference"
