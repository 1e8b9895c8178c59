package io.sluice.testkit;

import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.ProtocolException;
import java.net.SocketException;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A client that takes nothing but what RFC 9112 allows; anything else fails the test. */
public final class ResponseReader {
  private static final Pattern STATUS_LINE =
      Pattern.compile("HTTP/1\\.1 ([1-5][0-9][0-9]) ([\\t\\x20-\\x7e\\x80-\\xff]*)");

  private final InputStream in;

  /** Reads from a stream. */
  public ResponseReader(InputStream in) {
    this.in = in;
  }

  /** The head of an answer and its body still to be read. */
  public record Open(
      List<Integer> interim,
      int status,
      String reason,
      List<HeaderLine> fields,
      BodyStream body,
      boolean untilClose) {}

  /** Reads a whole answer to a request of this method, as far as it comes. */
  public Response read(String method) throws IOException {
    Open open = readHead(method);
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    boolean complete = true;
    try {
      open.body().transferTo(body);
    } catch (EOFException | SocketException e) {
      complete = false;
    }
    return new Response(
        open.interim(),
        open.status(),
        open.reason(),
        open.fields(),
        Wire.text(body.toByteArray()),
        open.body().trailers(),
        complete,
        open.untilClose());
  }

  /** Reads interim answers and the head of the final one; 101 counts as final. */
  public Open readHead(String method) throws IOException {
    List<Integer> interim = new ArrayList<>();
    while (true) {
      String line = BodyStream.line(in);
      Matcher m = STATUS_LINE.matcher(line);
      if (!m.matches()) {
        throw new ProtocolException("status line " + Wire.show(line));
      }
      int status = Integer.parseInt(m.group(1));
      List<HeaderLine> fields = readFields();
      if (status >= 200 || status == 101) {
        return open(interim, status, m.group(2), fields, method);
      }
      interim.add(status);
    }
  }

  private List<HeaderLine> readFields() throws IOException {
    List<HeaderLine> fields = new ArrayList<>();
    for (String line = BodyStream.line(in); !line.isEmpty(); line = BodyStream.line(in)) {
      HeaderLine field = StrictReader.field(line);
      if (field == null) {
        throw new ProtocolException("field line " + Wire.show(line));
      }
      fields.add(field);
    }
    return fields;
  }

  private Open open(
      List<Integer> interim, int status, String reason, List<HeaderLine> fields, String method)
      throws ProtocolException {
    List<String> coding = HeaderLine.values(fields, "Transfer-Encoding");
    List<String> length = HeaderLine.values(fields, "Content-Length");
    if (!coding.isEmpty() && !length.isEmpty() || length.size() > 1) {
      throw new ProtocolException("answer with framing " + coding + length);
    }
    boolean bodiless = status < 200 || status == 204 || status == 304 || method.equals("HEAD");
    if (bodiless || status == 200 && method.equals("CONNECT")) {
      return new Open(interim, status, reason, fields, BodyStream.ofLength(in, 0), false);
    }
    if (!coding.isEmpty()) {
      if (!coding.equals(List.of("chunked"))) {
        throw new ProtocolException("answer with Transfer-Encoding " + coding);
      }
      return new Open(interim, status, reason, fields, BodyStream.chunked(in), false);
    }
    if (length.isEmpty()) {
      return new Open(interim, status, reason, fields, BodyStream.untilClose(in), true);
    }
    if (!length.getFirst().matches("[0-9]{1,18}")) {
      throw new ProtocolException("answer with Content-Length " + length);
    }
    long n = Long.parseLong(length.getFirst());
    return new Open(interim, status, reason, fields, BodyStream.ofLength(in, n), false);
  }
}
