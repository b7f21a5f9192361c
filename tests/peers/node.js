// Node's own server: node.js PORT
const http = require("node:http");

const server = http.createServer((request, response) => {
  if (request.url === "/early") {
    response.writeHead(413, { "Content-Length": 4 }).end("big\n");
  } else if (request.url === "/count") {
    let count = 0;
    request.on("data", (data) => (count += data.length));
    request.on("end", () => response.end(String(count)));
  } else if (request.url === "/chunked") {
    for (const piece of ["one ", "two ", "three "]) response.write(piece);
    response.end();
  } else {
    response.writeHead(200, { "Content-Length": 6 }).end("hello\n");
  }
});
server.keepAliveTimeout = 500;
// What a connection without a request may take.
server.headersTimeout = server.requestTimeout = 2000;
server.connectionsCheckingInterval = 200;
server.listen(Number(process.argv[2]), "127.0.0.1");
