"""Runs code-insights.sh against a proxy that notes what it is sent, and holds that against the rules of the API.

usage: insights.py SCRIPT HALLPASS FOLDER
"""

import http.server
import json
import os
import pathlib
import subprocess
import sys
import threading

SEEN = []


class Proxy(http.server.BaseHTTPRequestHandler):
    """Answers as Bitbucket does; the address of a request through a proxy is whole."""

    def answer(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        SEEN.append((self.command, self.path, json.loads(body) if body else None))
        self.send_response(404 if self.command == "DELETE" else 200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    do_PUT = do_POST = do_DELETE = answer

    def log_message(self, *_):
        pass


def main(script, hallpass, folder):
    tree = pathlib.Path(folder) / "insights"
    (tree / ".github/workflows").mkdir(parents=True)
    # More findings than one request takes.
    for number in range(130):
        text = 'on: push\npermissions: write-all\njobs:\n  b:\n    runs-on: x\n    steps:\n      - run: "true"\n'
        (tree / f".github/workflows/{number}.yml").write_text(text)
    report = tree / "hallpass.json"
    subprocess.run([hallpass, "check", "--report", f"bitbucket={report}", "."], cwd=tree, check=False, capture_output=True)

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Proxy)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    environment = os.environ | {
        "CODE_INSIGHTS_PROXY": f"http://127.0.0.1:{server.server_port}",
        "BITBUCKET_REPO_FULL_NAME": "octo/shop",
        "BITBUCKET_COMMIT": "0123abcd",
    }
    environment.pop("no_proxy", None)
    environment.pop("NO_PROXY", None)
    subprocess.run(["bash", script, str(report)], env=environment, check=True)
    server.shutdown()

    address = "http://api.bitbucket.org/2.0/repositories/octo/shop/commit/0123abcd/reports/hallpass"
    methods = [(method, path) for method, path, _ in SEEN]
    expected = [("DELETE", address), ("PUT", address)] + [("POST", f"{address}/annotations")] * (len(SEEN) - 2)
    assert methods == expected, methods
    put = SEEN[1][2]
    assert put["report_type"] == "SECURITY" and put["result"] == "FAILED" and len(put["data"]) <= 10, put
    lists = [body for method, _, body in SEEN if method == "POST"]
    assert len(lists) > 1 and all(0 < len(part) <= 100 for part in lists), [len(part) for part in lists]
    annotations = [annotation for part in lists for annotation in part]
    assert len(annotations) >= 130 and len({a["external_id"] for a in annotations}) == len(annotations)
    assert all(0 < len(a["summary"]) <= 450 for a in annotations)
    print(f"ok: Code Insights: {len(annotations)} annotations in {len(lists)} requests")


main(*sys.argv[1:])
