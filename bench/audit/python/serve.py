"""What all targets have in common: they listen on loopback, and say in FOLDER/ready.json where, and what else is known."""

import json
import os
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
