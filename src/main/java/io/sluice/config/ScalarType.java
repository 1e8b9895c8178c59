package io.sluice.config;

import org.yaml.snakeyaml.nodes.ScalarNode;
import org.yaml.snakeyaml.nodes.Tag;

/**
 * What a key takes. The file has only text, which the key's parser reads; JSON has types of its
 * own, and a value of another one is a mistake even where its digits would fit.
 */
enum ScalarType {
  TEXT("text"),
  DURATION("a duration as text, for instance \"PT5S\" or \"5s\""),
  NUMBER("a number"),
  BOOLEAN("true or false"),
  /** A whole number, or text that is none. */
  WORD_OR_NUMBER("a number or a word as text"),
  /** Bytes as a number, or text with a unit. */
  SIZE("a number of bytes, or a size as text, for instance \"8KiB\"");

  /** For messages. */
  final String expected;

  ScalarType(String expected) {
    this.expected = expected;
  }

  /** Whether a JSON value is of this type. */
  boolean takes(ScalarNode scalar) {
    Tag tag = scalar.getTag();
    boolean text = tag.equals(Tag.STR);
    boolean number = tag.equals(Tag.INT) || tag.equals(Tag.FLOAT);
    return switch (this) {
      case TEXT, DURATION -> text;
      case NUMBER -> number;
      case BOOLEAN -> tag.equals(Tag.BOOL);
      case WORD_OR_NUMBER -> number || text && !scalar.getValue().matches("[0-9]+");
      case SIZE -> number || text;
    };
  }
}
