"""Deploys the templates of deploy/cloudformation to a local AWS that enforces policies, and drops files: an event must arrive for
each of them, of no other key and no other bucket, and the policy for the loader must be enough for its work and for no more."""

import json
import os
import tempfile
from pathlib import Path

import botocore.config
import botocore.exceptions
import botocore.session

import processes
import project
from conditions import wait_until

TEMPLATES = project.ROOT / "deploy" / "cloudformation"
PREFIX = "raw/"
# As S3 and EventBridge spell them: the first encodes keys, the second does not.
KEY, ENCODED_KEY = "raw/a b+ü.json", "raw/a+b%2B%C3%BC.json"

# What of a template is tried, and what then stands in a message.
WAYS = [
    ("bucket-to-queue", {}, lambda body: body["Records"][0]["s3"]["object"]["key"]),
    ("bucket-to-topic", {}, lambda body: body["Records"][0]["s3"]["object"]["key"]),
    ("bucket-to-topic", {"RawMessageDelivery": "false"},
     lambda body: json.loads(body["Message"])["Records"][0]["s3"]["object"]["key"]),
    ("bucket-to-eventbridge", {}, lambda body: body["detail"]["object"]["key"]),
]


def problems():
    with tempfile.TemporaryDirectory() as folder, Aws(Path(folder)) as aws:
        for number, (template, parameters, key) in enumerate(WAYS):
            for creates_bucket in (True, False):
                name = f"way-{number}-{'new' if creates_bucket else 'old'}"
                told = ", ".join([template, *parameters.values(), "a new bucket" if creates_bucket else "a bucket that was there"])
                for problem in of_a_way(aws, name, template, parameters, key, creates_bucket):
                    yield f"{told}: {problem}"


def of_a_way(aws, name, template, parameters, key, creates_bucket):
    s3, sqs = aws.client("s3"), aws.client("sqs")
    outputs = deploy(aws, name, template, parameters | {"BucketName": name, "CreateBucket": str(creates_bucket).lower()})
    queue = outputs["QueueUrl"]
    if not creates_bucket:
        s3.put_bucket_notification_configuration(
            Bucket=name, NotificationConfiguration=json.loads(outputs["BucketNotification"]))
    s3.put_object(Bucket=name, Key="other.json", Body=b"of no concern")
    s3.put_object(Bucket=name, Key=KEY, Body=b"data")
    arrived = wait_until(lambda: keys_in(sqs, queue, key), "an event", patience=20)
    if arrived not in ([KEY], [ENCODED_KEY]):
        yield f"the keys {arrived} were announced where only {KEY} was expected"
    attributes = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["All"])["Attributes"]
    redrive = json.loads(attributes["RedrivePolicy"])
    if not redrive["deadLetterTargetArn"].endswith(f":{outputs['DeadLetterQueueUrl'].rpartition('/')[2]}"):
        yield "the queue does not redrive to the dead-letter queue of the template"
    yield from of_other_sources(aws, f"{name}-stranger", outputs)
    yield from of_the_loader(aws, name, outputs)


def deploy(aws, name, template, parameters):
    """Makes the stack, and the bucket before it unless the stack does; returns what the template puts out."""
    if parameters["CreateBucket"] == "false":
        aws.client("s3").create_bucket(Bucket=name)
    stacks = aws.client("cloudformation")
    parameters = parameters | {"Prefix": PREFIX}
    stacks.create_stack(
        StackName=name, TemplateBody=(TEMPLATES / f"{template}.yaml").read_text(), Capabilities=["CAPABILITY_IAM"],
        Parameters=[{"ParameterKey": key, "ParameterValue": value} for key, value in parameters.items()])
    stacks.get_waiter("stack_create_complete").wait(StackName=name, WaiterConfig={"Delay": 1})
    stack = stacks.describe_stacks(StackName=name)["Stacks"][0]
    return {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}


def keys_in(sqs, queue, key):
    """Those of the events in the queue; S3's test event is none."""
    messages = sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10, VisibilityTimeout=0).get("Messages", [])
    bodies = [json.loads(message["Body"]) for message in messages]
    return [key(body) for body in bodies if "s3:TestEvent" not in json.dumps(body)]


def of_other_sources(aws, stranger, outputs):
    """Another bucket must not get through; EventBridge takes events of all, and its rule picks."""
    notification = json.loads(outputs["BucketNotification"])
    if "EventBridgeConfiguration" in notification:
        return
    s3 = aws.client("s3")
    s3.create_bucket(Bucket=stranger)
    try:
        s3.put_bucket_notification_configuration(Bucket=stranger, NotificationConfiguration=notification)
        yield "another bucket may send events too"
    except botocore.exceptions.ClientError as error:
        if error.response["Error"]["Code"] != "InvalidArgument":
            raise


def of_the_loader(aws, name, outputs):
    """A user with nothing but the policy of the template does what the loader does."""
    iam = aws.client("iam")
    iam.create_user(UserName=name)
    iam.attach_user_policy(UserName=name, PolicyArn=outputs["LoaderPolicyArn"])
    key = iam.create_access_key(UserName=name)["AccessKey"]
    loader = aws.of(key["AccessKeyId"], key["SecretAccessKey"])
    s3, sqs, queue, dead = loader.client("s3"), loader.client("sqs"), outputs["QueueUrl"], outputs["DeadLetterQueueUrl"]

    def take_and_delete():
        message = sqs.receive_message(QueueUrl=queue)["Messages"][0]["ReceiptHandle"]
        sqs.change_message_visibility(QueueUrl=queue, ReceiptHandle=message, VisibilityTimeout=60)
        sqs.delete_message(QueueUrl=queue, ReceiptHandle=message)

    for what, allowed, act in [
        ("look at the queue", True, lambda: sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["All"])),
        ("take and delete messages", True, take_and_delete),
        ("park messages", True, lambda: sqs.send_message(QueueUrl=dead, MessageBody="parked")),
        ("find files", True, lambda: s3.list_objects_v2(Bucket=name)),
        ("read files", True, lambda: s3.get_object(Bucket=name, Key=KEY)),
        ("read what is not under the prefix", False, lambda: s3.get_object(Bucket=name, Key="other.json")),
        ("write manifests", True, lambda: s3.put_object(Bucket=name, Key="s3-to-redshift-manifests/one.manifest", Body=b"")),
        ("write files", False, lambda: s3.put_object(Bucket=name, Key=KEY, Body=b"")),
        ("purge the queue", False, lambda: sqs.purge_queue(QueueUrl=queue)),
    ]:
        try:
            act()
            is_allowed = True
        except botocore.exceptions.ClientError as error:
            is_allowed = False
            if "Denied" not in error.response["Error"]["Code"]:
                raise
        if is_allowed != allowed:
            yield f"the policy for the loader {'lets' if is_allowed else 'does not let'} it {what}"


class Aws:
    """A ministack of its own that asks policies, which it does not unless told to."""

    def __init__(self, folder):
        self.folder = folder
        self.port = processes.free_port()
        self.keys = ("test", "test")

    def __enter__(self):
        # A profile that this machine has not is an error, even of clients that need none.
        os.environ.pop("AWS_PROFILE", None)
        environment = os.environ | {"AUTH": "true", "BIND_HOST": "127.0.0.1", "MINISTACK_HOST": "127.0.0.1",
                                    "IOT_MTLS_ENABLED": "0", "GATEWAY_PORT": str(self.port), "LOG_LEVEL": "ERROR"}
        self.process = processes.start([project.PYTHON, "-m", "ministack"], environment, self.folder / "log")
        try:
            wait_until(self.answers, "ministack to be ready")
        except BaseException:
            processes.stop(self.process, "ministack")
            raise
        return self

    def __exit__(self, *_):
        processes.stop(self.process, "ministack")

    def answers(self):
        try:
            self.client("sts").get_caller_identity()
            return True
        except botocore.exceptions.EndpointConnectionError:
            return False

    def of(self, key, secret):
        other = Aws(self.folder)
        other.port, other.keys = self.port, (key, secret)
        return other

    def client(self, service):
        key, secret = self.keys
        return botocore.session.Session().create_client(
            service, region_name="us-east-1", endpoint_url=f"http://127.0.0.1:{self.port}", aws_access_key_id=key,
            aws_secret_access_key=secret, config=botocore.config.Config(s3={"addressing_style": "path"}))
