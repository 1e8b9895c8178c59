package io.sluice.testkit;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** A server that follows RFC 9112 to the letter and takes nothing that it leaves open. */
public final class StrictReader implements RequestReader {
  private static final String TOKEN = "[!#$%&'*+.^_`|~0-9A-Za-z-]+";
  private static final Pattern REQUEST_LINE =
      Pattern.compile("(" + TOKEN + ") ([\\x21\\x22\\x24-\\x7e]+) (HTTP/1\\.[01])");
  private static final Pattern FIELD_LINE =
      Pattern.compile("(" + TOKEN + "):[ \\t]*([\\t\\x20-\\x7e\\x80-\\xff]*?)[ \\t]*");
  private static final Pattern SIZE_LINE =
      Pattern.compile("([0-9A-Fa-f]{1,15})([ \\t]*;[\\t\\x20-\\x7e\\x80-\\xff]*)?");
  private static final Pattern HOST =
      Pattern.compile("(\\[[0-9A-Fa-f:.]+\\]|[!$%&'()*+,;=.~_0-9A-Za-z-]+)(:[0-9]*)?");

  /** How a message's body is framed; length -1: chunked. */
  record Framing(long length) {
    boolean chunked() {
      return length < 0;
    }
  }

  /** A head, or why it is none. */
  record Head(@Nullable ReadRequest request, Framing framing, String why) {
    static Head bad(String why) {
      return new Head(null, new Framing(0), why);
    }
  }

  @Override
  public Step next(String bytes, int from) {
    int end = bytes.indexOf("\r\n\r\n", from);
    if (end < 0) {
      int line = bytes.indexOf("\r\n", from);
      return line < 0 || REQUEST_LINE.matcher(bytes.substring(from, line)).matches()
          ? new Step.Unfinished()
          : new Step.Invalid("request line " + Wire.show(bytes.substring(from, line)));
    }
    Head head = head(bytes.substring(from, end));
    if (head.request() == null) {
      return new Step.Invalid(head.why());
    }
    int body = end + 4;
    if (head.framing().chunked()) {
      return chunked(bytes, body, head.request());
    }
    long behind = body + head.framing().length();
    return behind > bytes.length()
        ? new Step.Unfinished()
        : new Step.Whole(
            head.request().withBody(bytes.substring(body, (int) behind), List.of()), (int) behind);
  }

  /** Reads a head without the empty line that ends it. */
  static Head head(String text) {
    String[] lines = text.split("\r\n", -1);
    Matcher line = REQUEST_LINE.matcher(lines[0]);
    if (!line.matches()) {
      return Head.bad("request line " + Wire.show(lines[0]));
    }
    List<HeaderLine> fields = new ArrayList<>();
    for (int i = 1; i < lines.length; i++) {
      HeaderLine field = field(lines[i]);
      if (field == null) {
        return Head.bad("field line " + Wire.show(lines[i]));
      }
      fields.add(field);
    }
    ReadRequest request =
        new ReadRequest(line.group(1), line.group(2), line.group(3), fields, "", List.of());
    return framed(request);
  }

  static @Nullable HeaderLine field(String line) {
    Matcher m = FIELD_LINE.matcher(line);
    return m.matches() ? new HeaderLine(m.group(1), m.group(2)) : null;
  }

  private static Head framed(ReadRequest request) {
    List<String> coding = request.values("Transfer-Encoding");
    List<String> length = request.values("Content-Length");
    List<String> host = request.values("Host");
    if (host.size() != 1 || !HOST.matcher(host.getFirst()).matches()) {
      return Head.bad("Host " + host);
    }
    if (!coding.isEmpty() && !length.isEmpty()) {
      return Head.bad("both Content-Length and Transfer-Encoding");
    }
    if (!coding.isEmpty()) {
      return coding.equals(List.of("chunked"))
          ? new Head(request, new Framing(-1), "")
          : Head.bad("Transfer-Encoding " + coding);
    }
    if (length.isEmpty()) {
      return new Head(request, new Framing(0), "");
    }
    return length.size() == 1 && length.getFirst().matches("[0-9]{1,18}")
        ? new Head(request, new Framing(Long.parseLong(length.getFirst())), "")
        : Head.bad("Content-Length " + length);
  }

  private static Step chunked(String bytes, int from, ReadRequest head) {
    StringBuilder data = new StringBuilder();
    int at = from;
    while (true) {
      int end = bytes.indexOf("\r\n", at);
      if (end < 0) {
        return new Step.Unfinished();
      }
      Matcher size = SIZE_LINE.matcher(bytes.substring(at, end));
      if (!size.matches()) {
        return new Step.Invalid("chunk size " + Wire.show(bytes.substring(at, end)));
      }
      long n = Long.parseLong(size.group(1), 16);
      at = end + 2;
      if (n == 0) {
        return trailers(bytes, at, head, data.toString());
      }
      if (at + n + 2 > bytes.length()) {
        return new Step.Unfinished();
      }
      data.append(bytes, at, at + (int) n);
      at += (int) n;
      if (!bytes.startsWith("\r\n", at)) {
        return new Step.Invalid("a chunk's data is not followed by CRLF");
      }
      at += 2;
    }
  }

  private static Step trailers(String bytes, int from, ReadRequest head, String body) {
    List<HeaderLine> trailers = new ArrayList<>();
    int at = from;
    while (true) {
      int end = bytes.indexOf("\r\n", at);
      if (end < 0) {
        return new Step.Unfinished();
      }
      String line = bytes.substring(at, end);
      at = end + 2;
      if (line.isEmpty()) {
        return new Step.Whole(head.withBody(body, trailers), at);
      }
      HeaderLine field = field(line);
      if (field == null) {
        return new Step.Invalid("trailer " + Wire.show(line));
      }
      trailers.add(field);
    }
  }
}
