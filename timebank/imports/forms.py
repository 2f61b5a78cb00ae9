"""Forms about imports."""

from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from flask_wtf.file import FileField, FileRequired
from wtforms import SelectField, StringField
from wtforms.validators import Length, Optional


class UploadForm(FlaskForm):
    """A register's file."""

    file = FileField(
        lazy_gettext("File"),
        [FileRequired(lazy_gettext("Choose a file."))],
        description=lazy_gettext(
            "Excel (.xlsx), CSV or TSV, as it is. Nothing is imported before you have seen the check."
        ),
    )
    place = SelectField(lazy_gettext("Where to"), validate_choice=True)
    sheet = StringField(
        lazy_gettext("Sheet"),
        [Optional(), Length(max=100)],
        description=lazy_gettext("Only needed where several sheets of the workbook look like this register."),
    )
