"""nginx in front of several servers: it spreads requests, where a cluster spreads connections.

It gets a folder, a port and a configuration of its own; the system's nginx service is not touched.
A server that does not answer is left out for a while and the request goes to the next one. But
nobody starts it again: that is the work of a cluster's primary, or of a platform.
"""

import os
import re
import shutil
from collections.abc import Sequence

from unstuck.asking import BadAnswer, ask
from unstuck.children import ChildFailed
from unstuck.service import Service, free_port

_URL = r"http://127\.0\.0\.1:[0-9]{1,5}/?"
_READY = 15.0  # seconds that nginx may take to start on a busy machine
_PLACES = "/usr/sbin:/usr/local/sbin"  # where a system keeps its servers, often not on PATH

CONFIGURATION = """\
daemon off;
master_process on;
worker_processes 1;  # one counter for all: the turns are exact
pid nginx.pid;
error_log stderr warn;
events { worker_connections 1024; }
http {
    access_log off;
    client_body_temp_path body;
    proxy_temp_path proxy;
    proxy_max_temp_file_size 0;
    upstream servers {  # round robin, if nothing else is said
@SERVERS@
        keepalive 64;
        keepalive_timeout 4s;  # shorter than the servers' 5 s, or a request meets a closing door
    }
    server {
        listen 127.0.0.1:@PORT@ backlog=1024;
        location / {
            proxy_pass http://servers;
            proxy_http_version 1.1;
            proxy_set_header Connection "";  # keep the connection to the server alive
            proxy_next_upstream error timeout;
            proxy_connect_timeout 2s;
        }
    }
}
"""


def reason_missing() -> str | None:
    """Return None where nginx can be run here, else one sentence that says what to do."""
    if os.name == "nt":
        return "nginx for Windows balances differently: this part needs Linux or macOS."
    if _nginx() is None:
        return "nginx is not installed; on Debian: apt-get install nginx-light."
    return None


def _nginx() -> str | None:
    return shutil.which("nginx") or shutil.which("nginx", path=_PLACES)


def configuration(urls: Sequence[str], port: int) -> str:
    """Return nginx's configuration: it listens on `port`, and passes on to `urls` in turn."""
    addresses = [url.removeprefix("http://").rstrip("/") for url in urls]
    lines = [f"        server {each} max_fails=1 fail_timeout=10s;" for each in addresses]
    return CONFIGURATION.replace("@SERVERS@", "\n".join(lines)).replace("@PORT@", str(port))


class Behind:
    """`async with Behind(urls) as front:` answers on `front.url` for the servers of `urls`.

    `front.text` is what nginx has said, such as which server it did not reach. Raises ValueError
    for urls that are not on this machine, ChildFailed where nginx is missing or does not start.
    """

    def __init__(self, urls: Sequence[str]):
        if not urls or not all(re.fullmatch(_URL, url) for url in urls):
            raise ValueError(f"give addresses like http://127.0.0.1:8000, not {list(urls)!r}")
        self.servers, self.url = list(urls), ""

    async def __aenter__(self) -> "Behind":
        if reason := reason_missing():
            raise ChildFailed(reason)
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        files = {"nginx.conf": configuration(self.servers, port).encode()}
        words = [_nginx(), "-p", "./", "-c", "nginx.conf", "-e", "stderr"]
        self._service = await Service.answering(
            words, self._answers, _READY, files=files, grace=2.0
        )
        return self

    async def __aexit__(self, *error) -> None:
        await self._service.__aexit__()

    @property
    def text(self) -> str:
        """The last lines of nginx's error log."""
        return self._service.text

    async def _answers(self) -> bool:
        try:
            await ask(self.url, deadline=2)
        except BadAnswer:
            return True
        except ChildFailed:
            return False
        return True
