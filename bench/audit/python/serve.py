"""What all targets have in common: they listen on loopback, and say in FOLDER/ready.json where, and what else is known."""

import json
import os
import socket
import sys
import threading


def serve(server, folder, told):
    """`told` goes into ready.json beside the port."""
    part = os.path.join(folder, "ready.part")
    with open(part, "w", encoding="utf-8") as file:
        json.dump({"port": server.server_address[1], **told}, file)
    os.replace(part, os.path.join(folder, "ready.json"))

    def ends():
        # Ends with the bench, also when that is killed.
        sys.stdin.buffer.read()
        os._exit(0)

    threading.Thread(target=ends, daemon=True).start()
    server.serve_forever()


class Uvicorn:
    """The server that guides of Flask, Django and Starlette name for production, in the shape that `serve` starts."""

    def __init__(self, app, folder, **options):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.server_address = self.listener.getsockname()
        tls = {"ssl_certfile": os.path.join(folder, "tls.pem"), "ssl_keyfile": os.path.join(folder, "tls.key")}
        # Nothing stands before it that would say where a client is.
        self.options = {"log_level": "critical", "lifespan": "off", "proxy_headers": False, **tls, **options}
        self.app = app

    def serve_forever(self):
        import uvicorn

        uvicorn.Server(uvicorn.Config(self.app, **self.options)).run(sockets=[self.listener])
