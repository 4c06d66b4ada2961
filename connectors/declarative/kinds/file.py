# SPDX-License-Identifier: EUPL-1.2
"""The source kinds `file` and `folder`."""

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from connectors.declarative.block import as_list
from connectors.declarative.kinds.reading import Reading


class FileSource(Reading):
    """One file, or a folder of files."""

    type: Literal["file", "folder"] = Field(description="file: one file; folder: every file that `files` matches")
    path: str = Field(
        description="The file or folder, relative to this connector file (from ${NAME}: to the working folder)"
    )
    files: Annotated[list[str], BeforeValidator(as_list)] = Field(
        ["*"], description="Patterns of names below the folder; ** goes to any depth, a leading ! leaves out"
    )
