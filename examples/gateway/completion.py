"""Settings of an API that a template has and the embedded server's CloudFormation leaves out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cognitokit.testing import LocalPool


def complete(local: LocalPool, name: str, resources: Mapping[str, Any]) -> None:
    """Make the request validators, and an HTTP API's CORS configuration, by API Gateway's operations.

    Args:
        local: The server.
        name: The stack's name.
        resources: The template's resources.
    """
    cloudformation = local.boto3_client("cloudformation")
    [stack] = cloudformation.describe_stacks(StackName=name)["Stacks"]
    known: dict[str, str] = {
        parameter["ParameterKey"]: parameter["ParameterValue"]
        for parameter in stack.get("Parameters", [])
    }
    known |= {
        resource["LogicalResourceId"]: resource["PhysicalResourceId"]
        for resource in cloudformation.describe_stack_resources(StackName=name)["StackResources"]
    }
    for logical, resource in resources.items():
        properties: Mapping[str, Any] = resource.get("Properties", {})
        match resource["Type"]:
            case "AWS::ApiGateway::Method" if "RequestValidatorId" in properties:
                settings = resources[properties["RequestValidatorId"]["Ref"]]["Properties"]
                _add_validator(local, known[logical], settings)
            case "AWS::ApiGatewayV2::Api" if "CorsConfiguration" in properties:
                local.boto3_client("apigatewayv2").update_api(
                    ApiId=known[logical],
                    CorsConfiguration=_resolved(properties["CorsConfiguration"], known),
                )


def _add_validator(local: LocalPool, method: str, settings: Mapping[str, Any]) -> None:
    api, resource, verb = method.split("-")
    service = local.boto3_client("apigateway")
    made = service.create_request_validator(
        restApiId=api,
        validateRequestParameters=settings.get("ValidateRequestParameters", False),
        validateRequestBody=settings.get("ValidateRequestBody", False),
    )
    service.update_method(
        restApiId=api,
        resourceId=resource,
        httpMethod=verb,
        patchOperations=[{"op": "replace", "path": "/requestValidatorId", "value": made["id"]}],
    )


def _resolved(value: Any, known: Mapping[str, str]) -> Any:
    """Return a value with its references resolved."""
    match value:
        case {"Ref": str(name)}:
            return known[name]
        case dict():
            return {key: _resolved(member, known) for key, member in value.items()}
        case list():
            return [_resolved(item, known) for item in value]
        case _:
            return value
