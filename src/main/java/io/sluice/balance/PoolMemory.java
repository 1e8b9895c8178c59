package io.sluice.balance;

import io.sluice.balance.PoolStatus.Mode;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a pool has come to know and cannot find out at once: for the pool of the same id in the
 * process that takes this one's place.
 *
 * @param stickyKey of its cookies in Base64, when it was made up; a secret; null: there are none,
 *     or it comes from a file
 * @param lastGood ids of the backends that were eligible when the pool was last well
 * @param warming for how long backends that start slowly have been doing so, in nanoseconds
 * @param mode how it chooses
 * @param since when that began
 */
public record PoolMemory(
    @Nullable String stickyKey,
    List<String> lastGood,
    Map<String, Long> warming,
    Mode mode,
    Instant since) {
  public PoolMemory {
    lastGood = List.copyOf(lastGood);
    warming = Map.copyOf(warming);
  }

  /** Without the key. */
  @Override
  public String toString() {
    return mode + " since " + since + ", last good " + lastGood + ", warming " + warming.keySet();
  }
}
