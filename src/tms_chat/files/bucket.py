"""Where files are kept when that is an S3-compatible service: parsed from the settings, wrong ones refused."""

import re
from dataclasses import dataclass, field
from urllib.parse import urlsplit

# Amazon's rule for names, which others follow (S3 user guide, "General purpose bucket naming rules").
BUCKET_NAME = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
DEFAULT_REGION = "us-east-1"


@dataclass(frozen=True, slots=True)
class Bucket:
    """A place in a bucket. Without a key what the machine itself may do counts, as on Amazon's own machines."""

    name: str
    prefix: str
    endpoint: str | None
    region: str
    key_id: str | None = field(default=None, repr=False)
    secret: str | None = field(default=None, repr=False)

    @property
    def label(self) -> str:
        """For the log."""
        return f"s3://{self.name}/{self.prefix}" + (f" at {self.endpoint}" if self.endpoint else "")


def parse_bucket(
    url: str | None, *, endpoint: str | None, region: str | None, key_id: str | None, secret: str | None
) -> Bucket | None:
    """None for the local disk. Raises ValueError with a sentence that names the setting and the remedy."""
    if url is None:
        if any((endpoint, region, key_id, secret)):
            raise ValueError("FILES_URL is missing: with FILES_S3_… it names the bucket, like s3://bucket/prefix")
        return None
    parts = urlsplit(url.strip())
    if parts.scheme != "s3" or BUCKET_NAME.fullmatch(parts.netloc) is None or parts.query or parts.fragment:
        raise ValueError("FILES_URL must be like s3://bucket/prefix; without it files are kept in DATA_DIR")
    if (key_id is None) != (secret is None):
        raise ValueError("FILES_S3_ACCESS_KEY_ID and FILES_S3_SECRET_ACCESS_KEY belong together: set both, or neither")
    if endpoint is not None:
        address = urlsplit(endpoint.strip())
        if address.scheme not in ("http", "https") or not address.netloc or address.path.strip("/") or address.query:
            raise ValueError("FILES_S3_ENDPOINT must be an address without a path, like https://minio.example.com")
        endpoint = f"{address.scheme}://{address.netloc}"
    return Bucket(parts.netloc, parts.path.strip("/"), endpoint, region or DEFAULT_REGION, key_id, secret)
