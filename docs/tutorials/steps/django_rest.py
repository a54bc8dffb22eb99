from django.urls import path
from rest_framework.response import Response
from rest_framework.views import APIView

from cognitokit.django.rest import cognito_permission


class Tasks(APIView):
    permission_classes = [cognito_permission(groups=["admin"])]

    def get(self, request):
        return Response({"user": request.auth.username})


urlpatterns = [path("tasks", Tasks.as_view())]
