"""`python -m cognitokit`: the command line."""

from cognitokit.cli import main

main("python -m cognitokit")
