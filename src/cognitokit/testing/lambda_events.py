"""Events as AWS sends them to Lambda functions behind API Gateway and Application Load Balancers.

    event = rest_event("GET", "/tasks", token=mint.access_token(groups=["admin"]))
    assert handler(event, LambdaContext())["statusCode"] == 200

`token=` puts a token into the Authorization header, for functions that verify it themselves.
`authorized_by=` plays the gateway's own authorizer, which has verified it before and passes its
claims on. `authorizer_context=` is what a Lambda authorizer had returned.

Header names arrive as each service sends them on: as the client wrote them from a REST API, in
lower case from an HTTP API and a load balancer. A header given as a list is one that came several
times.
"""

from __future__ import annotations

import base64
import json
import time
import uuid
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

from cognitokit.testing.gateway_claims import MONTHS, claims_of, http_api_claims, rest_claims

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    Headers = Mapping[str, str | Sequence[str]]
    Event = dict[str, Any]

ACCOUNT = "123456789012"
REGION = "eu-west-1"
REST_API = "a1b2c3d4e5"
HTTP_API = "f6g7h8i9j0"
WEBSOCKET_API = "k1l2m3n4o5"
STAGE = "prod"


def rest_event(
    method: str = "GET",
    path: str = "/",
    *,
    resource: str | None = None,
    headers: Headers | None = None,
    query: Mapping[str, str] | None = None,
    body: object = None,
    path_params: Mapping[str, str] | None = None,
    token: str | None = None,
    authorized_by: str | None = None,
    authorizer_context: Mapping[str, str] | None = None,
) -> Event:
    """Make the event of a REST API's proxy integration.

    Args:
        method: The request's method.
        path: Its path.
        resource: The resource's path with placeholders, "/tasks/{id}"; default: the path.
        headers: The request's headers.
        query: The query's parameters.
        body: The body: text, bytes, or anything else as JSON.
        path_params: Values of the placeholders.
        token: A token for the Authorization header.
        authorized_by: The token that a Cognito authorizer has accepted.
        authorizer_context: The context that a Lambda authorizer returned. API Gateway makes
            text of its values.
    """
    sent = _headers(headers, token or authorized_by, body)
    text, is_base64 = _body(body)
    return {
        "resource": resource or path,
        "path": path,
        "httpMethod": method,
        # Of a header that came twice the last one counts here.
        "headers": {name: values[-1] for name, values in sent.items()},
        "multiValueHeaders": sent,
        "queryStringParameters": dict(query) if query else None,
        "multiValueQueryStringParameters": {n: [v] for n, v in query.items()} if query else None,
        "pathParameters": dict(path_params) if path_params else None,
        "stageVariables": None,
        "requestContext": _rest_context(
            method, path, resource or path, authorized_by, authorizer_context
        ),
        "body": text,
        "isBase64Encoded": is_base64,
    }


def http_api_event(
    method: str = "GET",
    path: str = "/",
    *,
    route: str | None = None,
    headers: Headers | None = None,
    query: Mapping[str, str] | None = None,
    cookies: Sequence[str] = (),
    body: object = None,
    path_params: Mapping[str, str] | None = None,
    token: str | None = None,
    authorized_by: str | None = None,
    scopes: Sequence[str] | None = None,
    authorizer_context: Mapping[str, Any] | None = None,
) -> Event:
    """Make the event of an HTTP API, payload format 2.0.

    Args:
        method: The request's method.
        path: Its path.
        route: The route's path with placeholders; default: the path.
        headers: The request's headers. Those that came twice are joined with commas; what Cookie
            holds comes among the cookies.
        query: The query's parameters.
        cookies: Cookies, each "name=value".
        body: The body: text, bytes, or anything else as JSON.
        path_params: Values of the placeholders.
        token: A token for the Authorization header.
        authorized_by: The token that a JWT authorizer has accepted.
        scopes: The scopes that the JWT authorizer had asked for; None: none.
        authorizer_context: The context that a Lambda authorizer returned.
    """
    sent = {
        name.lower(): values
        for name, values in _headers(headers, token or authorized_by, body).items()
    }
    in_header = ";".join(sent.pop("cookie", ())).split(";")
    text, is_base64 = _body(body)
    context = _http_context(method, path, route or path)
    if authorized_by is not None:
        claims = http_api_claims(claims_of(authorized_by))
        asked_for = None if scopes is None else list(scopes)
        context["authorizer"] = {"jwt": {"claims": claims, "scopes": asked_for}}
    elif authorizer_context is not None:
        context["authorizer"] = {"lambda": dict(authorizer_context)}
    event: Event = {
        "version": "2.0",
        "routeKey": f"{method} {route or path}",
        "rawPath": path,
        "rawQueryString": urlencode(query or {}),
        "headers": {name: ",".join(values) for name, values in sent.items()},
        "requestContext": context,
        "isBase64Encoded": is_base64,
    }
    # This format leaves out what there is none of.
    optional: Event = {
        "cookies": [*cookies, *filter(None, map(str.strip, in_header))],
        "queryStringParameters": dict(query or {}),
        "pathParameters": dict(path_params or {}),
    }
    event |= {name: value for name, value in optional.items() if value}
    if text is not None:
        event["body"] = text
    return event


def websocket_event(
    route: str = "$connect",
    *,
    connection_id: str = "abcdEFGHijklMNOP=",
    headers: Headers | None = None,
    query: Mapping[str, str] | None = None,
    body: object = None,
    token: str | None = None,
    authorizer_context: Mapping[str, str] | None = None,
) -> Event:
    """Make an event of a WebSocket API. Only that of $connect has headers and a query.

    Args:
        route: "$connect", "$disconnect", "$default" or a route of your own.
        connection_id: The connection.
        headers: The handshake's headers.
        query: The handshake's query parameters.
        body: The message: text, or anything else as JSON.
        token: A token for the handshake's Authorization header.
        authorizer_context: The context that the authorizer of $connect returned; it comes with
            every later message too.
    """
    kind = {"$connect": "CONNECT", "$disconnect": "DISCONNECT"}.get(route, "MESSAGE")
    text, is_base64 = _body(body)
    context = _websocket_context(route, kind, connection_id)
    if authorizer_context is not None:
        context["authorizer"] = {
            "principalId": "user",
            "integrationLatency": 21,
            **authorizer_context,
        }
    event: Event = {"requestContext": context, "isBase64Encoded": is_base64}
    if kind == "CONNECT":
        event |= _handshake(headers, query, token)
    if text is not None:
        event["body"] = text
    return event


def alb_event(
    method: str = "GET",
    path: str = "/",
    *,
    headers: Headers | None = None,
    query: Mapping[str, str] | None = None,
    body: object = None,
    token: str | None = None,
    oidc_data: str | None = None,
    oidc_access_token: str | None = None,
    multi_value_headers: bool = False,
) -> Event:
    """Make the event of an Application Load Balancer's Lambda target.

    Args:
        method: The request's method.
        path: Its path.
        headers: The request's headers.
        query: The query's parameters, as the client wrote them: a load balancer decodes none.
        body: The body: text, bytes, or anything else as JSON.
        token: A token for the Authorization header.
        oidc_data: What authenticate-cognito puts into x-amzn-oidc-data: a JWT that the load
            balancer has signed.
        oidc_access_token: The user's access token, in x-amzn-oidc-accesstoken.
        multi_value_headers: The target group's setting of that name.
    """
    sent = {name.lower(): values for name, values in _headers(headers, token, body).items()}
    if oidc_access_token is not None:
        sent["x-amzn-oidc-accesstoken"] = [oidc_access_token]
        sent["x-amzn-oidc-identity"] = [str(claims_of(oidc_access_token)["sub"])]
    if oidc_data is not None:
        sent["x-amzn-oidc-data"] = [oidc_data]
    text, is_base64 = _body(body)
    target_group = (
        f"arn:aws:elasticloadbalancing:{REGION}:{ACCOUNT}:targetgroup/lambda/49e9d65c45c6791a"
    )
    event: Event = {
        "requestContext": {"elb": {"targetGroupArn": target_group}},
        "httpMethod": method,
        "path": path,
        "body": text or "",
        "isBase64Encoded": is_base64,
    }
    if multi_value_headers:
        event["multiValueHeaders"] = sent
        event["multiValueQueryStringParameters"] = {n: [v] for n, v in (query or {}).items()}
    else:
        event["headers"] = {name: values[-1] for name, values in sent.items()}
        event["queryStringParameters"] = dict(query or {})
    return event


def token_authorizer_event(token: str, method: str = "GET", path: str = "/") -> Event:
    """Make the event of a REST API's TOKEN authorizer.

    Args:
        token: The whole value of the header, with "Bearer " if the client sends that.
        method: The method of the request that is to be authorized.
        path: Its path.
    """
    return {
        "type": "TOKEN",
        "authorizationToken": token,
        "methodArn": method_arn(method, path),
    }


def request_authorizer_event(
    method: str = "GET",
    path: str = "/",
    *,
    resource: str | None = None,
    headers: Headers | None = None,
    query: Mapping[str, str] | None = None,
    path_params: Mapping[str, str] | None = None,
    token: str | None = None,
) -> Event:
    """Make the event of a REST API's REQUEST authorizer: the request without its body.

    Args:
        method: The method of the request that is to be authorized.
        path: Its path.
        resource: The resource's path with placeholders; default: the path.
        headers: The request's headers.
        query: The query's parameters.
        path_params: Values of the placeholders.
        token: A token for the Authorization header.
    """
    event = rest_event(
        method,
        path,
        resource=resource,
        headers=headers,
        query=query,
        path_params=path_params,
        token=token,
    )
    del event["body"], event["isBase64Encoded"]
    return {
        "type": "REQUEST",
        "methodArn": method_arn(method, path),
        **event,
        # Here, empty ones are objects.
        **{
            name: event[name] or {}
            for name in (
                "queryStringParameters",
                "multiValueQueryStringParameters",
                "pathParameters",
                "stageVariables",
            )
        },
    }


def http_api_authorizer_event(
    method: str = "GET",
    path: str = "/",
    *,
    route: str | None = None,
    headers: Headers | None = None,
    query: Mapping[str, str] | None = None,
    cookies: Sequence[str] = (),
    path_params: Mapping[str, str] | None = None,
    token: str | None = None,
    identity_source: Sequence[str] | None = None,
) -> Event:
    """Make the event of an HTTP API's Lambda authorizer, payload format 2.0.

    Args:
        method: The method of the request that is to be authorized.
        path: Its path.
        route: The route's path with placeholders; default: the path.
        headers: The request's headers.
        query: The query's parameters.
        cookies: Cookies, each "name=value".
        path_params: Values of the placeholders.
        token: A token for the Authorization header.
        identity_source: The values of what the authorizer names as its identity source; default:
            the Authorization header's, if there is one.
    """
    event = http_api_event(
        method,
        path,
        route=route,
        headers=headers,
        query=query,
        cookies=cookies,
        path_params=path_params,
        token=token,
    )
    del event["isBase64Encoded"]
    sent = event["headers"].get("authorization")
    default = None if sent is None else [sent]
    return {
        **event,
        "type": "REQUEST",
        "routeArn": f"arn:aws:execute-api:{REGION}:{ACCOUNT}:{HTTP_API}/$default/{method}{path}",
        "identitySource": default if identity_source is None else list(identity_source),
    }


def websocket_authorizer_event(
    *,
    headers: Headers | None = None,
    query: Mapping[str, str] | None = None,
    token: str | None = None,
    connection_id: str = "abcdEFGHijklMNOP=",
) -> Event:
    """Make the event of a WebSocket API's REQUEST authorizer, which guards $connect.

    Args:
        headers: The handshake's headers.
        query: The handshake's query parameters; browsers can send a token only here.
        token: A token for the Authorization header.
        connection_id: The connection that is being made.
    """
    return {
        "type": "REQUEST",
        "methodArn": f"arn:aws:execute-api:{REGION}:{ACCOUNT}:{WEBSOCKET_API}/{STAGE}/$connect",
        **_handshake(headers, query, token),
        "stageVariables": {},
        "requestContext": _websocket_context("$connect", "CONNECT", connection_id),
    }


def method_arn(method: str, path: str) -> str:
    """Return the ARN of a method of the REST API that these events come from."""
    return f"arn:aws:execute-api:{REGION}:{ACCOUNT}:{REST_API}/{STAGE}/{method}{quote(path)}"


def _rest_context(
    method: str,
    path: str,
    resource: str,
    authorized_by: str | None,
    authorizer_context: Mapping[str, str] | None,
) -> Event:
    context: Event = {
        "accountId": ACCOUNT,
        "apiId": REST_API,
        "domainName": f"{REST_API}.execute-api.{REGION}.amazonaws.com",
        "domainPrefix": REST_API,
        "extendedRequestId": "KxkYhG2ZDoEFcVw=",
        "httpMethod": method,
        "identity": {
            "accessKey": None,
            "accountId": None,
            "caller": None,
            "cognitoAuthenticationProvider": None,
            "cognitoAuthenticationType": None,
            "cognitoIdentityId": None,
            "cognitoIdentityPoolId": None,
            "principalOrgId": None,
            "sourceIp": "203.0.113.7",
            "user": None,
            "userAgent": "tests",
            "userArn": None,
        },
        "path": f"/{STAGE}{path}",
        "protocol": "HTTP/1.1",
        "requestId": str(uuid.uuid4()),
        **_times("requestTime", "requestTimeEpoch"),
        "resourceId": "123abc",
        "resourcePath": resource,
        "stage": STAGE,
    }
    if authorized_by is not None:
        context["authorizer"] = {"claims": rest_claims(claims_of(authorized_by))}
    elif authorizer_context is not None:
        context["authorizer"] = {
            "principalId": "user",
            "integrationLatency": 21,
            **authorizer_context,
        }
    return context


def _http_context(method: str, path: str, route: str) -> Event:
    return {
        "accountId": ACCOUNT,
        "apiId": HTTP_API,
        "domainName": f"{HTTP_API}.execute-api.{REGION}.amazonaws.com",
        "domainPrefix": HTTP_API,
        "http": {
            "method": method,
            "path": path,
            "protocol": "HTTP/1.1",
            "sourceIp": "203.0.113.7",
            "userAgent": "tests",
        },
        "requestId": "KxkYhG2ZDoEFcVw=",
        "routeKey": f"{method} {route}",
        "stage": "$default",
        **_times("time", "timeEpoch"),
    }


def _websocket_context(route: str, kind: str, connection_id: str) -> Event:
    context: Event = {
        "routeKey": route,
        "eventType": kind,
        "extendedRequestId": "KxkYhG2ZDoEFcVw=",
        **_times("requestTime", "requestTimeEpoch"),
        "messageDirection": "IN",
        "stage": STAGE,
        "connectedAt": int(time.time() * 1000),
        "identity": {"sourceIp": "203.0.113.7"},
        "requestId": "KxkYhG2ZDoEFcVw=",
        "domainName": f"{WEBSOCKET_API}.execute-api.{REGION}.amazonaws.com",
        "connectionId": connection_id,
        "apiId": WEBSOCKET_API,
    }
    if kind == "MESSAGE":
        context["messageId"] = "KxkYhfJMDoECIaA="
    return context


def _handshake(
    headers: Headers | None, query: Mapping[str, str] | None, token: str | None
) -> Event:
    sent = _headers(headers, token, None)
    handshake: Event = {
        "headers": {name: values[-1] for name, values in sent.items()},
        "multiValueHeaders": sent,
    }
    if query:
        handshake["queryStringParameters"] = dict(query)
        handshake["multiValueQueryStringParameters"] = {n: [v] for n, v in query.items()}
    return handshake


def _headers(given: Headers | None, token: str | None, body: object) -> dict[str, list[str]]:
    headers = {"Host": ["api.example.com"], "User-Agent": ["tests"]}
    if body is not None and not isinstance(body, (str, bytes)):
        headers["Content-Type"] = ["application/json"]
    if token is not None:
        headers["Authorization"] = [f"Bearer {token}"]
    for name, value in (given or {}).items():
        for known in [known for known in headers if known.lower() == name.lower()]:
            del headers[known]
        headers[name] = [value] if isinstance(value, str) else list(value)
    return headers


def _body(body: object) -> tuple[str | None, bool]:
    if body is None or isinstance(body, str):
        return body, False
    if isinstance(body, bytes):
        return base64.b64encode(body).decode(), True
    return json.dumps(body), False


def _times(text: str, epoch: str) -> Event:
    now = time.time()
    at = datetime.fromtimestamp(now, UTC)
    return {
        text: f"{at:%d}/{MONTHS[at.month - 1]}/{at:%Y:%H:%M:%S} +0000",
        epoch: int(now * 1000),
    }
