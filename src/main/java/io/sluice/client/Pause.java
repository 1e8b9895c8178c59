package io.sluice.client;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** Time between two calls. */
final class Pause {
  private static final CountDownLatch NEVER = new CountDownLatch(1);

  private Pause() {}

  /** What is called behind the pause. */
  @FunctionalInterface
  interface Call<T> {
    T get() throws ClientException;
  }

  /** Calls after this time. */
  static <T> T then(Duration time, Call<T> call) throws ClientException {
    try {
      if (NEVER.await(time.toNanos(), TimeUnit.NANOSECONDS)) {
        throw new IllegalStateException("nobody counts down");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new ClientException("interrupted", e);
    }
    return call.get();
  }
}
