"""How calls reach Cognito: over boto3, or over httpx without it."""
