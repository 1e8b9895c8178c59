package io.sluice.testkit;

import io.sluice.balance.Backend;
import io.sluice.balance.PickContext;
import io.sluice.config.BalanceSpec;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** A request whose key is given, whatever part of a request that is. */
public final class TestRequest implements PickContext {
  /** One without anything to tell it from others. */
  public static final TestRequest ANY = new TestRequest(null, backend -> false);

  private final byte @Nullable [] key;
  private final Predicate<Backend> avoided;

  private TestRequest(byte @Nullable [] key, Predicate<Backend> avoided) {
    this.key = key;
    this.avoided = avoided;
  }

  /** One with this key. */
  public static TestRequest of(String key) {
    return new TestRequest(key.getBytes(StandardCharsets.ISO_8859_1), backend -> false);
  }

  /** The same that does not want to go to these. */
  public TestRequest avoiding(Backend... backends) {
    return avoiding(List.of(backends)::contains);
  }

  /** The same that does not want to go where this holds. */
  public TestRequest avoiding(Predicate<Backend> which) {
    return new TestRequest(key, which);
  }

  @Override
  public @Nullable String header(String name) {
    return null;
  }

  @Override
  public String path() {
    return "/";
  }

  @Override
  public @Nullable String query() {
    return null;
  }

  @Override
  public String clientAddress() {
    return "127.0.0.1";
  }

  @Override
  public long read(BalanceSpec.Key part, KeyReader reader) {
    return key == null ? ABSENT : reader.read(key, 0, key.length);
  }

  @Override
  public boolean avoids(Backend backend) {
    return avoided.test(backend);
  }
}
