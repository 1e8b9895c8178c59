package io.sluice.proxy;

import io.sluice.balance.Backend;
import io.sluice.balance.Pool;
import io.sluice.http.HeadEdits;

/**
 * Binds a client to the backend that answers it. Which cookie leads where is the pool's knowledge;
 * here it is put on the answer, and only when the client does not have it yet: an answer without
 * Set-Cookie can be cached, and a cookie that is never renewed ends in time.
 */
final class StickyCookie {
  private StickyCookie() {}

  /**
   * Adds Set-Cookie to the answer where the pool has sticky cookies and the client not this one.
   */
  static void bind(Pool pool, Backend answering, FilterContext request, HeadEdits answer) {
    String cookie = pool.setCookie(request, answering);
    if (cookie != null) {
      answer.add(HeadEdits.Edit.add("Set-Cookie", cookie));
    }
  }
}
