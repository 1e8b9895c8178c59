package io.sluice.http;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Edits of a head that apply while it is copied: removed and replaced fields are left out, new ones
 * are appended. Used again for the next message; adding prepared edits allocates nothing.
 */
public final class HeadEdits {
  /** One prepared edit: which lower-case name it takes out, and the whole line it puts in. */
  public static final class Edit {
    private final byte @Nullable [] takesOut;
    private final byte @Nullable [] line;
    private final Field field;

    private Edit(byte @Nullable [] takesOut, byte @Nullable [] line, Field field) {
      this.takesOut = takesOut;
      this.line = line;
      this.field = field;
    }

    /** Replaces all fields of a name by one. */
    public static Edit set(String name, String value) {
      return new Edit(lower(name), line(name, value), fieldOf(name));
    }

    /** Adds a field beside those of the same name. */
    public static Edit add(String name, String value) {
      return new Edit(null, line(name, value), fieldOf(name));
    }

    /** Removes all fields of a name. */
    public static Edit remove(String name) {
      return new Edit(lower(name), null, fieldOf(name));
    }

    private static Field fieldOf(String name) {
      byte[] bytes = Ascii.bytes(name);
      return Field.of(bytes, 0, bytes.length);
    }

    private static byte[] lower(String name) {
      requireToken(name);
      return Ascii.bytes(name.toLowerCase(Locale.ROOT));
    }

    private static byte[] line(String name, String value) {
      requireToken(name);
      byte[] bytes = (name + ": " + value + "\r\n").getBytes(StandardCharsets.UTF_8);
      int end = bytes.length - 2;
      if (Ascii.control(bytes, 0, end) < end) {
        throw new IllegalArgumentException(
            "the value of field " + name + " has a control character");
      }
      return bytes;
    }

    private static void requireToken(String name) {
      for (byte b : Ascii.bytes(name)) {
        if (Ascii.token(b) == 0) {
          throw new IllegalArgumentException("'" + name + "' is no field name (RFC 9110 5.1)");
        }
      }
      if (name.isEmpty()) {
        throw new IllegalArgumentException("a field name is empty");
      }
    }
  }

  private Edit[] edits = new Edit[8];
  private int count;

  /** Forgets all edits. */
  public void reset() {
    count = 0;
  }

  /** Appends an edit; later ones win over earlier ones of the same name. */
  public void add(Edit edit) {
    if (edit.takesOut != null) {
      for (int i = 0; i < count; i++) {
        byte[] line = edits[i].line;
        if (line != null && line.length > edit.takesOut.length && names(line, edit.takesOut)) {
          // a line that an earlier edit put in is taken out again
          edits[i] = new Edit(edits[i].takesOut, null, edits[i].field);
        }
      }
    }
    if (count == edits.length) {
      edits = Arrays.copyOf(edits, count * 2);
    }
    edits[count++] = edit;
  }

  private static boolean names(byte[] line, byte[] lowerCase) {
    return line[lowerCase.length] == ':'
        && Ascii.equalsIgnoreCase(line, 0, lowerCase.length, lowerCase);
  }

  boolean takesOut(MessageHead head, int field) {
    for (int i = 0; i < count; i++) {
      byte[] name = edits[i].takesOut;
      if (name != null
          && Ascii.equalsIgnoreCase(
              head.bytes(), head.nameStart(field), head.nameEnd(field), name)) {
        return true;
      }
    }
    return false;
  }

  /** Whether an edit puts in a field of this kind. */
  public boolean sets(Field kind) {
    for (int i = 0; i < count; i++) {
      if (edits[i].field == kind && edits[i].line != null) {
        return true;
      }
    }
    return false;
  }

  public boolean isEmpty() {
    return count == 0;
  }

  void write(HeadWriter out) {
    for (int i = 0; i < count; i++) {
      byte[] line = edits[i].line;
      if (line != null) {
        out.put(line);
      }
    }
  }
}
