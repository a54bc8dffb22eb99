import sys

from main import handler

from cognitokit.testing import LambdaClient, http_api_event

method, path, *token = sys.argv[1:]
headers = {"Authorization": f"Bearer {token[0]}"} if token else {}
response = LambdaClient(handler, http_api_event).request(method, path, headers=headers)
print(response.status_code, response.text)
