import sys

from django.conf import settings
from django.core.management import execute_from_command_line
from django.core.wsgi import get_wsgi_application
from django.http import JsonResponse
from django.urls import path

settings.configure(
    ALLOWED_HOSTS=["localhost"],
    ROOT_URLCONF=__name__,
)


def tasks(request):
    return JsonResponse({"tasks": ["water the plants"]})


urlpatterns = [path("tasks", tasks)]
application = get_wsgi_application()

if __name__ == "__main__":
    execute_from_command_line(sys.argv)
