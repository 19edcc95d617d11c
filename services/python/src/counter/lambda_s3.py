"""The function that counts in S3."""

from counter.lambda_function import handler_of
from counter.stores.s3 import S3

handler = handler_of("s3", "s3://BUCKET/KEY", S3)
