package io.sluice.telemetry;

import io.sluice.config.Configuration.AccessLog.Format;
import io.sluice.http.Ascii;
import java.util.Arrays;

/**
 * The names of routes, pools and backends as they stand in a log line, encoded once. Bound to one
 * event loop.
 *
 * <p>Names come from the configuration, so they are few, but over many revisions they could become
 * many: when there are {@value #MOST} the cache starts anew.
 */
final class EncodedTexts {
  /** Characters of a name that are logged. */
  static final int MAX_LENGTH = 256;

  /** Bytes that a name takes at most. */
  static final int MAX_BYTES = MAX_LENGTH * LineBytes.MAX_ESCAPE + 2;

  private static final int MOST = 1 << 15;

  private final Format format;
  private String[] texts = new String[64];
  private byte[][] encoded = new byte[64][];
  private int count;

  EncodedTexts(Format format) {
    this.format = format;
  }

  /** The bytes for a text; the caller must not change them. */
  byte[] of(String text) {
    int mask = texts.length - 1;
    int i = text.hashCode() & mask;
    while (texts[i] != null) {
      if (texts[i].equals(text)) {
        return encoded[i];
      }
      i = i + 1 & mask;
    }
    return add(text);
  }

  private byte[] add(String text) {
    if (count == MOST) {
      Arrays.fill(texts, null);
      Arrays.fill(encoded, null);
      count = 0;
    } else if (count * 2 >= texts.length) {
      grow();
    }
    byte[] bytes = encode(text);
    insert(text, bytes);
    count++;
    return bytes;
  }

  private void grow() {
    String[] oldTexts = texts;
    byte[][] oldEncoded = encoded;
    texts = new String[oldTexts.length * 2];
    encoded = new byte[texts.length][];
    for (int i = 0; i < oldTexts.length; i++) {
      if (oldTexts[i] != null) {
        insert(oldTexts[i], oldEncoded[i]);
      }
    }
  }

  private void insert(String text, byte[] bytes) {
    int mask = texts.length - 1;
    int i = text.hashCode() & mask;
    while (texts[i] != null) {
      i = i + 1 & mask;
    }
    texts[i] = text;
    encoded[i] = bytes;
  }

  private byte[] encode(String text) {
    byte[] quoted = new byte[MAX_BYTES];
    int end = LineBytes.quoted(quoted, 0, text, MAX_LENGTH);
    byte[] plain = Ascii.bytes(text);
    boolean bare =
        format == Format.TEXT
            && end == plain.length + 2
            && !LineBytes.needsQuotes(plain, 0, plain.length);
    return bare ? plain : Arrays.copyOf(quoted, end);
  }
}
