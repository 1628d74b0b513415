"""A system that is told: keeps every request as it came, and fails as scripted (by path, as ``method``)."""

import asyncio
from typing import Any

from aiohttp import web

from tests.fakes.platform import Platform, options, serve


class ReceiverServer(Platform):
    """Takes a POST of any path; ``told`` of the ledger holds what it took, ``asked`` all that came."""

    lists = ("told", "asked", "faults")

    def app(self) -> web.Application:
        """The control routes, and everything else."""
        app = super().app()
        app.router.add_post("/{path}", self.take)
        return app

    async def take(self, request: web.Request) -> web.StreamResponse:
        """One event; the headers in lower case, as in docs/api.md."""
        path = request.match_info["path"]
        headers = {name.lower(): value for name, value in request.headers.items()}
        body = (await request.read()).decode()
        came: dict[str, Any] = {"path": path, "headers": headers, "body": body}
        self.ledger["asked"].append(came)
        await self.tell()

        def done() -> tuple[dict[str, str], int]:
            self.ledger["told"].append(came)
            return {}, 204

        answer = await self.bent(path, done, request)
        await self.tell()
        return answer


if __name__ == "__main__":
    given = options(__doc__).parse_args()
    asyncio.run(serve(ReceiverServer(given.scale), given.port))
