"""How many objects a second the rollback's script gets through, S3's own time left out.

A server stands in for S3 that lists versions and answers each copy after a delay: what it
does itself takes next to nothing, so that threads, delay and this machine are what counts.

    rate.py [SECONDS_PER_COPY]...
"""

import asyncio
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import threading

import check

OBJECTS = pathlib.Path(__file__).resolve().parents[2] / "templates" / "objects.py"
COUNT, PAGE = 6_000, 500


class Server:
    """What objects.py asks of S3, for one bucket of `COUNT` keys that were all overwritten."""

    def __init__(self, delay):
        self.delay, self.port, self.copied = delay, check.free_port(), set()
        self.ready = threading.Event()
        threading.Thread(target=lambda: asyncio.run(self.serve()), daemon=True).start()
        self.ready.wait()

    async def serve(self):
        server = await asyncio.start_server(self.answer, "127.0.0.1", self.port, backlog=500)
        self.ready.set()
        await server.serve_forever()

    def listing(self, first):
        out = ["<ListVersionsResult><EncodingType>url</EncodingType>"]
        for number in range(first, min(COUNT, first + PAGE)):
            key = f"clean/orders/{number}"
            versions = [("wrong", "2026-06-02"), ("old", "2026-01-01")]
            if key in self.copied:
                versions.insert(0, ("made", "2026-06-03"))
            for place, (version, day) in enumerate(versions):
                out.append(
                    f"<Version><Key>{key}</Key><VersionId>{version}</VersionId><IsLatest>{str(place == 0).lower()}"
                    f"</IsLatest><LastModified>{day}T00:00:00.000Z</LastModified><ETag>{version}</ETag>"
                    f"<Size>64000000</Size><StorageClass>STANDARD</StorageClass></Version>"
                )
        more = first + PAGE < COUNT
        out.append(f"<IsTruncated>{str(more).lower()}</IsTruncated>")
        if more:
            out.append(f"<NextKeyMarker>{first + PAGE}</NextKeyMarker><NextVersionIdMarker>x</NextVersionIdMarker>")
        return "".join(out + ["</ListVersionsResult>"])

    async def answer(self, reader, writer):
        while line := await reader.readline():
            method, path, _ = line.decode().split(" ", 2)
            length = 0
            while (header := await reader.readline()) not in (b"\r\n", b""):
                if header.lower().startswith(b"content-length:"):
                    length = int(header.split(b":")[1])
            await reader.readexactly(length)
            status, version, body = "200 OK", "", ""
            if "versioning" in path:
                body = "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>"
            elif "lifecycle" in path:
                status, body = "404 Not Found", "<Error><Code>NoSuchLifecycleConfiguration</Code></Error>"
            elif "versions" in path:
                marker = re.search(r"[?&]key-marker=(\d+)", path)
                body = self.listing(int(marker.group(1)) if marker else 0)
            elif method == "PUT":
                await asyncio.sleep(self.delay)
                self.copied.add(path.split("?")[0].split("/", 2)[2])
                version, body = "x-amz-version-id: made\r\n", "<CopyObjectResult><ETag>x</ETag></CopyObjectResult>"
            head = f"HTTP/1.1 {status}\r\nContent-Type: application/xml\r\n{version}Content-Length: {len(body)}\r\n\r\n"
            writer.write((head + body).encode())
            await writer.drain()
        writer.close()


def main():
    target = {"places": [{"bucket": "bucket", "kind": "below", "text": "clean/orders"}], "partitions": {}, "runs": [{}]}
    for delay in map(float, sys.argv[1:] or ["0", "0.5"]):
        server = Server(delay)
        with tempfile.TemporaryDirectory() as folder:
            file = pathlib.Path(folder, "target.json")
            file.write_text(json.dumps(target))
            environment = {**os.environ, "AWS_ENDPOINT_URL": f"http://127.0.0.1:{server.port}", "AWS_ACCESS_KEY_ID": "test",
                           "AWS_SECRET_ACCESS_KEY": "test", "AWS_DEFAULT_REGION": "eu-west-1"}
            done = subprocess.run(
                [sys.executable, str(OBJECTS), str(file), "2026-03-01T00:00:00Z", f"{folder}/done", "apply"],
                env=environment, capture_output=True, text=True,
            )
        assert done.returncode == 0, done.stderr
        reached = re.search(r"([\d.]+) a second\n?$", done.stdout).group(1)
        print(f"a copy takes {delay} s: {reached} objects a second")


if __name__ == "__main__":
    main()
