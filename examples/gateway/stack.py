"""A stack on this machine: CloudFormation makes its resources, the gateway is made of what is there.

The embedded server (ministack) creates the user pool, the app client, the API with its methods and
authorizers, tables and functions from the template as it stands in the file. What it was told to
make is then read back through API Gateway's own operations, so that the template alone decides
which method asks which authorizer.
"""

from __future__ import annotations

import contextlib
import io
import json
import re
import time
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Protocol

import httpx

from cognitokit import CognitoClient, UserPool
from cognitokit.client.transports.boto3 import Boto3Transport
from cognitokit.testing import LocalPool, LocalServer, TokenMint
from examples.gateway import templates
from examples.gateway.authorizers import (
    Authorizer,
    CognitoAuthorizer,
    JwtAuthorizer,
    LambdaAuthorizer,
)
from examples.gateway.completion import complete
from examples.gateway.functions import LocalFunction
from examples.gateway.gateway import Cors, Gateway, Mock, Route
from examples.gateway.story import Answer


class Api(Protocol):
    """An API that can be called: a Gateway, or an httpx.Client."""

    def get(self, path: str, /, *, headers: Mapping[str, str] | None = None) -> Answer:
        """Send a GET request."""
        ...

    def post(
        self, path: str, /, *, headers: Mapping[str, str] | None = None, json: object = None
    ) -> Answer:
        """Send a POST request."""
        ...


class Stack:
    """What a template became.

    Args:
        local: The server that it lives on.
        name: The stack's name.
        functions: Where the functions' code is.
        jwks_uri: Where the user pool's keys are, if not on the local server.
    """

    def __init__(
        self, local: LocalPool, name: str, functions: Path, *, jwks_uri: str | None = None
    ) -> None:
        self.local = local
        self._name = name
        self._folder = functions
        self._jwks_uri = jwks_uri
        cloudformation = local.boto3_client("cloudformation")
        made = cloudformation.describe_stacks(StackName=name)["Stacks"][0]
        self.outputs: dict[str, str] = {
            output["OutputKey"]: output["OutputValue"] for output in made.get("Outputs", [])
        }
        """The template's outputs."""
        self.resources: dict[str, tuple[str, str]] = {
            resource["LogicalResourceId"]: (
                resource["ResourceType"],
                resource["PhysicalResourceId"],
            )
            for resource in cloudformation.describe_stack_resources(StackName=name)[
                "StackResources"
            ]
        }
        """Type and physical id of what was made, by its name in the template."""
        self.functions = dict(self._functions())
        """The functions, by their physical names."""
        self.gateway = self._api()
        """The API, as this process runs it."""
        self.api: Api = self.gateway
        """The API that the story is played on."""

    def close(self) -> None:
        """End the functions."""
        for function in self.functions.values():
            function.close()

    @property
    def pool(self) -> UserPool:
        """The stack's user pool, on the local server."""
        return UserPool(
            self._id_of("AWS::Cognito::UserPool"),
            endpoint_url=self.local.url,
            jwks_uri=self._jwks_uri,
        )

    @property
    def client_id(self) -> str:
        """The app client's id."""
        return self._id_of("AWS::Cognito::UserPoolClient")

    def client(self) -> CognitoClient:
        """Return a client of the pool, with an administrator's credentials."""
        transport = Boto3Transport(session=self.local.session)
        return CognitoClient(self.pool, client_id=self.client_id, transport=transport)

    def grant(self, role: str, action: str) -> None:
        """Let a role do something to everything, where the server asks for more than AWS does."""
        statement = {"Effect": "Allow", "Action": action, "Resource": "*"}
        self.local.boto3_client("iam").put_role_policy(
            RoleName=self.resources[role][1],
            PolicyName="local",
            PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [statement]}),
        )

    def api_key(self) -> str:
        """Return the value of the template's API key."""
        key = self._id_of("AWS::ApiGateway::ApiKey")
        found = self.local.boto3_client("apigateway").get_api_key(apiKey=key, includeValue=True)
        value: str = found["value"]
        return value

    @contextlib.contextmanager
    def elsewhere(self) -> Iterator[Api]:
        """The same API as the local server runs it: another's gateway, functions in processes and roles of their own."""
        if self._is_rest:
            api = self._id_of("AWS::ApiGateway::RestApi")
            stages = self.local.boto3_client("apigateway").get_stages(restApiId=api)["item"]
            path = f"/restapis/{api}/{stages[0]['stageName']}/_user_request_"
        else:
            path = f"/_aws/execute-api/{self._id_of('AWS::ApiGatewayV2::Api')}/$default"
        with httpx.Client(base_url=self.local.url + path, trust_env=False, timeout=30) as client:
            yield client

    @contextlib.contextmanager
    def minted(self) -> Iterator[tuple[Gateway, TokenMint]]:
        """The same API, trusting the keys of a mint, which makes any token there can be."""
        mint = TokenMint(self.pool.id, client_id=self.client_id)
        with mint.serve() as keys:
            stack = Stack(self.local, self._name, self._folder, jwks_uri=keys.pool.jwks_uri)
            with contextlib.closing(stack):
                yield stack.gateway, mint

    @property
    def _is_rest(self) -> bool:
        return any(kind == "AWS::ApiGateway::RestApi" for kind, _ in self.resources.values())

    def _id_of(self, resource_type: str) -> str:
        return next(physical for kind, physical in self.resources.values() if kind == resource_type)

    def _functions(self) -> Iterator[tuple[str, LocalFunction]]:
        service = self.local.boto3_client("lambda")
        for kind, name in self.resources.values():
            if kind == "AWS::Lambda::Function":
                settings = service.get_function_configuration(FunctionName=name)
                variables = settings.get("Environment", {}).get("Variables", {})
                variables |= {"COGNITO_ENDPOINT_URL": self.local.url}
                service.update_function_configuration(
                    FunctionName=name, Environment={"Variables": variables}
                )
                yield (
                    name,
                    LocalFunction(
                        self._folder,
                        settings["Handler"],
                        {
                            **variables,
                            **({"COGNITO_JWKS_URI": self._jwks_uri} if self._jwks_uri else {}),
                            "AWS_ACCESS_KEY_ID": "test",
                            "AWS_SECRET_ACCESS_KEY": "test",
                            "AWS_REGION": self.pool.region,
                            "AWS_DEFAULT_REGION": self.pool.region,
                            "AWS_ENDPOINT_URL": self.local.url,
                        },
                    ),
                )

    def _api(self) -> Gateway:
        if self._is_rest:
            return self._rest_api(self._id_of("AWS::ApiGateway::RestApi"))
        return self._http_api(self._id_of("AWS::ApiGatewayV2::Api"))

    def _function_at(self, uri: str) -> LocalFunction:
        """Return the function that an integration's or authorizer's URI names."""
        name = re.sub(r"/invocations$", "", uri).rpartition(":")[2]
        return self.functions[name]

    def _rest_api(self, api: str) -> Gateway:
        service = self.local.boto3_client("apigateway")
        authorizers = {
            item["id"]: self._rest_authorizer(item)
            for item in service.get_authorizers(restApiId=api)["items"]
        }
        validators = {
            item["id"]
            for item in service.get_request_validators(restApiId=api)["items"]
            if item["validateRequestParameters"]
        }
        resources = service.get_resources(restApiId=api, embed=["methods"])["items"]
        return Gateway(
            [
                self._rest_route(resource["path"], method, authorizers, validators)
                for resource in resources
                for method in resource.get("resourceMethods", {}).values()
            ],
            api_keys=self._api_keys(api),
            responses={
                item["responseType"]: _static(item.get("responseParameters", {}))
                for item in service.get_gateway_responses(restApiId=api)["items"]
                if not item["defaultResponse"]
            },
        )

    def _rest_route(
        self,
        path: str,
        method: Mapping[str, Any],
        authorizers: Mapping[str, Authorizer],
        validators: set[str],
    ) -> Route:
        integration = method["methodIntegration"]
        # Without a validator the gateway looks at no parameter.
        checked = (
            method.get("requestParameters", {})
            if method.get("requestValidatorId") in validators
            else {}
        )
        return Route(
            method=method["httpMethod"],
            path=path,
            target=_mock(integration)
            if integration["type"] == "MOCK"
            else self._function_at(integration["uri"]),
            authorizer=authorizers.get(method.get("authorizerId", "")),
            scopes=tuple(method.get("authorizationScopes", ())),
            required=tuple(
                name.removeprefix("method.request.") for name, needed in checked.items() if needed
            ),
            needs_api_key=method["apiKeyRequired"],
        )

    def _rest_authorizer(self, item: Mapping[str, Any]) -> Authorizer:
        header = item["identitySource"].rpartition(".")[2]
        if item["type"] == "COGNITO_USER_POOLS":
            return CognitoAuthorizer(self.pool, header=header)
        return LambdaAuthorizer(
            self._function_at(item["authorizerUri"]),
            kind=item["type"],
            header=header,
            ttl=item["authorizerResultTtlInSeconds"],
        )

    def _api_keys(self, api: str) -> set[str]:
        service = self.local.boto3_client("apigateway")
        return {
            service.get_api_key(apiKey=key["id"], includeValue=True)["value"]
            for plan in service.get_usage_plans()["items"]
            if any(stage["apiId"] == api for stage in plan.get("apiStages", []))
            for key in service.get_usage_plan_keys(usagePlanId=plan["id"])["items"]
        }

    def _http_api(self, api: str) -> Gateway:
        service = self.local.boto3_client("apigatewayv2")
        authorizers = {
            item["AuthorizerId"]: self._http_authorizer(item)
            for item in service.get_authorizers(ApiId=api)["Items"]
        }
        integrations = {
            f"integrations/{item['IntegrationId']}": self._function_at(item["IntegrationUri"])
            for item in service.get_integrations(ApiId=api)["Items"]
        }
        cors = service.get_api(ApiId=api).get("CorsConfiguration")
        return Gateway(
            [
                self._http_route(item, integrations, authorizers)
                for item in service.get_routes(ApiId=api)["Items"]
            ],
            kind="http",
            cors=Cors(
                origins=cors.get("AllowOrigins", []),
                methods=cors.get("AllowMethods", []),
                headers=cors.get("AllowHeaders", []),
            )
            if cors
            else None,
        )

    def _http_route(
        self,
        item: Mapping[str, Any],
        integrations: Mapping[str, LocalFunction],
        authorizers: Mapping[str, Authorizer],
    ) -> Route:
        method, _, path = item["RouteKey"].partition(" ")
        return Route(
            method=method if path else "ANY",
            path=path or "$default",
            target=integrations[item["Target"]],
            authorizer=authorizers.get(item.get("AuthorizerId", "")),
            scopes=tuple(item.get("AuthorizationScopes", ())),
        )

    def _http_authorizer(self, item: Mapping[str, Any]) -> Authorizer:
        header = item["IdentitySource"][0].rpartition(".")[2]
        if item["AuthorizerType"] == "JWT":
            audience = item["JwtConfiguration"]["Audience"]
            return JwtAuthorizer(self.pool, audience=audience, header=header)
        return LambdaAuthorizer(
            self._function_at(item["AuthorizerUri"]),
            kind="HTTP",
            header=header,
            ttl=item.get("AuthorizerResultTtlInSeconds", 300),
        )


class DeploymentFailed(Exception):
    """The server could not make what a template asks for; the message lists why."""


@contextlib.contextmanager
def deployed(
    template: Path | dict[str, Any], functions: Path, server: LocalServer | None = None
) -> Iterator[Stack]:
    """Deploy a template, and remove it when the context closes.

    Args:
        template: The template's file, or what it says. Where it has the parameters CodeBucket and
            CodeKey, it finds the functions' code there.
        functions: The folder with that code.
        server: A server to live on; default: one of its own.
    """
    with contextlib.ExitStack() as resources:
        local = resources.enter_context(LocalPool(server=server))
        content = templates.load(template) if isinstance(template, Path) else template
        name = f"example-{time.monotonic_ns()}"
        cloudformation = local.boto3_client("cloudformation")
        code = _upload(local, functions) if "CodeBucket" in content.get("Parameters", {}) else {}
        cloudformation.create_stack(
            StackName=name,
            TemplateBody=json.dumps(content),
            Parameters=[
                {"ParameterKey": key, "ParameterValue": value} for key, value in code.items()
            ],
            Capabilities=["CAPABILITY_IAM"],
        )
        resources.callback(cloudformation.delete_stack, StackName=name)
        _wait(cloudformation, name)
        complete(local, name, content["Resources"])
        with contextlib.closing(Stack(local, name, functions)) as stack:
            yield stack


def _wait(cloudformation: Any, name: str) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        status = cloudformation.describe_stacks(StackName=name)["Stacks"][0]["StackStatus"]
        if status == "CREATE_COMPLETE":
            return
        if not status.endswith("IN_PROGRESS"):
            break
        time.sleep(0.05)
    events = cloudformation.describe_stack_events(StackName=name)["StackEvents"]
    reasons = [
        f"{event['LogicalResourceId']}: {event.get('ResourceStatusReason')}"
        for event in events
        if event["ResourceStatus"].endswith("FAILED")
    ]
    raise DeploymentFailed("; ".join(reasons) or "It takes too long.")


def _upload(local: LocalPool, folder: Path) -> dict[str, str]:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        for path in sorted(folder.glob("*.py")):
            file.write(path, path.name)
    storage = local.boto3_client("s3")
    bucket, key = "example-code", f"{folder.parent.name}.zip"
    if bucket not in {found["Name"] for found in storage.list_buckets()["Buckets"]}:
        storage.create_bucket(
            Bucket=bucket,
            CreateBucketConfiguration={"LocationConstraint": local.session.region_name},
        )
    storage.put_object(Bucket=bucket, Key=key, Body=archive.getvalue())
    return {"CodeBucket": bucket, "CodeKey": key}


def _mock(integration: Mapping[str, Any]) -> Mock:
    status, response = next(iter(integration["integrationResponses"].items()))
    return Mock(status=int(status), headers=_static(response.get("responseParameters", {})))


def _static(parameters: Mapping[str, str]) -> dict[str, str]:
    """Return the headers that mapped parameters set to fixed texts: "'text'"."""
    return {name.rpartition(".")[2]: value.strip("'") for name, value in parameters.items()}
