"""The yardstick: a FastAPI route that returns ready bytes."""

from __future__ import annotations

import argparse
from pathlib import Path

import uvicorn
from fastapi import FastAPI
from starlette.responses import Response


def static_app(body: bytes) -> FastAPI:
    """An application with one route and one answer."""
    app = FastAPI(openapi_url=None)

    @app.get("/static")
    async def static() -> Response:
        return Response(body, media_type="application/json", headers={"Cache-Control": "private, no-cache"})

    return app


def main() -> None:
    """Serve the bytes of a file."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--body", type=Path, required=True)
    given = parser.parse_args()
    app = static_app(given.body.read_bytes())
    uvicorn.run(
        app, host="127.0.0.1", port=given.port, log_config=None, access_log=False, server_header=False,
        loop="uvloop", http="httptools",
    )  # fmt: skip


if __name__ == "__main__":
    main()
