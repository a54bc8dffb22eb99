"""FakePool: a Cognito user pool in memory, and the software authenticator that goes with it.

The pool is a state (state.py) and a table of operations over it (operations.py), each a function
from state and request to response. service_model.py holds both ends against botocore's model.
"""
