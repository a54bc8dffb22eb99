"""The stack: a user pool with self sign-up, and an API with four functions. `cdk deploy` runs this."""

from __future__ import annotations

from pathlib import Path

import aws_cdk as cdk
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_cognito as cognito
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

HERE = Path(__file__).parent


class SignUp(cdk.Stack):
    """Users sign up with a name, a password and an email address, and confirm it by a code."""

    def __init__(self, scope: Construct, name: str) -> None:
        super().__init__(scope, name)
        pool = cognito.UserPool(
            self,
            "Users",
            self_sign_up_enabled=True,
            sign_in_aliases=cognito.SignInAliases(username=True),
            auto_verify=cognito.AutoVerifiedAttrs(email=True),
            standard_attributes=cognito.StandardAttributes(
                email=cognito.StandardAttribute(required=True)
            ),
            password_policy=cognito.PasswordPolicy(min_length=12),
            account_recovery=cognito.AccountRecovery.EMAIL_ONLY,
            removal_policy=cdk.RemovalPolicy.DESTROY,
        )
        client = pool.add_client(
            "Web",
            auth_flows=cognito.AuthFlow(user_password=True),
            disable_o_auth=True,
            prevent_user_existence_errors=True,
        )
        self.pool, self.client_id = pool, client.user_pool_client_id
        # What `pip install --target build` has made, or in its absence the sources alone.
        built = HERE / "build"
        self.code = lambda_.Code.from_asset(str(built if built.exists() else HERE / "functions"))

        api = apigateway.RestApi(self, "Api", cloud_watch_role=False)
        authorizer = apigateway.CognitoUserPoolsAuthorizer(
            self, "SignedIn", cognito_user_pools=[pool]
        )
        for path, handler, action in (
            ("sign-up", "sign_up", "SignUp"),
            ("confirm", "confirm", "ConfirmSignUp"),
            ("sign-in", "sign_in", "InitiateAuth"),
        ):
            function = self.function(handler)
            # The functions call without a signature, and need no permission: this is the whole of
            # what one that signs its calls would need.
            pool.grant(function, f"cognito-idp:{action}")
            api.root.add_resource(path).add_method("POST", apigateway.LambdaIntegration(function))
        api.root.add_resource("secret").add_method(
            "GET",
            apigateway.LambdaIntegration(self.function("secret")),
            authorizer=authorizer,
            authorization_type=apigateway.AuthorizationType.COGNITO,
        )
        cdk.CfnOutput(self, "UserPoolId", value=pool.user_pool_id)
        cdk.CfnOutput(self, "ClientId", value=self.client_id)

    def function(self, handler: str) -> lambda_.Function:
        """Make one of the functions."""
        return lambda_.Function(
            self,
            handler.replace("_", " ").title().replace(" ", ""),
            runtime=lambda_.Runtime.PYTHON_3_13,
            handler=f"accounts.{handler}",
            code=self.code,
            memory_size=512,
            timeout=cdk.Duration.seconds(10),
            environment={
                "COGNITO_USER_POOL_ID": self.pool.user_pool_id,
                "COGNITO_CLIENT_ID": self.client_id,
            },
        )


if __name__ == "__main__":
    app = cdk.App()
    SignUp(app, "SignUp")
    app.synth()
