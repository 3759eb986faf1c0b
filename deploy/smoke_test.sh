#!/bin/sh
# What an image must be able to do before it is one: ingest, answer, abstain, serve, and run a Chroma server.
set -eu
work=$(mktemp -d)
trap 'kill $(jobs -p) 2>/dev/null || true; rm -rf "$work"' EXIT
export DATELINE_DATA_DIR="$work/index"

dateline ingest samples/articles
dateline ask "What did Biden say about AUKUS?"
abstained=0
dateline ask "Who won the chess final in Reykjavik?" || abstained=$?
[ "$abstained" -eq 1 ]
dateline summarize --topic AUKUS
dateline doctor >/dev/null

dateline serve --port 8765 &
python - <<'PYTHON'
import json
import time
import urllib.request

for _ in range(120):
    try:
        with urllib.request.urlopen("http://127.0.0.1:8765/readyz", timeout=5) as reply:
            assert json.load(reply)["status"] == "ready"
            break
    except OSError:
        time.sleep(0.5)
else:
    raise SystemExit("the server did not become ready in a minute")
question = json.dumps({"question": "What did Biden say about AUKUS?"}).encode()
request = urllib.request.Request(
    "http://127.0.0.1:8765/v1/ask", data=question, headers={"Content-Type": "application/json"}
)
with urllib.request.urlopen(request, timeout=60) as reply:
    assert json.load(reply)["citations"]
PYTHON
chroma run --path "$work/chroma" --port 8000 &
python - <<'PYTHON'
import time
import urllib.request

for _ in range(120):
    try:
        urllib.request.urlopen("http://127.0.0.1:8000/api/v2/heartbeat", timeout=5).close()
        break
    except OSError:
        time.sleep(0.5)
else:
    raise SystemExit("the Chroma server did not become ready in a minute")
PYTHON
DATELINE_CHROMA_URL=http://127.0.0.1:8000 DATELINE_DATA_DIR="$work/shared" dateline ingest samples/articles
echo "the image works"
