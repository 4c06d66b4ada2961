# SPDX-License-Identifier: EUPL-1.2
"""What every error of an NGSI-LD path looks like."""


def problem_type(response):
    """The last part of the problem's type, after checking the form of the whole answer."""
    assert response.headers["content-type"] == "application/json"
    problem = response.json()
    assert problem["status"] == response.status_code
    assert problem["title"]
    assert problem["detail"]
    assert problem["title"] != problem["detail"]
    return problem["type"].rpartition("/")[2]
