package io.sluice.admin;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;

/** Sends bytes that no client library would send. */
final class RawCall {
  private RawCall() {}

  /**
   * Sends a text and reads until the server closes; it should ask for that by {@code Connection:
   * close}.
   */
  static String send(int port, String request) throws IOException {
    try (Socket socket = new Socket(InetAddress.ofLiteral("127.0.0.1"), port)) {
      socket.setSoTimeout(60_000);
      socket.getOutputStream().write(request.getBytes(StandardCharsets.ISO_8859_1));
      socket.getOutputStream().flush();
      return read(socket.getInputStream());
    }
  }

  /** A server that has not read all closes by a reset; what it sent before counts. */
  private static String read(InputStream input) throws IOException {
    ByteArrayOutputStream answer = new ByteArrayOutputStream();
    try {
      for (int c = input.read(); c >= 0; c = input.read()) {
        answer.write(c);
      }
    } catch (SocketException e) {
      if (answer.size() == 0) {
        throw e;
      }
    }
    return answer.toString(StandardCharsets.UTF_8);
  }

  /** A GET of a raw target with further lines, each ended by CRLF. */
  static String get(int port, String target, String lines) throws IOException {
    return send(port, "GET " + target + " HTTP/1.1\r\n" + lines + "Connection: close\r\n\r\n");
  }

  /** A status line's code. */
  static int status(String answer) {
    return Integer.parseInt(answer.substring(9, 12));
  }
}
