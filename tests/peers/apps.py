"""One small application for each of Python's servers: pages with and without a length, and uploads.

    apps.py aiohttp|cheroot|tornado|waitress PORT       serves it on 127.0.0.1

gunicorn takes `wsgi` from here and uvicorn `asgi`. Both leave it to the server to send no body in answer to HEAD.
"""
import sys

PIECES = (b"one ", b"two ", b"three ")


def wsgi(environ, start_response):
    path = environ["PATH_INFO"]
    if path == "/early":
        start_response("413 Content Too Large", [("Content-Length", "4")])
        return [b"big\n"]
    if path == "/count":
        count = b"%d" % len(environ["wsgi.input"].read())
        start_response("200 OK", [("Content-Length", str(len(count)))])
        return [count]
    if path == "/chunked":
        start_response("200 OK", [("Content-Type", "text/plain")])
        return iter(PIECES)
    start_response("200 OK", [("Content-Length", "6")])
    return [b"hello\n"]


async def asgi(scope, receive, send):
    async def head(status, *fields):
        await send({"type": "http.response.start", "status": status, "headers": fields})

    async def piece(data, more=False):
        await send({"type": "http.response.body", "body": data, "more_body": more})

    if scope["path"] == "/early":
        await head(413, (b"content-length", b"4"))
        await piece(b"big\n")
    elif scope["path"] == "/count":
        count, more = 0, True
        while more:
            event = await receive()
            count += len(event["body"])
            more = event["more_body"]
        await head(200)
        await piece(b"%d" % count)
    elif scope["path"] == "/chunked":
        await head(200)
        for data in PIECES:
            await piece(data, True)
        await piece(b"")
    else:
        await head(200, (b"content-length", b"6"))
        await piece(b"hello\n")


def serve_waitress(port):
    import waitress

    waitress.serve(wsgi, host="127.0.0.1", port=port, channel_timeout=2, cleanup_interval=1)


def serve_cheroot(port):
    import cheroot.wsgi

    cheroot.wsgi.Server(("127.0.0.1", port), wsgi, timeout=2).safe_start()


def serve_aiohttp(port):
    from aiohttp import web

    async def small(request):
        return web.Response(body=b"hello\n")

    async def chunked(request):
        response = web.StreamResponse()
        await response.prepare(request)
        for data in PIECES:
            await response.write(data)
        return response

    async def early(request):
        return web.Response(status=413)

    async def count(request):
        return web.Response(text=str(len(await request.read())))

    application = web.Application()
    application.add_routes([web.get("/small.txt", small), web.get("/chunked", chunked), web.post("/early", early),
                            web.post("/count", count)])
    web.run_app(application, host="127.0.0.1", port=port, keepalive_timeout=1, print=None)


def serve_tornado(port):
    import asyncio

    import tornado.web

    @tornado.web.stream_request_body
    class Early(tornado.web.RequestHandler):
        def prepare(self):
            self.set_status(413)
            self.finish("big\n")

        def data_received(self, data):
            pass

    class Count(tornado.web.RequestHandler):
        def post(self):
            self.finish(str(len(self.request.body)))

    class Small(tornado.web.RequestHandler):
        def get(self):
            self.finish("hello\n")

        head = get

    class Chunked(tornado.web.RequestHandler):
        async def get(self):
            for data in PIECES:
                self.write(data)
                await self.flush()

        head = get

    async def main():
        routes = [("/small.txt", Small), ("/chunked", Chunked), ("/early", Early), ("/count", Count)]
        tornado.web.Application(routes).listen(port, "127.0.0.1", idle_connection_timeout=1)
        await asyncio.Event().wait()

    asyncio.run(main())


if __name__ == "__main__":
    globals()["serve_" + sys.argv[1]](int(sys.argv[2]))
