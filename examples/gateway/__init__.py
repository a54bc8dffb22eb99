"""What the examples run on: their stacks and API Gateway, on this machine."""

from examples.gateway import cdk, templates
from examples.gateway.authorizers import CognitoAuthorizer, JwtAuthorizer, LambdaAuthorizer
from examples.gateway.browser import NotSignedIn, sign_in
from examples.gateway.functions import LocalFunction
from examples.gateway.gateway import Cors, Gateway, Mock, Route
from examples.gateway.hosted_ui import hosted_ui
from examples.gateway.served import served
from examples.gateway.serverless import as_cloudformation
from examples.gateway.stack import DeploymentFailed, Stack, deployed
from examples.gateway.story import Story, WrongTurn, changed

__all__ = [
    "CognitoAuthorizer",
    "Cors",
    "DeploymentFailed",
    "Gateway",
    "JwtAuthorizer",
    "LambdaAuthorizer",
    "LocalFunction",
    "Mock",
    "NotSignedIn",
    "Route",
    "Stack",
    "Story",
    "WrongTurn",
    "as_cloudformation",
    "cdk",
    "changed",
    "deployed",
    "hosted_ui",
    "served",
    "sign_in",
    "templates",
]
