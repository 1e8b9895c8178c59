package io.sluice.testkit;

import java.nio.charset.StandardCharsets;

/** Bytes of the wire as texts: each character is one byte (Latin-1). */
public final class Wire {
  private Wire() {}

  /** The lines, each ended by CRLF. */
  public static String lines(String... lines) {
    StringBuilder out = new StringBuilder();
    for (String line : lines) {
      out.append(line).append("\r\n");
    }
    return out.toString();
  }

  /** A head of these lines with the empty line that ends it. */
  public static String head(String... lines) {
    return lines(lines) + "\r\n";
  }

  /** A 200 answer with this body. */
  public static String ok(String body) {
    return head("HTTP/1.1 200 OK", "Content-Length: " + body.length()) + body;
  }

  /** One chunk. */
  public static String chunk(String data) {
    return Integer.toHexString(data.length()) + "\r\n" + data + "\r\n";
  }

  /** The bytes of a text. */
  public static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }

  /** The text of bytes. */
  public static String text(byte[] bytes) {
    return new String(bytes, StandardCharsets.ISO_8859_1);
  }

  /** A text for messages: control characters visible, long ones cut. */
  public static String show(String text) {
    String start = text.length() > 300 ? text.substring(0, 300) + "..." : text;
    return start.replace("\r", "\\r").replace("\n", "\\n").replace("\u0000", "\\0");
  }
}
