#!/usr/bin/env python3
"""An AWS for the tests: moto's server, and what moto lacks of the ways, in AWS's published shapes.

    stand_in.py PORT CALLS

CALLS is the file that gets a line for each call: the caller's access key, and the action by which IAM knows it.

Added are the auto scaling groups of EKS's node groups, without instances; EC2's ImportSnapshot and DescribeImportSnapshotTasks, EFS' DeleteFileSystemPolicy, IAM's
SimulatePrincipalPolicy (of a user's inline policies, without conditions), and conditions on
aws:SecureTransport in bucket policies (callers count as callers over TLS). Input and output are checked against the
services' own API models, which botocore ships. It must not answer what AWS would refuse: a disk of another format than
it is called, an object or a role that is not there, is an error here too.
"""

import json
import re
import sys
from fnmatch import fnmatchcase

from botocore.session import get_session
from botocore.validate import ParamValidator
from moto.autoscaling.models import autoscaling_backends
from moto.core.exceptions import JsonRESTError
from moto.core.responses import ActionResult, BaseResponse
from moto.ec2.exceptions import EC2ClientError
from moto.ec2.responses import EC2Response
from moto.efs.responses import EFSResponse
from moto.eks.models import EKSBackend
from moto.iam.models import iam_backends
from moto.iam.responses import IamResponse
from moto.s3.models import FakeBucket, s3_backends
from moto.s3.responses import S3Response
from moto.server import main

# What a disk image of each format has: VHD ends with a footer of 512 bytes that begins so (Virtual Hard Disk Image
# Format Specification, "Hard Disk Footer Format"), the first sector of a raw disk with the boot signature.
VHD_COOKIE = b"conectix"
BOOT_SIGNATURE = b"\x55\xaa"

# Import tasks by id. AWS lists them for a week, whatever becomes of their snapshots.
TASKS: dict[str, dict] = {}


def checked(response, operation: str, names: list[str]) -> dict:
    """The parameters of a call, as the service's own model has them."""
    given = {name: response._get_param(name) for name in names}
    given = {name: value for name, value in given.items() if value is not None}
    service = get_session().get_service_model(response.boto3_service_name)
    report = ParamValidator().validate(given, service.operation_model(operation).input_shape)
    if report.has_errors():
        raise EC2ClientError("InvalidParameterValue", report.generate_report())
    return given


def disk(response, container: dict) -> bytes:
    """The disk that is to be imported: it must be there, and of the format that it is called."""
    place = container["UserBucket"]
    store = s3_backends[response.current_account]["aws"]
    found = store.get_object(place["S3Bucket"], place["S3Key"])
    if found is None:
        raise EC2ClientError("InvalidParameter", f"no object {place['S3Bucket']}/{place['S3Key']}")
    content = found.value
    formats = {"VHD": content[-512:].startswith(VHD_COOKIE), "RAW": content[510:512] == BOOT_SIGNATURE}
    if not formats.get(container["Format"], False):
        raise EC2ClientError("InvalidParameter", f"ClientError: Disk validation failed [not {container['Format']}]")
    return content


def import_snapshot(self):
    names = ["DiskContainer", "Encrypted", "RoleName", "TagSpecifications", "Description", "ClientToken"]
    given = checked(self, "ImportSnapshot", names)
    content = disk(self, given["DiskContainer"])
    role = iam_backends[self.current_account]["aws"].get_role(given["RoleName"])
    trust = json.loads(role.assume_role_policy_document)
    if "vmie.amazonaws.com" not in json.dumps(trust) or "vmimport" not in json.dumps(trust) or not role.policies:
        raise EC2ClientError("InvalidParameter", "The service role provided does not exist or does not have sufficient permissions")
    for specification in given.get("TagSpecifications", []):
        if specification["ResourceType"] != "import-snapshot-task":
            raise EC2ClientError("InvalidParameterValue", f"{specification['ResourceType']} is no import-snapshot-task")
    volume = self.ec2_backend.create_volume(size=3, zone_name=f"{self.region}a", encrypted=True)
    snapshot = self.ec2_backend.create_snapshot(volume.id, "imported")
    self.ec2_backend.delete_volume(volume.id)
    identifier = f"import-snap-{len(TASKS):017x}"
    TASKS[identifier] = {
        "ImportTaskId": identifier,
        "SnapshotTaskDetail": {
            "DiskImageSize": float(len(content)),
            "Format": given["DiskContainer"]["Format"],
            "SnapshotId": snapshot.id,
            "Status": "completed",
            "UserBucket": given["DiskContainer"]["UserBucket"],
        },
        "Tags": [tag for one in given.get("TagSpecifications", []) for tag in one["Tags"]],
    }
    return ActionResult(TASKS[identifier])


def describe_import_snapshot_tasks(self):
    given = checked(self, "DescribeImportSnapshotTasks", ["ImportTaskIds", "Filters"])
    wanted = given.get("ImportTaskIds") or list(TASKS)
    unknown = [identifier for identifier in wanted if identifier not in TASKS]
    if unknown:
        raise EC2ClientError("InvalidConversionTaskId.Malformed", f"no task {unknown}")
    return ActionResult({"ImportSnapshotTasks": [TASKS[identifier] for identifier in wanted]})


def delete_file_system_policy(self):
    system = self.efs_backend.file_systems_by_id.get(self._get_param("FileSystemId"))
    if system is None:
        raise JsonRESTError("FileSystemNotFound", "no such file system")
    system.file_system_policy = None
    return "{}", {"Content-Type": "application/json"}


def simulate_principal_policy(self):
    given = checked(self, "SimulatePrincipalPolicy", ["PolicySourceArn", "ActionNames", "ResourceArns"])
    user = self.backend.get_user(given["PolicySourceArn"].rsplit("/", 1)[1])
    statements = [statement for policy in user.policies.values() for statement in json.loads(policy)["Statement"]]

    def allowed(action: str, resource: str) -> bool:
        return any(
            any(fnmatchcase(action, pattern) for pattern in statement["Action"]) and fnmatchcase(resource, statement["Resource"])
            for statement in statements
        )

    results = [
        {"EvalActionName": action, "EvalResourceName": resource, "EvalDecision": "allowed" if allowed(action, resource) else "implicitDeny"}
        for action in given["ActionNames"]
        for resource in given.get("ResourceArns", ["*"])
    ]
    return ActionResult({"EvaluationResults": results, "IsTruncated": False})


def get_permission(self, action: str, resource: str):
    """A bucket's policy without the statements whose condition does not hold over TLS."""
    policy, whole = json.loads(self.policy or b"{}"), self.policy
    if not policy:
        return original(self, action, resource)

    def holds(statement: dict) -> bool:
        condition = statement.get("Condition", {})
        known = {"Bool": {"aws:SecureTransport": condition.get("Bool", {}).get("aws:SecureTransport")}}
        if condition and condition != known:
            raise NotImplementedError(f"a condition that is not known here: {condition}")
        return condition.get("Bool", {}).get("aws:SecureTransport", "true") in ("true", ["true"])

    policy["Statement"] = [statement for statement in policy["Statement"] if holds(statement)]
    try:
        self.policy = json.dumps(policy).encode() if policy["Statement"] else None
        return original(self, action, resource)
    finally:
        self.policy = whole


def groups_of(nodes) -> list[str]:
    """The names of a node group's auto scaling groups, as moto answers them."""
    return [group["name"] for group in nodes.resources["autoScalingGroups"]]


def create_nodegroup(self, *positional, **named):
    nodes = create_nodes(self, *positional, **named)
    template = {"LaunchTemplateId": nodes.launch_template["id"], "Version": nodes.launch_template["version"]}
    for name in groups_of(nodes):
        autoscaling_backends[self.account_id][self.region_name].create_auto_scaling_group(
            name=name,
            availability_zones=[],
            desired_capacity=0,
            max_size=1,
            min_size=0,
            launch_config_name="",
            launch_template=template,
            vpc_zone_identifier=",".join(nodes.subnets),
            default_cooldown=None,
            health_check_period=None,
            health_check_type=None,
            load_balancers=[],
            target_group_arns=[],
            placement_group=None,
            termination_policies=[],
            tags=[],
        )
    return nodes


def delete_nodegroup(self, cluster_name: str, nodegroup_name: str):
    nodes = delete_nodes(self, cluster_name, nodegroup_name)
    for name in groups_of(nodes):
        autoscaling_backends[self.account_id][self.region_name].delete_auto_scaling_group(name)
    return nodes


create_nodes, delete_nodes = EKSBackend.create_nodegroup, EKSBackend.delete_nodegroup
original = FakeBucket.get_permission
call_action, set_action = BaseResponse.call_action, S3Response._set_action

# IAM's word for a service where botocore's endpoint has another.
PREFIXES = {"awslambda": "lambda", "elbv2": "elasticloadbalancing", "resourcegroupstaggingapi": "tag", "efs": "elasticfilesystem", "apigatewayv2": "apigateway"}


def note(response, service: str, action: str):
    scope = re.search(r"Credential=([^/]+)/", response.headers.get("Authorization", ""))
    with open(sys.argv[2], "a") as calls:
        calls.write(f"{scope[1] if scope else '-'} {PREFIXES.get(service, service)}:{action}\n")


def noted_call(self):
    # API Gateway's actions are HTTP's methods (Service Authorization Reference).
    is_gateway = self.service_name in ("apigateway", "apigatewayv2")
    note(self, self.service_name, self.method if is_gateway else self._get_action())
    return call_action(self)


def noted_set(self, kind: str, method: str, querystring: dict):
    set_action(self, kind, method, querystring)
    note(self, "s3", self.data["Action"])


if __name__ == "__main__":
    FakeBucket.get_permission = get_permission
    BaseResponse.call_action = noted_call
    S3Response._set_action = noted_set
    EKSBackend.create_nodegroup, EKSBackend.delete_nodegroup = create_nodegroup, delete_nodegroup
    EC2Response.import_snapshot = import_snapshot
    EC2Response.describe_import_snapshot_tasks = describe_import_snapshot_tasks
    IamResponse.simulate_principal_policy = simulate_principal_policy
    EFSResponse.delete_file_system_policy = delete_file_system_policy
    main(["--host", "127.0.0.1", "--port", sys.argv[1]])
