package io.sluice.testkit;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Servers that are met in the wild and read what RFC 9112 forbids, each in its own way. Bytes that
 * mean the same to all of them are safe to send whatever stands behind the proxy.
 */
public enum LenientReader implements RequestReader {
  /** Content-Length before Transfer-Encoding. */
  CONTENT_LENGTH_WINS,
  /** Of several lengths the last. */
  LAST_LENGTH_WINS,
  /** Any Transfer-Encoding that mentions chunked, lines may end with LF alone. */
  SLOPPY_CODING,
  /** LF alone ends a line, in heads and chunks. */
  BARE_LINE_FEED,
  /** CR alone ends a line. */
  BARE_CARRIAGE_RETURN,
  /** Names as a CGI variable: {@code _} is {@code -}. */
  UNDERSCORE_IS_DASH,
  /** A line that starts with a blank continues the one before. */
  UNFOLDS_LINES;

  private static final Pattern HEX = Pattern.compile("\\s*([0-9a-fA-F]{1,15})");
  private static final Pattern DIGITS = Pattern.compile("[0-9]{1,15}");

  private String lineEnd() {
    return switch (this) {
      case BARE_LINE_FEED, SLOPPY_CODING -> "\\r?\\n";
      case BARE_CARRIAGE_RETURN -> "(?:\\r\\n|\\r(?!\\n|\\z))"; // it must look behind a CR
      default -> "\\r\\n";
    };
  }

  @Override
  public Step next(String bytes, int from) {
    int start = from;
    while (bytes.startsWith("\r\n", start)) {
      start += 2;
    }
    Matcher end = Pattern.compile("(?:" + lineEnd() + "){2}").matcher(bytes);
    if (start == bytes.length() || !end.find(start)) {
      return new Step.Unfinished();
    }
    String head = bytes.substring(start, end.start());
    if (this == UNFOLDS_LINES) {
      head = head.replaceAll("\\r\\n[ \\t]+", " ");
    }
    String[] lines = head.split(lineEnd(), -1);
    String[] words = (lines[0].strip() + " ? ?").split("\\s+", -1);
    List<HeaderLine> fields = fields(lines);
    ReadRequest request = new ReadRequest(words[0], words[1], words[2], fields, "", List.of());
    return body(bytes, end.end(), request);
  }

  private List<HeaderLine> fields(String[] lines) {
    List<HeaderLine> fields = new ArrayList<>();
    for (int i = 1; i < lines.length; i++) {
      int colon = lines[i].indexOf(':');
      String name = (colon < 0 ? lines[i] : lines[i].substring(0, colon)).strip();
      name = name.toLowerCase(Locale.ROOT);
      if (this == UNDERSCORE_IS_DASH) {
        name = name.replace('_', '-');
      }
      fields.add(new HeaderLine(name, colon < 0 ? "" : lines[i].substring(colon + 1).strip()));
    }
    return fields;
  }

  private Step body(String bytes, int from, ReadRequest request) {
    List<String> coding = request.values("transfer-encoding");
    List<String> length = request.values("content-length");
    boolean chunked =
        switch (this) {
          case CONTENT_LENGTH_WINS -> !coding.isEmpty() && length.isEmpty();
          case SLOPPY_CODING -> coding.stream().anyMatch(LenientReader::mentionsChunked);
          default -> !coding.isEmpty() && mentionsChunked(coding.getLast());
        };
    if (chunked) {
      return chunks(bytes, from, request);
    }
    long n = 0;
    if (!length.isEmpty()) {
      Matcher digits =
          DIGITS.matcher(this == LAST_LENGTH_WINS ? length.getLast() : length.getFirst());
      n = digits.find() ? Long.parseLong(digits.group()) : 0;
    }
    return from + n > bytes.length()
        ? new Step.Unfinished()
        : new Step.Whole(
            request.withBody(bytes.substring(from, from + (int) n), List.of()), from + (int) n);
  }

  private static boolean mentionsChunked(String value) {
    return value.toLowerCase(Locale.ROOT).contains("chunked");
  }

  private Step chunks(String bytes, int from, ReadRequest request) {
    StringBuilder data = new StringBuilder();
    Matcher lineEnd = Pattern.compile(lineEnd()).matcher(bytes);
    int at = from;
    while (lineEnd.find(at)) {
      Matcher size = HEX.matcher(bytes.substring(at, lineEnd.start()));
      if (!size.lookingAt()) {
        return new Step.Invalid("chunk size " + Wire.show(bytes.substring(at, lineEnd.start())));
      }
      long n = Long.parseLong(size.group(1), 16);
      at = lineEnd.end();
      if (n == 0) {
        return trailers(bytes, at, request.withBody(data.toString(), List.of()));
      }
      if (at + n > bytes.length()) {
        return new Step.Unfinished();
      }
      data.append(bytes, at, at + (int) n);
      at += (int) n;
      lineEnd.region(at, bytes.length());
      if (!lineEnd.lookingAt()) {
        return at == bytes.length()
            ? new Step.Unfinished()
            : new Step.Invalid("a chunk's data is not followed by a line end");
      }
      at = lineEnd.end();
    }
    return new Step.Unfinished();
  }

  private Step trailers(String bytes, int from, ReadRequest request) {
    Matcher lineEnd = Pattern.compile(lineEnd()).matcher(bytes);
    int at = from;
    while (lineEnd.find(at)) {
      boolean empty = lineEnd.start() == at;
      at = lineEnd.end();
      if (empty) {
        return new Step.Whole(request, at);
      }
    }
    return new Step.Unfinished();
  }
}
