# SPDX-License-Identifier: EUPL-1.2
"""`allmende migrate`: brings a database to this version and keeps what serving processes need."""

from datetime import UTC, datetime

from allmende.database.tending import tend
from allmende.errors import SettingsError
from allmende.launch.errands import Errand
from allmende.launch.files import make_folder
from allmende.launch.folder import Folder
from allmende.launch.preparation import prepare
from allmende.settings import Settings


def migrate_database(settings: Settings) -> str:
    """Migrate, look after histories where that is due; say where the serving role's URL and the administrator's key lie."""
    if settings.database is None:
        raise SettingsError("--database is required; the embedded PostgreSQL is migrated by allmende up")
    make_folder(settings.data)
    folder = Folder(settings.data.resolve())
    given = settings.serving_password
    password = given.get_secret_value() if given else folder.serving_password()
    admin_url = settings.database.get_secret_value()
    prepared = prepare(Errand(admin_url=admin_url, serving_password=password, data=str(folder.path)))
    if prepared.needs_tending:
        tend(admin_url, datetime.now(UTC))
    return f"The database is at this version; serve with ALLMENDE_DATABASE_FILE={folder.serving_url}"
