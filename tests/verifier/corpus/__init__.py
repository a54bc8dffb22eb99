"""The attacks on a verifier, each beside the twin that differs from it in the defect alone.

A row is one attack's name; its cases are the forms that the attack takes. Nothing here knows
cognitokit, so that the same cases can be shown to other verifiers as well.
"""

from tests.verifier.corpus import form, headers, identity, keys, signatures, times
from tests.verifier.corpus.case import ROWS, Case, case, cases

__all__ = [
    "ROWS",
    "Case",
    "case",
    "cases",
    "form",
    "headers",
    "identity",
    "keys",
    "signatures",
    "times",
]
