"""moto's server, taking keys with line breaks, and listing versions with encoded keys as S3 does."""

import sys

import moto.s3.responses
from moto.moto_server.utilities import RegexConverter
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

if __name__ == "__main__":
    main(sys.argv[1:])
