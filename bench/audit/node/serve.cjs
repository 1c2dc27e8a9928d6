// What all targets have in common: they listen on loopback, and say in FOLDER/ready.json where, and what else is known.
"use strict";
const fs = require("node:fs");
const http = require("node:http");
const https = require("node:https");
const path = require("node:path");

/// `told` goes into ready.json beside the port. With FOLDER/tls.pem it speaks TLS.
function serve(folder, told, handler) {
  const pem = path.join(folder, "tls.pem");
  const tls = fs.existsSync(pem) && { cert: fs.readFileSync(pem), key: fs.readFileSync(path.join(folder, "tls.key")) };
  const server = tls ? https.createServer(tls, handler) : http.createServer(handler);
  server.listen(0, "127.0.0.1", () => {
    const part = path.join(folder, "ready.part");
    fs.writeFileSync(part, JSON.stringify({ port: server.address().port, ...told }));
    fs.renameSync(part, path.join(folder, "ready.json"));
  });
  // Ends with the bench, also when that is killed.
  process.stdin.on("end", () => process.exit(0)).resume();
}

module.exports = { serve };
