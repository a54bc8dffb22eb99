REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["cognitokit.django.rest.CognitoAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
}
