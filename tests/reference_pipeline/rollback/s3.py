"""moto's server, taking keys with line breaks, and listing versions with encoded keys as S3 does, and uploads, too.

GET /kept gives all that is in the buckets, PUT brings it back with its versions and times; GET /objects?bucket=b gives all objects that are current as JSON, in one answer.
"""

import base64
import datetime
import json
import pickle
import sys
import urllib.parse

import moto.s3.models
import moto.s3.responses
from moto.core.model_instances import reset_model_data
from moto.moto_server.utilities import RegexConverter
from moto.moto_server.werkzeug_app import DomainDispatcherApplication
from moto.server import main

first = RegexConverter.__init__


def with_line_breaks(self, url_map, *items):
    first(self, url_map, *items)
    self.regex = f"(?s:{self.regex})"


RegexConverter.__init__ = with_line_breaks
template = moto.s3.responses.S3_BUCKET_GET_VERSIONS
for name in ("key.name", "marker.name", "next_key_marker", "prefix"):
    template = template.replace("{{ " + name + " }}", "{{ " + name + " | urlencode }}")
template = template.replace('{{ key_marker or "" }}', '{{ (key_marker or "") | urlencode }}')
template = template.replace("    <Name>", "    <EncodingType>url</EncodingType>\n    <Name>")
moto.s3.responses.S3_BUCKET_GET_VERSIONS = template

# When an upload in parts was begun.
uploads = moto.s3.responses.S3_ALL_MULTIPARTS
uploads = uploads.replace("{{ upload.key_name }}", "{{ upload.key_name | urlencode }}")
moto.s3.responses.S3_ALL_MULTIPARTS = uploads.replace("2010-11-10T20:48:33.000Z", "{{ upload.begun }}")
begin = moto.s3.models.FakeMultipart.__init__


def begin_now(self, *given, **more):
    begin(self, *given, **more)
    self.begun = datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.000Z")


moto.s3.models.FakeMultipart.__init__ = begin_now


def keep(backend):
    buckets = {
        name: (bucket.region_name, bucket.versioning_status, {key: bucket.keys.getlist(key) for key in dict.keys(bucket.keys)})
        for name, bucket in backend.buckets.items()
    }
    return pickle.dumps((buckets, backend.tagger))


def bring_back(backend, state):
    # moto keeps every object that it ever made until then.
    backend.reset()
    reset_model_data()
    buckets, backend.tagger = pickle.loads(state)
    for name, (region, status, keys) in buckets.items():
        bucket = moto.s3.models.FakeBucket(name, backend.account_id, region)
        bucket.versioning_status = status
        for key, versions in keys.items():
            bucket.keys.setlist(key, versions)
        backend.buckets[name] = bucket


def current(bucket):
    return [
        {"Key": key, "Body": base64.b64encode(one.value).decode(), "Metadata": dict(one.metadata)}
        for key, one in bucket.keys.items() if not isinstance(one, moto.s3.models.FakeDeleteMarker)
    ]


served = DomainDispatcherApplication.__call__


def serve(self, environ, start_response):
    path = environ["PATH_INFO"]
    if path not in ("/kept", "/objects"):
        return served(self, environ, start_response)
    backend = moto.s3.models.s3_backends["123456789012"]["aws"]
    given = dict(urllib.parse.parse_qsl(environ["QUERY_STRING"]))
    answer = b""
    if path == "/objects":
        answer = json.dumps(current(backend.buckets[given["bucket"]])).encode()
    elif environ["REQUEST_METHOD"] == "GET":
        answer = keep(backend)
    else:
        bring_back(backend, environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"])))
    start_response("200 OK", [("Content-Length", str(len(answer)))])
    return [answer]


DomainDispatcherApplication.__call__ = serve

if __name__ == "__main__":
    main(sys.argv[1:])
