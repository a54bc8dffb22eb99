import logging

logging.basicConfig()
logging.getLogger("cognitokit").setLevel(logging.INFO)
