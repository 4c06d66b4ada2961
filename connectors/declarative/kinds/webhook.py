# SPDX-License-Identifier: EUPL-1.2
"""The source kind `webhook`."""

from typing import Literal

from pydantic import Field

from connectors.declarative.kinds.reading import Reading
from connectors.declarative.kinds.receiving import Receiving


class WebhookSource(Receiving, Reading):
    """The platform, or the connector itself, is sent to."""

    type: Literal["webhook"] = Field(description="webhook: records are sent to the platform by POST")
