# SPDX-License-Identifier: EUPL-1.2
"""The source kinds `file` and `folder`."""

from typing import Literal

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from connectors.declarative.block import Texts
from connectors.declarative.kinds.reading import Reading, format_of_suffix


class FileSource(Reading):
    """One file, or a folder of files."""

    type: Literal["file", "folder"] = Field(description="file: one file; folder: every file that `files` matches")
    path: str = Field(
        description="The file or folder, relative to this connector file (from ${NAME}: to the working folder)"
    )
    files: Texts = Field(
        ["*"], description="Patterns of names below the folder; ** goes to any depth, a leading ! leaves out"
    )

    @model_validator(mode="after")
    def _files_of_a_folder(self) -> "FileSource":
        if self.type == "file" and self.files != ["*"]:
            raise PydanticCustomError(
                "files", "'files' is for type folder; a file is named by 'path'", {"key": "files"}
            )
        return self

    def written_as(self) -> str | None:
        """Give the format: as said, else the one that all names have."""
        names = [self.path] if self.type == "file" else [name for name in self.files if not name.startswith("!")]
        forms = {format_of_suffix(name) for name in names}
        return self.format or (forms.pop() if len(forms) == 1 else None)
