package io.sluice.balance;

import io.sluice.config.BalanceSpec;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The backends that a cookie may lead to at the moment, found by its value. Immutable; finding one
 * makes no objects.
 */
final class StickyTable implements PickContext.KeyReader {
  /** A backend's cookie. */
  static final class Cookie {
    private final Backend backend;
    private final byte[] token;
    private final String setCookie;

    /**
     * A cookie.
     *
     * @param token its value
     * @param setCookie the field that gives it to a client
     */
    Cookie(Backend backend, byte[] token, String setCookie) {
      this.backend = backend;
      this.token = token;
      this.setCookie = setCookie;
    }
  }

  private final BalanceSpec.Key key;
  private final @Nullable Cookie[] slots;
  private final Map<Backend, Cookie> byBackend = new HashMap<>();

  StickyTable(String cookieName, List<Cookie> cookies) {
    this.key = new BalanceSpec.Key(BalanceSpec.Key.Source.COOKIE, cookieName);
    this.slots = new Cookie[Math.max(4, Integer.highestOneBit(cookies.size()) * 4)];
    for (Cookie cookie : cookies) {
      int slot = slot(cookie.token, 0, cookie.token.length);
      while (slots[slot] != null) {
        slot = (slot + 1) & (slots.length - 1);
      }
      slots[slot] = cookie;
      byBackend.put(cookie.backend, cookie);
    }
  }

  /** The backend that the request's cookie names; null without a cookie that holds. */
  @Nullable Backend find(PickContext request) {
    long slot = request.read(key, this);
    Cookie cookie = slot < 0 ? null : slots[(int) slot];
    return cookie == null ? null : cookie.backend;
  }

  /** The Set-Cookie that binds a client to a backend; null when no cookie may lead to it now. */
  @Nullable String setCookie(Backend backend) {
    Cookie cookie = byBackend.get(backend);
    return cookie == null ? null : cookie.setCookie;
  }

  @Override
  public long read(byte[] bytes, int from, int to) {
    int slot = slot(bytes, from, to);
    for (Cookie cookie = slots[slot]; cookie != null; cookie = slots[slot]) {
      if (Arrays.equals(bytes, from, to, cookie.token, 0, cookie.token.length)) {
        return slot;
      }
      slot = (slot + 1) & (slots.length - 1);
    }
    return PickContext.ABSENT;
  }

  private int slot(byte[] bytes, int from, int to) {
    return (int) Hashes.of(bytes, from, to) & (slots.length - 1);
  }
}
