package io.sluice.store;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Operations that survive a restart. Every call blocks and may throw {@link StoreException}. */
public interface OperationLog {

  /** Stores an operation, or its newest state. */
  void save(String id, String json);

  /** All by id, in the order of their first storing. */
  Map<String, String> all();

  /** One of them; null: unknown. */
  @Nullable String find(String id);

  /** Forgets one. */
  void remove(String id);
}
