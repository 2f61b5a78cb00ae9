"""Forms about notices."""

from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from wtforms import StringField
from wtforms.validators import InputRequired, Length


class AddressForm(FlaskForm):
    """An e-mail address."""

    address = StringField(
        lazy_gettext("E-mail address"),
        [InputRequired(lazy_gettext("Enter an e-mail address.")), Length(max=190)],
        description=lazy_gettext("We send a link there. Notices come by e-mail once you have opened it."),
    )
