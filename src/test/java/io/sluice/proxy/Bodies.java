package io.sluice.proxy;

import io.sluice.testkit.Http2Client;
import io.sluice.testkit.Http2Frame;
import java.io.IOException;

/** Sends bodies over HTTP/2 no faster than the other side allows. */
final class Bodies {
  private static final int FRAME = 16_384;
  private static final int FIRST_WINDOW = 65_535;

  private Bodies() {}

  /** Sends a body in frames, waiting for room as a client must. */
  static void send(Http2Client client, int stream, String body, boolean end) throws IOException {
    int window = FIRST_WINDOW;
    int at = 0;
    do {
      while (window == 0) {
        Http2Frame update =
            client.await(
                f -> f.type() == Http2Frame.WINDOW_UPDATE && f.stream() == stream,
                "room on stream " + stream);
        window += update.number(0);
      }
      int n = Math.min(Math.min(FRAME, window), body.length() - at);
      window -= n;
      client.data(stream, end && at + n == body.length(), body.substring(at, at + n));
      at += n;
    } while (at < body.length());
  }
}
