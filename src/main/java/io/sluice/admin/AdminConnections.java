package io.sluice.admin;

import io.sluice.listen.ListeningSocket;
import java.util.concurrent.CompletableFuture;
import reactor.netty.http.server.HttpServer;

/** The management plane's listening socket, and how its connections end when it is given up. */
final class AdminConnections {
  private final ListeningSocket socket;

  AdminConnections(ListeningSocket socket) {
    this.socket = socket;
  }

  /** The server on this socket. */
  HttpServer under(HttpServer server) {
    return server.runOn(socket.under(server.configuration().loopResources()));
  }

  void accept() {
    socket.accept();
  }

  void hold() {
    socket.hold();
  }

  int descriptor() {
    return socket.descriptor();
  }

  CompletableFuture<Void> release() {
    socket.release();
    return CompletableFuture.completedFuture(null);
  }
}
