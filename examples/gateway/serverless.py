"""serverless.yml as the CloudFormation template that the Serverless Framework makes of it.

As much of it as the examples use: Python functions with `http` events on a REST API, `cors` and
Cognito authorizers among them, and the `resources` as they stand, under the framework's names.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from examples.gateway import templates

_INVOKE = (
    "arn:${AWS::Partition}:apigateway:${AWS::Region}:lambda:path/2015-03-31"
    "/functions/${%s.Arn}/invocations"
)
_BASIC = "arn:${AWS::Partition}:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"


def as_cloudformation(path: Path) -> dict[str, Any]:
    """Read serverless.yml, and return the template."""
    service = templates.load(path)
    provider = service["provider"]
    resources: dict[str, Any] = {
        "ApiGatewayRestApi": {
            "Type": "AWS::ApiGateway::RestApi",
            "Properties": {"Name": service["service"]},
        },
        "IamRoleLambdaExecution": _role(),
        **service["resources"]["Resources"],
    }
    methods: list[str] = []
    for name, function in service["functions"].items():
        logical = f"{name[0].upper()}{name[1:]}"
        resources[f"{logical}LambdaFunction"] = _function(provider, function)
        resources[f"{logical}LambdaPermissionApiGateway"] = _permission(logical)
        for event in function["events"]:
            made = _method(logical, event["http"])
            methods += [key for key in made if key.startswith("ApiGatewayMethod")]
            resources |= made
    resources["ApiGatewayDeployment"] = {
        "Type": "AWS::ApiGateway::Deployment",
        "DependsOn": methods,
        "Properties": {
            "RestApiId": {"Ref": "ApiGatewayRestApi"},
            "StageName": provider.get("stage", "dev"),
        },
    }
    return {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Parameters": {"CodeBucket": {"Type": "String"}, "CodeKey": {"Type": "String"}},
        "Resources": resources,
        "Outputs": service["resources"].get("Outputs", {}),
    }


def _function(provider: dict[str, Any], function: dict[str, Any]) -> dict[str, Any]:
    variables = provider.get("environment", {}) | function.get("environment", {})
    return {
        "Type": "AWS::Lambda::Function",
        "Properties": {
            "Runtime": provider["runtime"],
            "Handler": function["handler"],
            "Role": {"Fn::GetAtt": ["IamRoleLambdaExecution", "Arn"]},
            "Timeout": provider.get("timeout", 6),
            "MemorySize": provider.get("memorySize", 1024),
            "Code": {"S3Bucket": {"Ref": "CodeBucket"}, "S3Key": {"Ref": "CodeKey"}},
            "Environment": {"Variables": variables},
        },
    }


def _method(logical: str, http: dict[str, Any]) -> dict[str, Any]:
    path = http["path"].strip("/")
    assert "/" not in path, "Paths of one part are enough here."
    named = f"{path[0].upper()}{path[1:]}"
    api = {"Ref": "ApiGatewayRestApi"}
    here = {"RestApiId": api, "ResourceId": {"Ref": f"ApiGatewayResource{named}"}}
    authorizer = http.get("authorizer")
    made: dict[str, Any] = {
        f"ApiGatewayResource{named}": {
            "Type": "AWS::ApiGateway::Resource",
            "Properties": {
                "RestApiId": api,
                "ParentId": {"Fn::GetAtt": ["ApiGatewayRestApi", "RootResourceId"]},
                "PathPart": path,
            },
        },
        f"ApiGatewayMethod{named}{http['method'].capitalize()}": {
            "Type": "AWS::ApiGateway::Method",
            "Properties": {
                **here,
                "HttpMethod": http["method"].upper(),
                "AuthorizationType": authorizer["type"] if authorizer else "NONE",
                **({"AuthorizerId": authorizer["authorizerId"]} if authorizer else {}),
                "Integration": {
                    "Type": "AWS_PROXY",
                    "IntegrationHttpMethod": "POST",
                    "Uri": {"Fn::Sub": _INVOKE % f"{logical}LambdaFunction"},
                },
            },
        },
    }
    if cors := http.get("cors"):
        made[f"ApiGatewayMethod{named}Options"] = {
            "Type": "AWS::ApiGateway::Method",
            "Properties": {**here, **_preflight(http["method"], cors)},
        }
    return made


def _preflight(method: str, cors: dict[str, Any]) -> dict[str, Any]:
    headers = {
        "Access-Control-Allow-Origin": cors["origin"],
        "Access-Control-Allow-Headers": ",".join(cors["headers"]),
        "Access-Control-Allow-Methods": f"OPTIONS,{method.upper()}",
    }
    return {
        "HttpMethod": "OPTIONS",
        "AuthorizationType": "NONE",
        "Integration": {
            "Type": "MOCK",
            "RequestTemplates": {"application/json": '{"statusCode": 200}'},
            "IntegrationResponses": [
                {
                    "StatusCode": "200",
                    "ResponseParameters": {
                        f"method.response.header.{name}": f"'{value}'"
                        for name, value in headers.items()
                    },
                }
            ],
        },
        "MethodResponses": [
            {
                "StatusCode": "200",
                "ResponseParameters": {f"method.response.header.{name}": True for name in headers},
            }
        ],
    }


def _permission(logical: str) -> dict[str, Any]:
    arn = "arn:${AWS::Partition}:execute-api:${AWS::Region}:${AWS::AccountId}:${ApiGatewayRestApi}/*/*"
    return {
        "Type": "AWS::Lambda::Permission",
        "Properties": {
            "Action": "lambda:InvokeFunction",
            "FunctionName": {"Fn::GetAtt": [f"{logical}LambdaFunction", "Arn"]},
            "Principal": "apigateway.amazonaws.com",
            "SourceArn": {"Fn::Sub": arn},
        },
    }


def _role() -> dict[str, Any]:
    trust = {
        "Effect": "Allow",
        "Principal": {"Service": "lambda.amazonaws.com"},
        "Action": "sts:AssumeRole",
    }
    return {
        "Type": "AWS::IAM::Role",
        "Properties": {
            "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [trust]},
            "ManagedPolicyArns": [{"Fn::Sub": _BASIC}],
        },
    }
