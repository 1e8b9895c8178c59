package io.sluice.proxy;

import io.netty.channel.Channel;
import io.sluice.config.ListenerSpec;
import java.util.List;

/**
 * Which protocol a client connection speaks, and the handler that serves it. On the connection's
 * loop.
 */
final class ClientProtocols {
  /** Their names in ALPN (RFC 7301 6, RFC 9113 3.1). */
  static final String HTTP_1 = "http/1.1";

  static final String HTTP_2 = "h2";

  private ClientProtocols() {}

  /** What a listener's TLS offers by ALPN, the most wanted first. */
  static List<String> offered(ListenerSpec listener) {
    return listener.limits().http2Streams() > 0 ? List.of(HTTP_2, HTTP_1) : List.of(HTTP_1);
  }

  /** Serves a plain connection, before it becomes active. */
  static void begin(Channel child, LoopContext loop, ListenerContext listener) {
    child.pipeline().addLast(new Http1Connection(loop, listener, listener.servesHttp2()));
  }

  /**
   * Serves a connection whose TLS handshake is done: behind the handlers that are there, and active
   * already.
   *
   * @param alpn what was agreed on, one of {@link #offered}; empty: the client asked for nothing,
   *     which means HTTP/1.1
   */
  static void begin(Channel child, LoopContext loop, ListenerContext listener, String alpn) {
    if (alpn.equals(HTTP_2)) {
      Http2Connection connection = new Http2Connection(loop, listener);
      child.pipeline().addLast(connection);
      connection.opened(ClientIdentity.of(child, listener));
    } else if (alpn.isEmpty() || alpn.equals(HTTP_1)) {
      Http1Connection connection = new Http1Connection(loop, listener, false);
      child.pipeline().addLast(connection);
      connection.opened();
    } else {
      throw new IllegalArgumentException("no listener offers " + alpn);
    }
  }
}
