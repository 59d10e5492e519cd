"""Where files are kept: right settings and wrong ones, which stop the start with a sentence."""

from __future__ import annotations

from typing import Any

import pytest

from tms_chat.core.errors import StartError
from tms_chat.files.bucket import Bucket
from tms_chat.settings import load_settings

KEYS = {"files_s3_access_key_id": "id", "files_s3_secret_access_key": "the secret of the bucket"}


def load(**values: Any) -> Bucket | None:
    return load_settings(_env_file=None, **values).files_bucket


def test_without_an_address_files_are_kept_on_the_disk() -> None:
    assert load() is None


def test_a_bucket_with_and_without_what_surrounds_it() -> None:
    assert load(files_url="s3://chat") == Bucket("chat", "", None, "us-east-1")
    full = load(
        files_url=" s3://my.chat/team/files/ ",
        files_s3_endpoint="https://minio.example.com/",
        files_s3_region="eu-central-1",
        **KEYS,
    )
    assert full == Bucket(
        "my.chat", "team/files", "https://minio.example.com", "eu-central-1", "id", "the secret of the bucket"
    )


WRONG: dict[str, tuple[dict[str, str], str]] = {
    "an endpoint without a bucket": ({"files_s3_endpoint": "http://127.0.0.1:9000"}, "FILES_URL is missing"),
    "keys without a bucket": (KEYS, "FILES_URL is missing"),
    "a folder": ({"files_url": "/srv/files"}, "FILES_URL must be"),
    "another service": ({"files_url": "gs://bucket"}, "FILES_URL must be"),
    "no bucket": ({"files_url": "s3:///files"}, "FILES_URL must be"),
    "a name that no bucket has": ({"files_url": "s3://My_Bucket"}, "FILES_URL must be"),
    "a key without its secret": (
        {"files_url": "s3://chat", "files_s3_access_key_id": "id"},
        "belong together",
    ),
    "a secret without its key": ({"files_url": "s3://chat", "files_s3_secret_access_key": "s"}, "belong together"),
    "an endpoint with a path": (
        {"files_url": "s3://chat", "files_s3_endpoint": "https://minio.example.com/chat"},
        "FILES_S3_ENDPOINT must be",
    ),
    "an endpoint without a scheme": (
        {"files_url": "s3://chat", "files_s3_endpoint": "minio:9000"},
        "FILES_S3_ENDPOINT must be",
    ),
}


@pytest.mark.parametrize("what", WRONG)
def test_a_wrong_combination_stops_the_start_with_a_sentence(what: str) -> None:
    values, sentence = WRONG[what]
    with pytest.raises(StartError, match=sentence) as stopped:
        load(**values)
    assert "the secret of the bucket" not in str(stopped.value)


@pytest.mark.parametrize(
    ("name", "value"),
    [("max_file_mb", "0"), ("max_file_mb", "x"), ("files_quota_mb", "-1"), ("files_max_disk_percent", "101")],
)
def test_bounds_have_bounds(name: str, value: str) -> None:
    with pytest.raises(StartError, match=name.upper()):
        load(**{name: value})


def test_the_secret_is_shown_nowhere() -> None:
    settings = load_settings(_env_file=None, files_url="s3://chat", **KEYS)
    for shown in (repr(settings), repr(settings.files_bucket), str(settings.files_bucket), settings.files_bucket.label):  # type: ignore[union-attr]
        assert "the secret of the bucket" not in shown
