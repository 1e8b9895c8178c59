package io.sluice.proxy;

import io.sluice.balance.PickContext;
import io.sluice.config.BalanceSpec;
import io.sluice.http.Ascii;
import io.sluice.http.RequestHead;

/** Finds the part of a request that tells clients apart, in the bytes of its head. */
final class RequestPart {
  private static final String COOKIE = "cookie";

  private RequestPart() {}

  /** Shows the part to the reader; {@link PickContext#ABSENT} without it. */
  static long read(
      RequestHead head, byte[] client, BalanceSpec.Key key, PickContext.KeyReader reader) {
    return switch (key.source()) {
      case CLIENT_IP -> reader.read(client, 0, client.length);
      case PATH -> reader.read(head.bytes(), head.pathStart(), head.pathEnd());
      case HEADER -> header(head, key.name(), reader);
      case COOKIE -> cookie(head, key.name(), reader);
      case QUERY -> query(head, key.name(), reader);
    };
  }

  private static long header(RequestHead head, String name, PickContext.KeyReader reader) {
    int field = find(head, name, 0);
    return field < 0
        ? PickContext.ABSENT
        : reader.read(head.bytes(), head.valueStart(field), head.valueEnd(field));
  }

  /** Cookies are pairs joined by a semicolon and a space (RFC 6265 4.2.1). */
  private static long cookie(RequestHead head, String name, PickContext.KeyReader reader) {
    byte[] bytes = head.bytes();
    for (int f = find(head, COOKIE, 0); f >= 0; f = find(head, COOKIE, f + 1)) {
      int end = head.valueEnd(f);
      int pair = head.valueStart(f);
      while (pair < end) {
        int next = indexOf(bytes, pair, end, ';');
        while (pair < next && bytes[pair] == ' ') {
          pair++;
        }
        if (isNamed(bytes, pair, next, name)) {
          return reader.read(bytes, pair + name.length() + 1, next);
        }
        pair = next + 1;
      }
    }
    return PickContext.ABSENT;
  }

  /** Parameters are compared as they were sent: nothing is percent-decoded. */
  private static long query(RequestHead head, String name, PickContext.KeyReader reader) {
    byte[] bytes = head.bytes();
    int end = head.targetEnd();
    int pair = head.pathEnd() + 1;
    while (pair < end) {
      int next = indexOf(bytes, pair, end, '&');
      if (isNamed(bytes, pair, next, name)) {
        return reader.read(bytes, pair + name.length() + 1, next);
      }
      pair = next + 1;
    }
    return PickContext.ABSENT;
  }

  private static boolean isNamed(byte[] bytes, int from, int to, String name) {
    int equals = from + name.length();
    return equals < to && bytes[equals] == '=' && equal(bytes, from, name);
  }

  private static boolean equal(byte[] bytes, int from, String name) {
    for (int i = 0; i < name.length(); i++) {
      if (bytes[from + i] != name.charAt(i)) {
        return false;
      }
    }
    return true;
  }

  private static int indexOf(byte[] bytes, int from, int to, char wanted) {
    int i = from;
    while (i < to && bytes[i] != wanted) {
      i++;
    }
    return i;
  }

  /** As {@link RequestHead#find(byte[], int)}, without an array for the name. */
  private static int find(RequestHead head, String lowerCaseName, int from) {
    for (int f = from; f < head.fieldCount(); f++) {
      int start = head.nameStart(f);
      if (head.nameEnd(f) - start == lowerCaseName.length()
          && isName(head.bytes(), start, lowerCaseName)) {
        return f;
      }
    }
    return -1;
  }

  private static boolean isName(byte[] bytes, int from, String lowerCaseName) {
    for (int i = 0; i < lowerCaseName.length(); i++) {
      if (Ascii.lower(bytes[from + i]) != lowerCaseName.charAt(i)) {
        return false;
      }
    }
    return true;
  }
}
