import os
import sys

from django.conf import settings
from django.core.management import execute_from_command_line
from django.core.wsgi import get_wsgi_application
from django.http import JsonResponse
from django.urls import path

from cognitokit.django import require_cognito

settings.configure(
    ALLOWED_HOSTS=["localhost"],
    ROOT_URLCONF=__name__,
    INSTALLED_APPS=["cognitokit.django"],
    COGNITO_TOKEN_USE="access",
    COGNITO_USER_POOL_ID=os.environ.get("COGNITO_USER_POOL_ID"),
    COGNITO_CLIENT_ID=os.environ.get("COGNITO_CLIENT_ID"),
    COGNITO_ENDPOINT_URL=os.environ.get("COGNITO_ENDPOINT_URL"),
)


@require_cognito
def tasks(request):
    user = request.user.get_username()
    return JsonResponse({"user": user, "tasks": ["water the plants"]})


urlpatterns = [path("tasks", tasks)]
application = get_wsgi_application()

if __name__ == "__main__":
    execute_from_command_line(sys.argv)
