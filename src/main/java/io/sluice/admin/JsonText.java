package io.sluice.admin;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.TokenStreamLocation;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.json.JsonMapper;

/**
 * JSON (RFC 8259) in and out. What comes in is read strictly: two readers must never understand one
 * body in two ways.
 */
final class JsonText {
  /** Deeper than any document of ours by far. */
  static final int DEEPEST = 32;

  /** Members of one object: no document of ours has free names in such numbers. */
  static final int MOST_MEMBERS = 1000;

  private static final JsonFactory STRICT =
      JsonFactory.builder()
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .disable(StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION)
          .streamReadConstraints(
              StreamReadConstraints.builder()
                  .maxNestingDepth(DEEPEST)
                  .maxNumberLength(100)
                  .maxNameLength(1000)
                  .build())
          .build();

  private static final JsonMapper WRITER = JsonMapper.builder().build();

  private JsonText() {}

  /** A text that is not JSON as it is wanted here. */
  static final class SyntaxException extends Exception {
    private static final long serialVersionUID = 1;
    private final String pointer;

    SyntaxException(String message, String pointer) {
      super(message);
      this.pointer = pointer;
    }

    /** Where it was noticed, as a JSON pointer; empty: unknown, or the whole document. */
    String pointer() {
      return pointer;
    }
  }

  /** Maps, lists, strings, numbers, booleans and null, with members in the text's order. */
  static @Nullable Object read(byte[] utf8) throws SyntaxException {
    String text;
    try {
      text =
          StandardCharsets.UTF_8
              .newDecoder()
              .onMalformedInput(CodingErrorAction.REPORT)
              .onUnmappableCharacter(CodingErrorAction.REPORT)
              .decode(ByteBuffer.wrap(utf8))
              .toString();
    } catch (CharacterCodingException e) {
      throw new SyntaxException("the body is not UTF-8 text", "");
    }
    try (JsonParser parser = STRICT.createParser(text)) {
      try {
        if (parser.nextToken() == null) {
          throw new SyntaxException("the body is empty; JSON was expected", "");
        }
        Object value = value(parser);
        if (parser.nextToken() != null) {
          throw new SyntaxException(
              "the body has more behind the end of its JSON document" + place(parser), "");
        }
        return value;
      } catch (JacksonException e) {
        throw new SyntaxException(sentence(e, parser), pointer(parser));
      }
    }
  }

  /** A tree as JSON. */
  static byte[] write(@Nullable Object tree) {
    return WRITER.writeValueAsBytes(tree);
  }

  private static @Nullable Object value(JsonParser parser) throws SyntaxException {
    JsonToken token = parser.currentToken();
    return switch (token) {
      case START_OBJECT -> object(parser);
      case START_ARRAY -> array(parser);
      case VALUE_STRING -> parser.getString();
      case VALUE_NUMBER_INT -> parser.getNumberValue();
      case VALUE_NUMBER_FLOAT -> parser.getDoubleValue();
      case VALUE_TRUE -> true;
      case VALUE_FALSE -> false;
      case VALUE_NULL -> null;
      default -> throw new SyntaxException("unexpected " + token + place(parser), "");
    };
  }

  private static Map<String, @Nullable Object> object(JsonParser parser) throws SyntaxException {
    Map<String, @Nullable Object> members = new LinkedHashMap<>();
    while (parser.nextToken() != JsonToken.END_OBJECT) {
      String name = parser.currentName();
      if (members.size() == MOST_MEMBERS) {
        throw new SyntaxException(
            "an object has more than " + MOST_MEMBERS + " members" + place(parser),
            pointer(parser));
      }
      parser.nextToken();
      members.put(name, value(parser));
    }
    return members;
  }

  private static List<@Nullable Object> array(JsonParser parser) throws SyntaxException {
    List<@Nullable Object> items = new ArrayList<>();
    while (parser.nextToken() != JsonToken.END_ARRAY) {
      items.add(value(parser));
    }
    return items;
  }

  private static String sentence(JacksonException e, JsonParser parser) {
    String message = String.valueOf(e.getOriginalMessage());
    if (message.contains("nesting depth")) {
      return "the body is nested deeper than " + DEEPEST + " levels" + place(parser);
    }
    int line = message.indexOf('\n');
    String first = line < 0 ? message : message.substring(0, line);
    return "the body is not valid JSON: " + shortened(first) + place(parser);
  }

  private static String shortened(String text) {
    return text.length() <= 200 ? text : text.substring(0, 200) + "...";
  }

  private static String place(JsonParser parser) {
    TokenStreamLocation at = parser.currentLocation();
    return " (line " + at.getLineNr() + ", column " + at.getColumnNr() + ")";
  }

  private static String pointer(JsonParser parser) {
    String pointer = parser.streamReadContext().pathAsPointer().toString();
    return pointer.length() <= 500 ? pointer : "";
  }
}
