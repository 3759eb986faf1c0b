"""Slack as far as the bot can tell: Web API, response addresses, and Socket Mode's WebSocket, on loopback.

It keeps messages like Slack does (post, edit, delete, threads), refuses what Slack refuses, can be told to limit or
refuse a method, and checks every message and view by `block_rules`. One workspace has the bot from the beginning;
others install the app, whose page and exchange of codes are `tests.slack.slack_oauth`.
"""

from __future__ import annotations

import asyncio
import itertools
import json
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from aiohttp import WSMsgType, web

from service.slack.scopes import BOT_SCOPES
from tests.slack.block_rules import message_problems, view_problems
from tests.slack.slack_oauth import Grants, Team

BOT_USER, BOT_ID, TEAM = "U0DATELINE", "B0DATELINE", "T0NEWSROOM"
BOT_TOKEN, APP_TOKEN = "xoxb-good", "xapp-good"
CHANNEL, DIRECT, ASKER = "C0DESK", "D0ASKER", "U0ASKER"
NEWSROOM = Team(TEAM, "Newsroom", BOT_USER, BOT_ID)
_UNKNOWN_TOKEN = {"ok": False, "error": "invalid_auth"}


@dataclass
class Call:
    """One call of the Web API, or of a response address (`method` is then `respond`)."""

    method: str
    params: dict[str, Any]
    status: int = 200
    token: str = ""


@dataclass
class SlackServer:
    """`log` has acknowledgements and calls in the order in which they came."""

    members: set[str] = field(default_factory=lambda: {CHANNEL, DIRECT})
    scopes: set[str] = field(default_factory=lambda: set(BOT_SCOPES))
    calls: list[Call] = field(default_factory=list)
    log: list[tuple[str, str]] = field(default_factory=list)
    messages: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    views: dict[str, dict[str, Any]] = field(default_factory=dict)
    acks: dict[str, Any] = field(default_factory=dict)
    limited: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    refused: dict[str, list[dict[str, Any]]] = field(default_factory=lambda: defaultdict(list))
    grants: Grants = field(default_factory=lambda: Grants({BOT_TOKEN: NEWSROOM}))
    connections: int = 0
    api_url: str = ""
    loop: asyncio.AbstractEventLoop | None = None
    _sockets: list[web.WebSocketResponse] = field(default_factory=list)
    _numbers: Any = field(default_factory=lambda: itertools.count(1))
    _runner: web.AppRunner | None = None

    async def start(self) -> None:
        """Listen on a free port."""
        app = web.Application(client_max_size=10_000_000)
        app.router.add_route("*", "/api/{method}", self._api)
        app.router.add_post("/respond/{name}", self._respond)
        app.router.add_get("/link", self._link)
        app.router.add_get("/oauth/v2/authorize", self.grants.page)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        port = self._runner.addresses[0][1]
        self.api_url = f"http://127.0.0.1:{port}/api/"

    async def stop(self) -> None:
        """Stop listening."""
        assert self._runner is not None
        await self._runner.cleanup()

    @property
    def response_url(self) -> str:
        """An address for answers to commands and presses."""
        return self.api_url.replace("/api/", "/respond/") + "r1"

    def said(self, method: str) -> list[dict[str, Any]]:
        """The parameters of all calls of a method that were not limited or refused."""
        return [call.params for call in self.calls if call.method == method and call.status == 200]

    def next_ts(self) -> str:
        """The ts of a new message."""
        return f"17128000{next(self._numbers):02d}.000100"

    def put(self, channel: str, user: str, text: str, thread_ts: str | None = None) -> dict[str, Any]:
        """Somebody writes something."""
        ts = self.next_ts()
        message = {"type": "message", "user": user, "text": text, "ts": ts, "channel": channel}
        if thread_ts is not None:
            message["thread_ts"] = thread_ts
        self.messages[channel, ts] = message
        return message

    async def send(self, kind: str, payload: dict[str, Any], *, retry: int = 0) -> str:
        """One envelope of Socket Mode to the connected bot; gives its id."""
        envelope = f"E{next(self._numbers)}"
        body = {"type": kind, "envelope_id": envelope, "payload": payload, "accepts_response_payload": True}
        if retry:
            body |= {"retry_attempt": retry, "retry_reason": "timeout"}
        await self._sockets[-1].send_str(json.dumps(body))
        return envelope

    async def drop(self, *, politely: bool) -> None:
        """End the connection: with Slack's `disconnect` message, or just so."""
        socket = self._sockets[-1]
        if politely:
            await socket.send_str(json.dumps({"type": "disconnect", "reason": "refresh_requested"}))
        else:
            await socket.close()

    async def _link(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        self._sockets.append(socket)
        self.connections += 1
        await socket.send_str(json.dumps({"type": "hello", "num_connections": 1}))
        async for message in socket:
            if message.type == WSMsgType.TEXT:
                reply = json.loads(message.data)
                self.acks[reply["envelope_id"]] = reply.get("payload")
                self.log.append(("ack", reply["envelope_id"]))
        return socket

    async def _respond(self, request: web.Request) -> web.Response:
        params = await request.json()
        return await self._answered("respond", params, lambda: self._checked_message(params))

    async def _api(self, request: web.Request) -> web.Response:
        method = request.match_info["method"]
        if request.content_type == "application/json":
            params = await request.json()
        else:
            params = dict(request.query) | dict(await request.post())
        if isinstance(params.get("view"), str):
            params["view"] = json.loads(params["view"])
        if isinstance(params.get("prompts"), str):
            params["prompts"] = json.loads(params["prompts"])
        authorization = request.headers.get("Authorization", "")
        token = authorization.removeprefix("Bearer ")

        def done() -> dict[str, Any]:
            if method == "oauth.v2.access":
                return self.grants.exchanged(authorization, params)
            if method == "apps.connections.open":
                return self._done(method, params, NEWSROOM) if token == APP_TOKEN else _UNKNOWN_TOKEN
            if method == "apps.uninstall":
                return self.grants.uninstalled(token, params)
            team = self.grants.teams.get(token)
            return _UNKNOWN_TOKEN if team is None else self._done(method, params, team)

        return await self._answered(method, params, done, token)

    async def _answered(
        self, method: str, params: dict[str, Any], done: Any, token: str = ""
    ) -> web.Response:
        call = Call(method, params, token=token)
        self.calls.append(call)
        if self.limited[method]:
            call.status = 429
            wait = {"Retry-After": str(self.limited[method].pop(0))}
            reply = web.json_response({"ok": False, "error": "ratelimited"}, status=429, headers=wait)
        elif self.refused[method]:
            call.status = 400
            reply = web.json_response({"ok": False} | self.refused[method].pop(0))
        else:
            body = done()
            call.status = 200 if body.get("ok") else 400
            scopes = {"x-oauth-scopes": ",".join(sorted(self.scopes))}
            reply = web.json_response(body, headers=scopes)
        self.log.append((method, str(params.get("ts", ""))))
        return reply

    def _checked_message(self, params: dict[str, Any]) -> dict[str, Any]:
        found = message_problems(params.get("text", ""), params.get("blocks") or [])
        self.problems += found
        return {"ok": False, "error": "invalid_blocks"} if found else {"ok": True}

    def _done(self, method: str, params: dict[str, Any], team: Team) -> dict[str, Any]:
        channel, ts = str(params.get("channel", "")), str(params.get("ts", ""))
        match method:
            case "auth.test":
                me = {"user_id": team.bot_user, "bot_id": team.bot_id, "team_id": team.team_id}
                return {"ok": True, "team": team.name, "user": "dateline", **me}
            case "apps.connections.open":
                return {"ok": True, "url": self.api_url.replace("http", "ws").replace("/api/", "/link")}
            case "chat.postMessage":
                return self._posted(channel, params, team)
            case "chat.update" if (channel, ts) not in self.messages:
                return {"ok": False, "error": "message_not_found"}
            case "chat.update":
                checked = self._checked_message(params)
                self.messages[channel, ts] |= {"text": params["text"], "blocks": params["blocks"]}
                return checked | {"ts": ts}
            case "chat.delete":
                self.messages.pop((channel, ts), None)
                return {"ok": True}
            case "conversations.replies":
                before = str(params.get("latest", "9"))
                found = [
                    one
                    for (place, when), one in sorted(self.messages.items())
                    if place == channel and (ts in (when, one.get("thread_ts"))) and when <= before
                ]
                return {"ok": True, "messages": found}
            case "views.open" | "views.update":
                self.problems += view_problems(params["view"])
                view_id = str(params.get("view_id") or "V1")
                self.views[view_id] = params["view"]
                return {"ok": True, "view": {"id": view_id}}
            case "users.conversations":
                return {"ok": True, "channels": [{"id": CHANNEL, "name": "desk"}] if self.members else []}
            case "conversations.history":
                there = channel in self.members
                return {"ok": True, "messages": []} if there else {"ok": False, "error": "not_in_channel"}
            case "assistant.threads.setStatus" | "assistant.threads.setSuggestedPrompts":
                return {"ok": True}
        self.problems.append(f"the bot called {method}")
        return {"ok": False, "error": "unknown_method"}

    def _posted(self, channel: str, params: dict[str, Any], team: Team) -> dict[str, Any]:
        if channel not in self.members:
            return {"ok": False, "error": "not_in_channel"}
        if params.get("unfurl_links") is not False or params.get("unfurl_media") is not False:
            self.problems.append("links would unfurl")
        checked = self._checked_message(params)
        if not checked["ok"]:
            return checked
        ts = self.next_ts()
        self.messages[channel, ts] = {
            "type": "message",
            "user": team.bot_user,
            "bot_id": team.bot_id,
            "ts": ts,
            "thread_ts": params.get("thread_ts"),
            "text": params["text"],
            "blocks": params["blocks"],
        }
        return {"ok": True, "ts": ts, "channel": channel}
