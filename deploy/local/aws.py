"""Clients of S3 and SQS that read the environment as the daemon does: `AWS_ENDPOINT_URL`, region and keys."""

import botocore.config
import botocore.session

# So many requests are under way at once.
CONNECTIONS = 16


def client(service):
    config = botocore.config.Config(max_pool_connections=CONNECTIONS, retries={"mode": "standard"})
    return botocore.session.get_session().create_client(service, config=config)
