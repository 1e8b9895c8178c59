package io.sluice.balance;

import io.sluice.config.BalanceSpec;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A request whose key is given, whatever part of a request that is. */
final class TestRequest implements PickContext {
  /** One without anything to tell it from others. */
  static final PickContext ANY = new TestRequest(null, Set.of());

  private final byte @Nullable [] key;
  private final Set<Backend> avoided;

  private TestRequest(@Nullable String key, Set<Backend> avoided) {
    this.key = key == null ? null : key.getBytes(StandardCharsets.ISO_8859_1);
    this.avoided = avoided;
  }

  static TestRequest of(String key) {
    return new TestRequest(key, Set.of());
  }

  /** The same that does not want to go to these. */
  TestRequest avoiding(Backend... backends) {
    String text = key == null ? null : new String(key, StandardCharsets.ISO_8859_1);
    return new TestRequest(text, Set.of(backends));
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
    return avoided.contains(backend);
  }
}
