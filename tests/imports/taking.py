"""Takes a register into the database as the command line does."""

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from tests.cast import SECRET_KEY
from tests.imports.memory import SHANGHAI
from timebank.access.actors import system_actor
from timebank.access.keys import Keyring
from timebank.imports import service
from timebank.imports.importers import ImportContext
from timebank.imports.registers import IMPORTERS
from timebank.imports.service import Outcome

BY_CODE = {importer.register.code: importer for importer in IMPORTERS}
KEYRING = Keyring(SECRET_KEY)


def context_for(at: datetime, actor: Any = None) -> ImportContext:
    return ImportContext(actor or system_actor(), at, SHANGHAI, KEYRING)


def taken(
    session: Session, register: str, content: bytes | str, context: ImportContext, *, partial: bool = False
) -> Outcome:
    return service.import_now(
        session,
        importer=BY_CODE[register],
        content=content.encode() if isinstance(content, str) else content,
        file_name=f"{register}.csv",
        organisation_id=None,
        partial=partial,
        context=context,
        sheet=None,
        progress=lambda _rows: None,
    )
