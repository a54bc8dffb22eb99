import sys
from getpass import getpass

from cognitokit import CognitoClient

client = CognitoClient.from_env()
result = client.sign_in(sys.argv[1], getpass())
print(result.require_tokens().access_token)
