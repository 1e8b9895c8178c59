package io.sluice.http2;

import io.sluice.http.Ascii;

/**
 * The fields that both sides know from the start (RFC 7541, appendix A), and which fields are worth
 * a place in the dynamic table.
 */
final class StaticTable {
  /** Number of entries; they count from 1. */
  static final int LENGTH = 61;

  private static final String[] ENTRIES = {
    ":authority",
    ":method: GET",
    ":method: POST",
    ":path: /",
    ":path: /index.html",
    ":scheme: http",
    ":scheme: https",
    ":status: 200",
    ":status: 204",
    ":status: 206",
    ":status: 304",
    ":status: 400",
    ":status: 404",
    ":status: 500",
    "accept-charset",
    "accept-encoding: gzip, deflate",
    "accept-language",
    "accept-ranges",
    "accept",
    "access-control-allow-origin",
    "age",
    "allow",
    "authorization",
    "cache-control",
    "content-disposition",
    "content-encoding",
    "content-language",
    "content-length",
    "content-location",
    "content-range",
    "content-type",
    "cookie",
    "date",
    "etag",
    "expect",
    "expires",
    "from",
    "host",
    "if-match",
    "if-modified-since",
    "if-none-match",
    "if-range",
    "if-unmodified-since",
    "last-modified",
    "link",
    "location",
    "max-forwards",
    "proxy-authenticate",
    "proxy-authorization",
    "range",
    "referer",
    "refresh",
    "retry-after",
    "server",
    "set-cookie",
    "strict-transport-security",
    "transfer-encoding",
    "user-agent",
    "vary",
    "via",
    "www-authenticate"
  };

  /**
   * Fields whose values come again and are no secret: only they enter the dynamic table. Everything
   * else is sent as never to be indexed (RFC 7541 7.1.3), so that nobody can guess it by sizes, and
   * what was sent to us like that is passed on like that.
   */
  private static final String[] REPEATED = {
    ":authority",
    "accept",
    "accept-charset",
    "accept-encoding",
    "accept-language",
    "accept-ranges",
    "access-control-allow-headers",
    "access-control-allow-methods",
    "access-control-allow-origin",
    "access-control-expose-headers",
    "access-control-max-age",
    "allow",
    "alt-svc",
    "cache-control",
    "content-encoding",
    "content-language",
    "content-security-policy",
    "content-type",
    "cross-origin-opener-policy",
    "cross-origin-resource-policy",
    "date",
    "grpc-accept-encoding",
    "grpc-encoding",
    "grpc-status",
    "permissions-policy",
    "referrer-policy",
    "server",
    "strict-transport-security",
    "te",
    "timing-allow-origin",
    "trailer",
    "user-agent",
    "vary",
    "via",
    "x-content-type-options",
    "x-dns-prefetch-control",
    "x-download-options",
    "x-forwarded-proto",
    "x-frame-options",
    "x-permitted-cross-domain-policies",
    "x-powered-by",
    "x-xss-protection"
  };

  private static final byte[][] NAMES = new byte[LENGTH + 1][];
  private static final byte[][] VALUES = new byte[LENGTH + 1][];

  private static final int SLOTS = 512;
  private static final byte[][] SLOT_NAMES = new byte[SLOTS][];
  private static final byte[] SLOT_INDEX = new byte[SLOTS];
  private static final boolean[] SLOT_REPEATED = new boolean[SLOTS];

  static {
    for (int i = LENGTH; i > 0; i--) {
      String entry = ENTRIES[i - 1];
      int colon = entry.indexOf(':', 1);
      NAMES[i] = Ascii.bytes(colon < 0 ? entry : entry.substring(0, colon));
      VALUES[i] = Ascii.bytes(colon < 0 ? "" : entry.substring(colon + 2));
      SLOT_INDEX[place(NAMES[i])] = (byte) i; // the first of several with one name stays
    }
    for (String name : REPEATED) {
      SLOT_REPEATED[place(Ascii.bytes(name))] = true;
    }
  }

  private StaticTable() {}

  private static int place(byte[] name) {
    int slot = hash(name, 0, name.length) & SLOTS - 1;
    while (SLOT_NAMES[slot] != null && !java.util.Arrays.equals(SLOT_NAMES[slot], name)) {
      slot = slot + 1 & SLOTS - 1;
    }
    SLOT_NAMES[slot] = name;
    return slot;
  }

  static byte[] name(int index) {
    return NAMES[index];
  }

  static byte[] value(int index) {
    return VALUES[index];
  }

  /** The hash of a lower-case name. */
  static int hash(byte[] bytes, int from, int to) {
    int h = 17;
    for (int i = from; i < to; i++) {
      h = h * 31 + bytes[i];
    }
    return h ^ h >>> 15;
  }

  /** A number for a lower-case name that is in one of the lists; -1: it is in none. */
  static int slot(byte[] bytes, int from, int to, int hash) {
    int slot = hash & SLOTS - 1;
    byte[] name;
    while ((name = SLOT_NAMES[slot]) != null) {
      if (java.util.Arrays.equals(name, 0, name.length, bytes, from, to)) {
        return slot;
      }
      slot = slot + 1 & SLOTS - 1;
    }
    return -1;
  }

  /** The first entry with a slot's name; 0: there is none. */
  static int index(int slot) {
    return SLOT_INDEX[slot];
  }

  /** Whether a slot's name is worth a place in the dynamic table. */
  static boolean isRepeated(int slot) {
    return SLOT_REPEATED[slot];
  }
}
