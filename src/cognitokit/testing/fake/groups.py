"""Groups, and who is in them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cognitokit.testing.fake.administration import described
from cognitokit.testing.fake.pages import page
from cognitokit.testing.fake.refusal import Refused, not_found
from cognitokit.testing.fake.users import Group

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from cognitokit.testing.fake.state import PoolState

_SETTINGS = {"Description": "description", "RoleArn": "role_arn", "Precedence": "precedence"}


def create_group(state: PoolState, params: Mapping[str, Any]) -> dict[str, Any]:
    """CreateGroup."""
    state.check_pool(params)
    name = params["GroupName"]
    if name in state.groups:
        raise Refused("GroupExistsException", "A group with the name already exists.")
    now = state.now()
    group = Group(name, now, now)
    _set(group, params)
    state.groups[name] = group
    return {"Group": _described(state, group)}


def get_group(state: PoolState, params: Mapping[str, Any]) -> dict[str, Any]:
    """GetGroup."""
    return {"Group": _described(state, _group(state, params))}


def update_group(state: PoolState, params: Mapping[str, Any]) -> dict[str, Any]:
    """UpdateGroup."""
    group = _group(state, params)
    _set(group, params)
    group.modified_at = state.now()
    return {"Group": _described(state, group)}


def delete_group(state: PoolState, params: Mapping[str, Any]) -> dict[str, Any]:
    """DeleteGroup."""
    group = _group(state, params)
    del state.groups[group.name]
    for user in state.directory:
        if group.name in user.groups:
            user.groups.remove(group.name)
    return {}


def list_groups(state: PoolState, params: Mapping[str, Any]) -> dict[str, Any]:
    """ListGroups."""
    state.check_pool(params)
    return _listed(state, list(state.groups.values()), params)


def admin_add_user_to_group(state: PoolState, params: Mapping[str, Any]) -> dict[str, Any]:
    """AdminAddUserToGroup."""
    user = state.admin_user(params)
    group = _group(state, params)
    if group.name not in user.groups:
        user.groups.append(group.name)
    return {}


def admin_remove_user_from_group(state: PoolState, params: Mapping[str, Any]) -> dict[str, Any]:
    """AdminRemoveUserFromGroup."""
    user = state.admin_user(params)
    group = _group(state, params)
    if group.name in user.groups:
        user.groups.remove(group.name)
    return {}


def admin_list_groups_for_user(state: PoolState, params: Mapping[str, Any]) -> dict[str, Any]:
    """AdminListGroupsForUser."""
    user = state.admin_user(params)
    return _listed(state, [state.groups[name] for name in user.groups], params)


def list_users_in_group(state: PoolState, params: Mapping[str, Any]) -> dict[str, Any]:
    """ListUsersInGroup."""
    group = _group(state, params)
    members = [user for user in state.directory if group.name in user.groups]
    users, following = page(members, params, size="Limit", token="NextToken")
    return {"Users": [described(state, user) for user in users], **following}


def _group(state: PoolState, params: Mapping[str, Any]) -> Group:
    state.check_pool(params)
    group = state.groups.get(params["GroupName"])
    if group is None:
        raise not_found("Group not found.")
    return group


def _set(group: Group, params: Mapping[str, Any]) -> None:
    for member, attribute in _SETTINGS.items():
        if member in params:
            setattr(group, attribute, params[member])


def _listed(state: PoolState, groups: Sequence[Group], params: Mapping[str, Any]) -> dict[str, Any]:
    items, following = page(groups, params, size="Limit", token="NextToken")
    return {"Groups": [_described(state, group) for group in items], **following}


def _described(state: PoolState, group: Group) -> dict[str, Any]:
    described_group: dict[str, Any] = {
        "GroupName": group.name,
        "UserPoolId": state.pool_id,
        "CreationDate": state.moment(group.created_at),
        "LastModifiedDate": state.moment(group.modified_at),
    }
    for member, attribute in _SETTINGS.items():
        value = getattr(group, attribute)
        if value is not None:
            described_group[member] = value
    return described_group
