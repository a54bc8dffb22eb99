"""The pages that the login shows where the application brings none: plain HTML, without scripts."""

from __future__ import annotations

import html
from collections.abc import Iterable, Mapping  # noqa: TC003 - for typing.get_type_hints
from dataclasses import dataclass, field
from typing import Literal

from cognitokit.client.challenges import (
    Challenge,
    CustomChallenge,
    EmailOtp,
    MfaSetup,
    NewPasswordRequired,
    PasswordRequired,
    SelectChallenge,
    SelectMfaType,
    SmsMfa,
    SmsOtp,
    SoftwareTokenMfa,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class FormPage:
    """A form of the password login, for whoever draws it. Its repr shows no secret."""

    kind: Literal["sign_in", "challenge", "forgot_password", "reset_password"]
    """Which form it is."""
    action: str
    """The URL that the form is posted to, with the fields that its kind or its challenge takes."""
    links: Mapping[str, str]
    """The URLs of the other forms, by kind."""
    message: str = ""
    """What went wrong, or what to do next: a fixed sentence to show."""
    next: str = field(default="", repr=False)
    """Where the user wants to go: to be sent along as the hidden field "next"."""
    challenge: Challenge | None = field(default=None, repr=False)
    """What Cognito asks, in the form "challenge". Nothing of its session belongs into the page."""
    totp_secret: str | None = field(default=None, repr=False)
    """What the user types into an authenticator app that is being set up."""
    totp_uri: str | None = field(default=None, repr=False)
    """The same as a link or a QR code."""


def message_page(title: str, message: str, link: str | None = None, label: str = "") -> str:
    """Return a page with a sentence and, perhaps, a link."""
    more = "" if link is None else f'<p><a href="{_text(link)}">{_text(label)}</a></p>'
    return _page(title, f"<p>{_text(message)}</p>{more}")


def form_page(page: FormPage) -> str:
    """Return a form as a page of its own."""
    if page.kind == "sign_in":
        inputs = [_input("username", "User name", "username"), _password("password", "Password")]
        forgot = (
            f'<p><a href="{_text(page.links["forgot_password"])}">Forgot your password?</a></p>'
        )
        return _form("Sign in", page, inputs, "Sign in", after=forgot)
    if page.kind == "forgot_password":
        inputs = [_input("username", "User name", "username")]
        return _form("Forgot your password?", page, inputs, "Send me a code")
    if page.kind == "reset_password":
        inputs = [
            _input("username", "User name", "username"),
            _input("code", "Code", "one-time-code"),
            _password("new_password", "New password", "new-password"),
        ]
        return _form("Choose a new password", page, inputs, "Set the password")
    title, inputs = _challenge(page)
    return _form(title, page, inputs, "Continue")


def _challenge(page: FormPage) -> tuple[str, list[str]]:
    challenge = page.challenge
    code = [_input("code", "Code", "one-time-code")]
    match challenge:
        case SmsMfa(delivery=delivery) | EmailOtp(delivery=delivery) | SmsOtp(delivery=delivery):
            to = delivery.destination if delivery is not None else None
            return f"Enter the code that was sent to {to}" if to else "Enter the code", code
        case SoftwareTokenMfa():
            return "Enter the code of your authenticator app", code
        case NewPasswordRequired(required_attributes=names):
            inputs = [_password("new_password", "New password", "new-password")]
            return "Choose a new password", [
                *inputs,
                *(_input(f"attributes.{name}", name, "on") for name in names),
            ]
        case SelectMfaType(choices=choices) | SelectChallenge(choices=choices):
            return "Choose how to sign in", _choices(choices)
        case PasswordRequired():
            return "Enter your password", [_password("password", "Password")]
        case CustomChallenge():
            return "Answer to go on", [_input("answer", "Answer", "off")]
        case MfaSetup() if page.totp_secret is not None:
            shown = f'<p>Add this key to your authenticator app: <a href="{_text(page.totp_uri or "")}"><code>{_text(page.totp_secret)}</code></a></p>'
            return "Set up your authenticator app", [shown, *code]
        case MfaSetup():
            return "Give an address for codes by email", [_input("email", "Email", "email")]
        case _:
            return "Continue in the application", []


def _choices(choices: Iterable[str]) -> list[str]:
    # Both need what a page without scripts does not have.
    offered = [choice for choice in choices if choice not in {"WEB_AUTHN", "PASSWORD_SRP"}]
    return [
        f'<p><label><input type="radio" name="choice" value="{_text(choice)}" required> '
        f"{_text(_CHOICES.get(choice, choice))}</label></p>"
        for choice in offered
    ]


_CHOICES = {
    "EMAIL_OTP": "Code by email",
    "PASSWORD": "Password",
    "SMS_MFA": "Code by text message",
    "SMS_OTP": "Code by text message",
    "SOFTWARE_TOKEN_MFA": "Authenticator app",
}


def _form(title: str, page: FormPage, inputs: list[str], button: str, *, after: str = "") -> str:
    message = f'<p role="alert">{_text(page.message)}</p>' if page.message else ""
    hidden = f'<input type="hidden" name="next" value="{_text(page.next)}">' if page.next else ""
    return _page(
        title,
        f'{message}<form method="post" action="{_text(page.action)}">{hidden}{"".join(inputs)}'
        f"<p><button>{_text(button)}</button></p></form>{after}",
    )


def _input(name: str, label: str, autocomplete: str, kind: str = "text") -> str:
    return (
        f'<p><label>{_text(label)}<br><input type="{kind}" name="{_text(name)}" '
        f'autocomplete="{autocomplete}" required></label></p>'
    )


def _password(name: str, label: str, autocomplete: str = "current-password") -> str:
    return _input(name, label, autocomplete, "password")


def _page(title: str, body: str) -> str:
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{_text(title)}</title></head><body><main><h1>{_text(title)}</h1>{body}</main></body></html>"
    )


def _text(value: str) -> str:
    return html.escape(value, quote=True)
