package io.sluice.http2;

import io.sluice.http.Ascii;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Keeps the fields of heads as lines. */
final class Fields implements FieldSink {
  private final List<String> lines = new ArrayList<>();

  @Override
  public void field(
      byte[] name, int nameFrom, int nameTo, byte[] value, int valueFrom, int valueTo) {
    lines.add(Ascii.text(name, nameFrom, nameTo) + ": " + Ascii.text(value, valueFrom, valueTo));
  }

  /** The lines of a whole block; null: it is broken. */
  static @Nullable List<String> of(HpackDecoder decoder, byte[] block) {
    Fields fields = new Fields();
    boolean whole = decoder.decode(block, 0, block.length, fields);
    decoder.trim();
    return whole ? fields.lines : null;
  }

  /** The same of a block in hexadecimal digits. */
  static @Nullable List<String> of(HpackDecoder decoder, String hex) {
    return of(decoder, HexFormat.of().parseHex(hex));
  }
}
